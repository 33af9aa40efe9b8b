"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import Link from "next/link";
import { useState } from "react";
import { useForm } from "react-hook-form";
import * as z from "zod/mini";
import { Button } from "@/components/ui/button";
import { explain } from "@/components/ui/failure";
import { PasswordField, TextField } from "@/components/ui/field";
import { ApiError } from "@/lib/api/errors";
import { login } from "@/lib/auth/session";
import { displayName } from "@/lib/names";
import { notify } from "@/lib/toast";
import { fields, login as text, resetPassword } from "@/messages";
import { stepOf, type Step } from "./step";
import { useWait } from "./use-wait";

const schema = z.object({ email: z.string().check(z.trim(), z.minLength(1, fields.required)), password: z.string().check(z.minLength(1, fields.required)) });

export function LoginForm({ onStep }: { onStep: (step: Step) => void }) {
  const { register, handleSubmit, setFocus, formState } = useForm({ resolver: zodResolver(schema), defaultValues: { email: "", password: "" } });
  const [problem, setProblem] = useState<string | null>(null);
  const [wait, setWait] = useWait();

  const submit = handleSubmit(async ({ email, password }) => {
    setProblem(null);
    try {
      const user = await login(email, password);
      void notify(text.welcome(displayName(user)));
    } catch (error) {
      const step = stepOf(error);
      if (step) return onStep(step);
      if (error instanceof ApiError && error.status === 429) setWait(error.retryAfter ?? 1);
      else setProblem(explain(error, { invalid_credentials: text.invalid, account_disabled: text.disabled }));
      setFocus("password");
    }
  });

  return (
    <form onSubmit={submit} noValidate className="space-y-5">
      <TextField label={text.email} type="email" autoComplete="username webauthn" inputMode="email" {...register("email")} error={formState.errors.email?.message} />
      <div>
        <PasswordField label={text.password} autoComplete="current-password" {...register("password")} error={formState.errors.password?.message} />
        <Link href="/reset-password" className="link mt-2 inline-block py-1 text-sm">
          {resetPassword.forgot}
        </Link>
      </div>
      <div role="alert" className="text-sm text-danger empty:hidden">
        {wait > 0 ? text.wait(wait) : problem}
      </div>
      <Button type="submit" busy={formState.isSubmitting} disabled={wait > 0} className="w-full">
        {text.submit}
      </Button>
    </form>
  );
}
