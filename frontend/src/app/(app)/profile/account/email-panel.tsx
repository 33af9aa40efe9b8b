"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { useEffect, useRef, useState } from "react";
import { useForm } from "react-hook-form";
import * as z from "zod/mini";
import { Button } from "@/components/ui/button";
import { explain, Failure } from "@/components/ui/failure";
import { PasswordField, TextField } from "@/components/ui/field";
import { Skeleton } from "@/components/ui/skeleton";
import { Status } from "@/components/ui/status";
import { api } from "@/lib/api/client";
import { ApiError, unwrap } from "@/lib/api/errors";
import type { Profile } from "@/lib/api/types";
import { useResend } from "@/lib/use-resend";
import { account, emailPanel as text, fields, verifyEmail } from "@/messages";
import { Panel } from "../panel";
import { useProfile } from "../use-profile";

export function EmailPanel() {
  const query = useProfile();
  const [changing, setChanging] = useState(false);
  const [sentTo, setSentTo] = useState<string | null>(null);
  const opener = useRef<HTMLButtonElement>(null);
  const closed = useRef(false);
  useEffect(() => {
    // The form's buttons have left with it.
    if (!changing && closed.current) opener.current?.focus();
    closed.current = changing;
  }, [changing]);
  const done = (email: string) => {
    setSentTo(email);
    setChanging(false);
  };
  return (
    <Panel
      id="email"
      title={account.email}
      text={account.emailText}
      action={
        query.data &&
        !changing && (
          <Button ref={opener} variant="secondary" size="sm" onClick={() => setChanging(true)}>
            {text.change}
          </Button>
        )
      }
    >
      <div className="mt-4">{query.data ? <Address profile={query.data} /> : query.isPending ? <Skeleton blocks={["h-6 w-64 max-w-full"]} /> : <Failure compact error={query.error} onRetry={() => query.refetch()} />}</div>
      <p role="status" className="mt-4 text-sm font-medium text-accent empty:hidden">
        {sentTo && !changing && text.sent(sentTo)}
      </p>
      {query.data && changing && <ChangeForm profile={query.data} onDone={done} onCancel={() => setChanging(false)} />}
    </Panel>
  );
}

function Address({ profile }: { profile: Profile }) {
  const { send, busy, sent, problem } = useResend();
  return (
    <>
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1">
        <p className="font-medium break-words">{profile.email}</p>
        <Status tone={profile.email_verified ? "good" : "warn"}>{profile.email_verified ? text.verified : text.unverified}</Status>
        {!profile.email_verified && !sent && (
          <Button variant="ghost" size="sm" busy={busy} onClick={send}>
            {text.resend}
          </Button>
        )}
      </div>
      <p role="status" className="text-sm text-accent empty:hidden">
        {sent && text.resent}
      </p>
      <p role="alert" className="mt-2 text-sm text-danger empty:hidden">
        {problem}
      </p>
    </>
  );
}

const schema = z.object({
  new_email: z.pipe(z.string().check(z.trim(), z.minLength(1, fields.required)), z.email(fields.email)),
  current_password: z.string(),
});
type Values = z.infer<typeof schema>;

type ChangeFormProps = { profile: Profile; onDone: (email: string) => void; onCancel: () => void };

function ChangeForm({ profile, onDone, onCancel }: ChangeFormProps) {
  const { register, handleSubmit, setError, setFocus, formState } = useForm<Values>({ resolver: zodResolver(schema), defaultValues: { new_email: "", current_password: "" } });
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => setFocus("new_email"), [setFocus]);

  const submit = handleSubmit(async (values) => {
    setProblem(null);
    try {
      await unwrap(api.POST("/api/auth/email/change/", { body: values }));
      onDone(values.new_email);
    } catch (error) {
      const named = error instanceof ApiError ? Object.entries(error.errors).filter(([field]) => field in values) : [];
      named.forEach(([field, messages], index) => setError(field as keyof Values, { message: messages[0] }, { shouldFocus: index === 0 }));
      if (named.length > 0) return;
      setProblem(error instanceof ApiError && error.code === "too_many_requests" ? verifyEmail.tooMany(error.retryAfter) : explain(error));
    }
  });

  return (
    <form onSubmit={submit} noValidate className="mt-5 space-y-5 border-t border-line pt-5">
      <input type="text" autoComplete="username" value={profile.email} readOnly hidden />
      <div className="grid gap-5 sm:grid-cols-2">
        <TextField label={text.newEmail} type="email" autoComplete="email" inputMode="email" {...register("new_email")} error={formState.errors.new_email?.message} />
        <PasswordField label={text.password} autoComplete="current-password" {...register("current_password")} error={formState.errors.current_password?.message} />
      </div>
      <div role="alert" className="text-sm text-danger empty:hidden">
        {problem}
      </div>
      <div className="flex flex-wrap gap-2">
        <Button type="submit" size="sm" busy={formState.isSubmitting}>
          {text.save}
        </Button>
        <Button variant="ghost" size="sm" onClick={onCancel}>
          {text.cancel}
        </Button>
      </div>
    </form>
  );
}
