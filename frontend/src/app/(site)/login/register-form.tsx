"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { useState } from "react";
import { useForm } from "react-hook-form";
import * as z from "zod/mini";
import { Button } from "@/components/ui/button";
import { explain } from "@/components/ui/failure";
import { PasswordField, TextField } from "@/components/ui/field";
import { api } from "@/lib/api/client";
import { ApiError, unwrap } from "@/lib/api/errors";
import { login } from "@/lib/auth/session";
import { notify } from "@/lib/toast";
import { fields, login as text } from "@/messages";
import { useWait } from "./use-wait";

const name = z.string().check(z.trim(), z.maxLength(150, fields.maximum(150)));
const schema = z.object({
  first_name: name,
  last_name: name,
  email: z.pipe(z.string().check(z.trim(), z.minLength(1, fields.required)), z.email(fields.email)),
  username: z.string().check(z.trim(), z.minLength(3, fields.minimum(3)), z.maxLength(50, fields.maximum(50)), z.regex(/^[A-Za-z0-9_.-]+$/, fields.username)),
  password: z.string().check(z.minLength(8, fields.minimum(8)), z.maxLength(128, fields.maximum(128))),
  role: z.enum(["user", "creator"]),
});
type Values = z.infer<typeof schema>;

export function RegisterForm({ onHaveAccount }: { onHaveAccount: () => void }) {
  const { register, handleSubmit, setError, formState } = useForm<Values>({
    resolver: zodResolver(schema),
    defaultValues: { first_name: "", last_name: "", email: "", username: "", password: "", role: "user" },
  });
  const [problem, setProblem] = useState<string | null>(null);
  const [wait, setWait] = useWait();
  const errors = formState.errors;

  const submit = handleSubmit(async (values) => {
    setProblem(null);
    try {
      await unwrap(api.POST("/api/auth/register/", { body: values }));
      await login(values.email, values.password);
      void notify(text.welcome(values.first_name || values.username));
    } catch (error) {
      if (!(error instanceof ApiError)) return setProblem(explain(error));
      if (error.status === 429) return setWait(error.retryAfter ?? 1);
      if (error.code === "email_taken") return setError("email", { message: text.emailTaken }, { shouldFocus: true });
      if (error.code === "username_taken") return setError("username", { message: text.usernameTaken }, { shouldFocus: true });
      const named = Object.entries(error.errors).filter(([field]) => field in values);
      named.forEach(([field, messages], index) => setError(field as keyof Values, { message: messages[0] }, { shouldFocus: index === 0 }));
      if (named.length === 0) setProblem(explain(error));
    }
  });

  return (
    <form onSubmit={submit} noValidate className="space-y-5">
      <fieldset>
        <legend className="mb-1.5 text-sm font-medium">{text.role}</legend>
        <div className="grid gap-2.5 sm:grid-cols-2">
          {(["user", "creator"] as const).map((role) => (
            <label key={role} className="panel flex cursor-pointer gap-3 p-3.5 has-checked:border-accent has-checked:bg-accent-soft has-focus-visible:outline-2 has-focus-visible:outline-accent">
              <input type="radio" value={role} {...register("role")} className="mt-1 size-4 accent-(--accent)" />
              <span>
                <span className="block font-medium">{text.roles[role]}</span>
                <span className="block text-sm text-muted">{text.roleHints[role]}</span>
              </span>
            </label>
          ))}
        </div>
      </fieldset>
      <div className="grid grid-cols-2 gap-3">
        <TextField label={text.firstName} autoComplete="given-name" {...register("first_name")} error={errors.first_name?.message} />
        <TextField label={text.lastName} autoComplete="family-name" {...register("last_name")} error={errors.last_name?.message} />
      </div>
      <TextField label={text.email} type="email" autoComplete="email" inputMode="email" {...register("email")} error={errors.email?.message} />
      {errors.email?.message === text.emailTaken && (
        <button type="button" onClick={onHaveAccount} className="link -mt-3 block py-1 text-sm">
          {text.tabs.login}
        </button>
      )}
      <TextField label={text.username} autoComplete="username" autoCapitalize="none" spellCheck={false} hint={text.usernameHint} {...register("username")} error={errors.username?.message} />
      <PasswordField label={text.password} autoComplete="new-password" hint={text.passwordHint} {...register("password")} error={errors.password?.message} />
      <div role="alert" className="text-sm text-danger empty:hidden">
        {wait > 0 ? text.wait(wait) : problem}
      </div>
      <Button type="submit" busy={formState.isSubmitting} disabled={wait > 0} className="w-full">
        {text.register}
      </Button>
    </form>
  );
}
