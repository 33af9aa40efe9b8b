"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import Link from "next/link";
import { useState } from "react";
import { useForm } from "react-hook-form";
import * as z from "zod/mini";
import { LinkPage } from "@/components/LinkPage";
import { Button } from "@/components/ui/button";
import { explain } from "@/components/ui/failure";
import { TextField } from "@/components/ui/field";
import { api } from "@/lib/api/client";
import { ApiError, unwrap } from "@/lib/api/errors";
import { fields, resetPassword as text } from "@/messages";

const schema = z.object({ email: z.pipe(z.string().check(z.trim(), z.minLength(1, fields.required)), z.email(fields.email)) });

export function RequestLink({ title, lead }: { title: string; lead: string }) {
  const { register, handleSubmit, setError, formState } = useForm({ resolver: zodResolver(schema), defaultValues: { email: "" } });
  const [sentTo, setSentTo] = useState<string | null>(null);
  const [problem, setProblem] = useState<string | null>(null);

  const submit = handleSubmit(async ({ email }) => {
    setProblem(null);
    try {
      await unwrap(api.POST("/api/auth/password/reset/", { body: { email } }));
      setSentTo(email);
    } catch (error) {
      const message = error instanceof ApiError && error.errors.email?.[0];
      if (message) setError("email", { message }, { shouldFocus: true });
      else setProblem(explain(error));
    }
  });

  if (sentTo !== null) {
    return (
      <LinkPage title={text.sent} text={text.sentText(sentTo)}>
        <p className="text-sm text-muted">{text.sentHint}</p>
        <Button variant="secondary" className="mt-6" onClick={() => setSentTo(null)}>
          {text.other}
        </Button>
      </LinkPage>
    );
  }
  return (
    <LinkPage title={title} text={lead}>
      <form onSubmit={submit} noValidate className="space-y-5">
        <TextField label={text.email} type="email" autoComplete="username" inputMode="email" {...register("email")} error={formState.errors.email?.message} />
        <div role="alert" className="text-sm text-danger empty:hidden">
          {problem}
        </div>
        <Button type="submit" busy={formState.isSubmitting} className="w-full">
          {text.send}
        </Button>
      </form>
      <Link href="/login" className="link mt-6 inline-block py-1 text-sm">
        {text.back}
      </Link>
    </LinkPage>
  );
}
