"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { FormProvider, useForm, useFormContext } from "react-hook-form";
import * as z from "zod/mini";
import { SelectField, TextArea, TextField } from "@/components/ui/field";
import { FormSheet, SheetForm } from "@/components/ui/form-sheet";
import { api } from "@/lib/api/client";
import { unwrap } from "@/lib/api/errors";
import { update } from "@/lib/auth/session";
import { displayName } from "@/lib/names";
import { zones } from "@/lib/zones";
import { fields } from "@/messages";
import { userForm as text } from "@/messages/admin-users";
import { showErrors } from "../kit/form-errors";
import { useNotice } from "../kit/notice";
import { PersonFields, personFields, ReasonField, TAKEN } from "./person-fields";
import { isStored, type User } from "./users-page";

const schema = z.object({
  ...personFields,
  bio: z.string().check(z.trim(), z.maxLength(2000, fields.maximum(2000))),
  timezone: z.string(),
  avatar: z.string().check(z.trim(), z.maxLength(2000, fields.maximum(2000)), z.refine((url) => url === "" || /^https:\/\/[^\s/]+/.test(url), fields.https)),
});
type Values = z.infer<typeof schema>;
type Change = Partial<Omit<Values, "avatar" | "reason"> & { avatar: string | null }>;

const valuesOf = (user: User): Values => ({
  first_name: user.first_name,
  last_name: user.last_name,
  email: user.email,
  username: user.username,
  bio: user.bio,
  timezone: user.timezone,
  avatar: isStored(user) ? "" : (user.avatar ?? ""),
  reason: "",
});

/** What differs, and what it was. */
function changesOf(user: User, { reason: _, ...values }: Values): { changes: Change; before: Change } {
  const known = valuesOf(user);
  const names = (Object.keys(values) as (keyof typeof values)[]).filter((name) => values[name] !== known[name]);
  const pick = (from: Omit<Values, "reason">) => Object.fromEntries(names.map((name) => [name, name === "avatar" ? from.avatar || null : from[name]]));
  return { changes: pick(values), before: pick(known) };
}

type UserSheetProps = { user: User; own: boolean; onClose: () => void };

export default function UserSheet({ user, own, onClose }: UserSheetProps) {
  const queries = useQueryClient();
  const notice = useNotice();
  const form = useForm<Values>({ resolver: zodResolver(schema), defaultValues: valuesOf(user) });
  const { handleSubmit, setError, formState } = form;
  const { isSubmitting, isDirty } = formState;
  const [problem, setProblem] = useState<string | null>(null);

  const save = async (body: Change & { reason: string }) => {
    const saved = await unwrap(api.PATCH("/api/users/{user_id}/", { params: { path: { user_id: user.id } }, body }));
    if (own) update({ first_name: saved.first_name, last_name: saved.last_name, avatar: saved.avatar });
    await queries.invalidateQueries();
    return saved;
  };
  const submit = handleSubmit(async (values) => {
    setProblem(null);
    const { changes, before } = changesOf(user, values);
    try {
      const saved = await save({ ...changes, reason: values.reason });
      // A confirmation, or a picture that they sent, doesn't come back with the old value.
      const comesBack = changes.email === undefined && !(changes.avatar !== undefined && isStored(user));
      notice({ text: text.saved(displayName(saved)), undo: comesBack ? () => save({ ...before, reason: text.undoReason }) : undefined });
      onClose();
    } catch (error) {
      setProblem(showErrors(error, values, setError, TAKEN));
    }
  });

  return (
    <FormSheet title={text.editTitle} lead={displayName(user)} dirty={isDirty} busy={isSubmitting} onClose={onClose}>
      {(close) => (
        <FormProvider {...form}>
          <SheetForm onSubmit={submit} problem={problem} busy={isSubmitting} disabled={!isDirty} cancel={text.cancel} save={text.save} onCancel={close}>
            <PersonFields emailHint={text.emailHint} />
            <ProfileFields user={user} />
            <ReasonField />
          </SheetForm>
        </FormProvider>
      )}
    </FormSheet>
  );
}

/** By itself, so that its fields come after the others for whoever looks for the first wrong one. */
function ProfileFields({ user }: { user: User }) {
  const { register, formState } = useFormContext<Values>();
  const { errors } = formState;
  return (
    <>
      <SelectField label={text.timezone} {...register("timezone")} error={errors.timezone?.message}>
        {zones(user.timezone).map((zone) => (
          <option key={zone}>{zone}</option>
        ))}
      </SelectField>
      <TextArea label={text.bio} rows={4} {...register("bio")} error={errors.bio?.message} />
      <TextField label={text.avatar} type="url" inputMode="url" placeholder="https://" hint={isStored(user) ? text.avatarStoredHint : text.avatarHint} {...register("avatar")} error={errors.avatar?.message} />
    </>
  );
}
