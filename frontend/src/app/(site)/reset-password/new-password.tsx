"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { useForm } from "react-hook-form";
import * as z from "zod/mini";
import { LinkPage } from "@/components/LinkPage";
import { Button } from "@/components/ui/button";
import { explain } from "@/components/ui/failure";
import { PasswordField } from "@/components/ui/field";
import { api } from "@/lib/api/client";
import { ApiError, unwrap } from "@/lib/api/errors";
import { authState, logout } from "@/lib/auth/session";
import { fields, resetPassword as text } from "@/messages";

const schema = z.object({ new_password: z.string().check(z.minLength(8, fields.minimum(8)), z.maxLength(128, fields.maximum(128))) });

export function NewPassword({ token, onRefused }: { token: string; onRefused: () => void }) {
  const router = useRouter();
  const { register, handleSubmit, setError, formState } = useForm({ resolver: zodResolver(schema), defaultValues: { new_password: "" } });
  const [problem, setProblem] = useState<string | null>(null);

  const submit = handleSubmit(async ({ new_password }) => {
    setProblem(null);
    try {
      await unwrap(api.POST("/api/auth/password/reset/confirm/", { body: { token, new_password } }));
    } catch (error) {
      const message = error instanceof ApiError && error.errors.new_password?.[0];
      if (message) return setError("new_password", { message }, { shouldFocus: true });
      if (error instanceof ApiError && error.status === 400) return onRefused();
      return setProblem(explain(error));
    }
    // This device's login has ended with the others.
    if (authState().status === "member") await logout();
    router.replace("/login?reason=password-set");
  });

  return (
    <LinkPage title={text.newTitle} text={text.newLead}>
      <form onSubmit={submit} noValidate className="space-y-5">
        <PasswordField label={text.password} autoComplete="new-password" hint={text.passwordHint} {...register("new_password")} error={formState.errors.new_password?.message} />
        <div role="alert" className="text-sm text-danger empty:hidden">
          {problem}
        </div>
        <Button type="submit" busy={formState.isSubmitting} className="w-full">
          {text.save}
        </Button>
      </form>
    </LinkPage>
  );
}
