"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { FormProvider, useForm, useFormContext, useWatch } from "react-hook-form";
import { Link, useNavigate } from "react-router";
import * as z from "zod/mini";
import { Button, buttonStyle } from "@/components/ui/button";
import { PasswordField, SelectField } from "@/components/ui/field";
import { api } from "@/lib/api/client";
import { unwrap } from "@/lib/api/errors";
import { displayName } from "@/lib/names";
import { useAttempt } from "@/lib/use-attempt";
import { fields } from "@/messages";
import { userForm as text, userRole, users } from "@/messages/admin-users";
import { CheckField } from "../kit/check-field";
import { showErrors } from "../kit/form-errors";
import { rowHref } from "../kit/links";
import { useNotice } from "../kit/notice";
import { Page } from "../kit/page-frame";
import { PersonFields, personFields, ReasonField, TAKEN } from "./person-fields";

const schema = z.object({
  ...personFields,
  password: z.string().check(z.minLength(8, fields.minimum(8)), z.maxLength(128, fields.maximum(128))),
  role: z.enum(["user", "creator", "admin"]),
  is_active: z.boolean(),
});
type Values = z.infer<typeof schema>;

const LIST = "/admin/users";
const NOBODY: Values = { first_name: "", last_name: "", email: "", username: "", password: "", role: "user", is_active: true, reason: "" };
/** What its owner tells of themselves. */
const UNTOLD = { bio: "", timezone: "UTC" };

export default function UserCreatePage() {
  const queries = useQueryClient();
  const notice = useNotice();
  const navigate = useNavigate();
  const form = useForm<Values>({ resolver: zodResolver(schema), defaultValues: NOBODY });
  const { handleSubmit, setError, formState } = form;
  const [problem, setProblem] = useState<string | null>(null);
  const attempt = useAttempt();

  const submit = handleSubmit(async (values) => {
    setProblem(null);
    try {
      const user = await attempt({ ...UNTOLD, ...values }, (body, key) => unwrap(api.POST("/api/users/", { params: { header: { "Idempotency-Key": key } }, body })));
      void queries.invalidateQueries({ queryKey: ["users"] });
      void navigate(rowHref("users", user.id));
      notice({ text: text.created(displayName(user)) });
    } catch (error) {
      setProblem(showErrors(error, values, setError, TAKEN));
    }
  });

  return (
    <Page title={text.createTitle} lead={<p className="max-w-[65ch]">{text.createLead}</p>} back={{ to: LIST, label: users.title }}>
      <FormProvider {...form}>
        <form onSubmit={submit} noValidate className="panel max-w-2xl space-y-5 p-5 sm:p-6">
          <PersonFields />
          <AccessFields />
          <ReasonField />
          <div role="alert" className="rounded-md bg-danger-soft px-4 py-3 text-sm empty:hidden">
            {problem}
          </div>
          <div className="flex flex-wrap justify-end gap-2.5">
            <Link to={LIST} className={buttonStyle("secondary")}>
              {text.cancel}
            </Link>
            <Button type="submit" busy={formState.isSubmitting}>
              {text.create}
            </Button>
          </div>
        </form>
      </FormProvider>
    </Page>
  );
}

/** By itself, so that its fields come after the others for whoever looks for the first wrong one. */
function AccessFields() {
  const { register, control, formState } = useFormContext<Values>();
  const { errors } = formState;
  const role = useWatch({ control, name: "role" });
  return (
    <>
      <PasswordField label={text.password} autoComplete="new-password" hint={text.passwordHint} {...register("password")} error={errors.password?.message} />
      <SelectField label={text.role} hint={role === "admin" ? userRole.becomes.admin : undefined} {...register("role")} error={errors.role?.message}>
        {Object.entries(users.roles).map(([value, label]) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </SelectField>
      <CheckField label={text.active} {...register("is_active")} />
    </>
  );
}
