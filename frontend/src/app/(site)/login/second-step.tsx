"use client";

import { useEffect, useRef, useState, type FormEvent } from "react";
import { Button } from "@/components/ui/button";
import { explain } from "@/components/ui/failure";
import { TextField } from "@/components/ui/field";
import { ApiError } from "@/lib/api/errors";
import { enter, type Member } from "@/lib/auth/session";
import { displayName } from "@/lib/names";
import { notify } from "@/lib/toast";
import { login, fields } from "@/messages";
import { passkeyLogin, secondStep as text } from "@/messages/factors";
import { METHODS, type Method, type Step } from "./step";
import { useWait } from "./use-wait";

type SecondStepProps = { step: Step; onAgain: (reason?: string) => void };

/** A login that has the right password: now a code, a recovery code or a passkey. */
export function SecondStep({ step, onAgain }: SecondStepProps) {
  const possible = METHODS.filter((method) => step.methods.includes(method));
  const [method, setMethod] = useState<Method>(possible[0] ?? "recovery_code");
  const [code, setCode] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const [wait, setWait] = useWait();
  const form = useRef<HTMLFormElement>(null);

  useEffect(() => {
    form.current?.querySelector<HTMLElement>("input, button")?.focus();
  }, [method]);

  const answer = async (send: () => Promise<Member>) => {
    setProblem(null);
    setBusy(true);
    try {
      const user = await send();
      void notify(login.welcome(displayName(user)));
    } catch (error) {
      const left = error instanceof ApiError && error.code === "invalid_second_factor" ? Number(error.problem.attempts_left) : null;
      if (left === 0 || (error instanceof ApiError && error.code === "invalid_challenge")) return onAgain(text.over);
      if (error instanceof ApiError && error.status === 429) setWait(error.retryAfter ?? 1);
      else if (!(error instanceof ApiError)) setProblem(passkeyLogin.cancelled);
      else setProblem(left === null ? explain(error) : text.wrong(left));
      setCode("");
      form.current?.querySelector<HTMLElement>("input, button")?.focus();
    } finally {
      setBusy(false);
    }
  };

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (method === "passkey") {
      void answer(async () => (await import("@/lib/auth/passkeys")).answerByPasskey(step.challenge));
    } else if (code.trim() === "") {
      setProblem(fields.required);
    } else {
      void answer(() => enter("login/second-factor/", { challenge: step.challenge, method, code }));
    }
  };

  const field = { value: code, onChange: (event: { target: { value: string } }) => setCode(event.target.value), error: undefined };
  return (
    <>
      <form ref={form} onSubmit={submit} noValidate className="mt-8 space-y-5">
        <p className="text-muted">{text.leads[method]}</p>
        {method === "totp" && <TextField key="totp" label={text.code} hint={text.codeHint} inputMode="numeric" autoComplete="one-time-code" className="figures" {...field} />}
        {method === "recovery_code" && (
          <TextField key="recovery" label={text.recoveryCode} hint={text.recoveryHint} autoComplete="off" autoCapitalize="none" spellCheck={false} className="figures" {...field} />
        )}
        <div role="alert" className="text-sm text-danger empty:hidden">
          {wait > 0 ? login.wait(wait) : problem}
        </div>
        <Button type="submit" busy={busy} disabled={wait > 0} className="w-full">
          {method === "passkey" ? text.passkey : text.submit}
        </Button>
      </form>
      <section aria-label={text.others} className="mt-6 flex flex-col items-start gap-1 text-sm">
        {possible
          .filter((other) => other !== method)
          .map((other) => (
            <button
              key={other}
              type="button"
              className="link py-1.5"
              onClick={() => {
                setProblem(null);
                setCode("");
                setMethod(other);
              }}
            >
              {text.use[other]}
            </button>
          ))}
        <button type="button" className="link py-1.5" onClick={() => onAgain()}>
          {text.again}
        </button>
      </section>
      <p className="mt-6 text-sm text-muted">{text.lost}</p>
    </>
  );
}
