"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useForm } from "react-hook-form";
import * as z from "zod/mini";
import { PasswordField, TextField } from "@/components/ui/field";
import { FormSheet, SheetForm } from "@/components/ui/form-sheet";
import { api } from "@/lib/api/client";
import { ApiError, unwrap } from "@/lib/api/errors";
import type { ProviderName } from "@/lib/api/types";
import { fields, oauth } from "@/messages";
import { apps, appForm as text } from "@/messages/admin-apps";
import { CheckField } from "../kit/check-field";
import { showErrors } from "../kit/form-errors";
import { useNotice } from "../kit/notice";
import type { App } from "./app-dialogs";

// What a console shows, without the blanks that are copied along with it.
const visible = z.regex(/^[\x21-\x7e]*$/, text.visible);
const clientId = z.string().check(z.trim(), z.minLength(1, fields.required), z.maxLength(255, fields.maximum(255)), visible);
const secret = z.string().check(z.trim(), z.maxLength(1000, fields.maximum(1000)), visible);
const changing = z.object({ client_id: clientId, client_secret: secret, enabled: z.boolean() });
const adding = z.object({ ...changing.shape, client_secret: secret.check(z.minLength(1, fields.required)) });
type Values = z.infer<typeof changing>;

type AppSheetProps = { provider: ProviderName; app: App | undefined; onClose: () => void };

export function AppSheet({ provider, app, onClose }: AppSheetProps) {
  const queries = useQueryClient();
  const notice = useNotice();
  const { register, handleSubmit, setError, formState } = useForm<Values>({
    resolver: zodResolver(app ? changing : adding),
    defaultValues: { client_id: app?.client_id ?? "", client_secret: "", enabled: app?.enabled ?? true },
  });
  const { errors, isSubmitting, isDirty } = formState;
  const [problem, setProblem] = useState<string | null>(null);
  const name = oauth.name(provider);

  const submit = handleSubmit(async (values) => {
    setProblem(null);
    try {
      if (app) {
        const { client_secret, ...rest } = values;
        const body = client_secret ? values : rest;
        await unwrap(api.PATCH("/api/auth/oauth/apps/{provider}/", { params: { path: { provider } }, body }));
      } else {
        await unwrap(api.POST("/api/auth/oauth/apps/", { body: { provider, ...values } }));
      }
      void queries.invalidateQueries();
      notice({ text: app ? text.saved(name) : text.added(name) });
      onClose();
    } catch (error) {
      if (error instanceof ApiError && error.code === "oauth_app_exists") return setProblem(text.exists);
      setProblem(showErrors(error, values, setError));
    }
  });

  return (
    <FormSheet title={app ? text.changeTitle(name) : text.addTitle(name)} dirty={isDirty} busy={isSubmitting} onClose={onClose}>
      {(close) => (
        <SheetForm onSubmit={submit} problem={problem} busy={isSubmitting} disabled={!isDirty} cancel={text.cancel} save={app ? text.save : text.add} onCancel={close}>
          <TextField label={apps.clientId} autoComplete="off" autoCapitalize="none" spellCheck={false} hint={text.clientIdHint} {...register("client_id")} error={errors.client_id?.message} />
          <PasswordField label={apps.secret} autoComplete="off" hint={app ? text.secretKeep : text.secretHint} {...register("client_secret")} error={errors.client_secret?.message} />
          <CheckField label={text.enabled} {...register("enabled")} />
        </SheetForm>
      )}
    </FormSheet>
  );
}
