"use client";

import { useFormContext } from "react-hook-form";
import * as z from "zod/mini";
import { TextField } from "@/components/ui/field";
import { fields } from "@/messages";
import { userForm as text } from "@/messages/admin-users";

const name = z.string().check(z.trim(), z.maxLength(150, fields.maximum(150)));

/** What the forms for a new account and for one that exists have in common. */
export const personFields = {
  first_name: name,
  last_name: name,
  email: z.pipe(z.string().check(z.trim(), z.minLength(1, fields.required)), z.email(fields.email)),
  username: z.string().check(z.trim(), z.minLength(3, fields.minimum(3)), z.maxLength(50, fields.maximum(50)), z.regex(/^[A-Za-z0-9_.-]+$/, fields.username)),
  reason: z.string().check(z.trim(), z.maxLength(500, fields.maximum(500))),
};
type Person = { first_name: string; last_name: string; email: string; username: string; reason: string };

export const TAKEN = {
  email_taken: { field: "email", message: text.emailTaken },
  username_taken: { field: "username", message: text.usernameTaken },
} as const;

export function PersonFields({ emailHint }: { emailHint?: string }) {
  const { register, formState } = useFormContext<Person>();
  const { errors } = formState;
  return (
    <>
      <div className="grid gap-5 sm:grid-cols-2">
        <TextField label={text.firstName} autoComplete="off" {...register("first_name")} error={errors.first_name?.message} />
        <TextField label={text.lastName} autoComplete="off" {...register("last_name")} error={errors.last_name?.message} />
      </div>
      <TextField label={text.email} type="email" inputMode="email" autoComplete="off" hint={emailHint} {...register("email")} error={errors.email?.message} />
      <TextField label={text.username} autoComplete="off" autoCapitalize="none" spellCheck={false} hint={text.usernameHint} {...register("username")} error={errors.username?.message} />
    </>
  );
}

export function ReasonField() {
  const { register, formState } = useFormContext<Person>();
  return <TextField label={text.reason} hint={text.reasonHint} optional autoComplete="off" {...register("reason")} error={formState.errors.reason?.message} />;
}
