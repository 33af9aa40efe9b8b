"use client";

import { useState, type FormEvent } from "react";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { explain } from "@/components/ui/failure";
import { TextField } from "@/components/ui/field";
import { api } from "@/lib/api/client";
import { ApiError, unwrap } from "@/lib/api/errors";
import { fields } from "@/messages";
import { factors } from "@/messages/factors";
import { ChangeDialog } from "./change-dialog";

const text = factors.app;

type Enrolment = { secret: string; uri: string; qr_code: string };
type AppSetupProps = { hasPassword: boolean; onAdded: (recoveryCodes: string[] | null) => Promise<void>; onClose: () => void };

/** The password, then the secret as a picture and as text, then the first code. */
export function AppSetup({ hasPassword, onAdded, onClose }: AppSetupProps) {
  const [enrolment, setEnrolment] = useState<Enrolment | null>(null);
  if (enrolment) return <FirstCode enrolment={enrolment} onAdded={onAdded} onClose={onClose} />;
  return (
    <ChangeDialog
      title={text.setupTitle}
      description={hasPassword ? text.setupText : text.setupTextNoPassword}
      action={factors.next}
      hasPassword={hasPassword}
      onSubmit={async (password) => setEnrolment(await unwrap(api.POST("/api/auth/second-factors/totp/", { body: { current_password: password } })))}
      onClose={onClose}
    />
  );
}

function FirstCode({ enrolment, onAdded, onClose }: Omit<AppSetupProps, "hasPassword"> & { enrolment: Enrolment }) {
  const [code, setCode] = useState("");
  const [problem, setProblem] = useState<string>();
  const [busy, setBusy] = useState(false);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (code.trim() === "") return setProblem(fields.required);
    setProblem(undefined);
    setBusy(true);
    try {
      const { recovery_codes } = await unwrap(api.POST("/api/auth/second-factors/totp/confirm/", { body: { code } }));
      await onAdded(recovery_codes);
    } catch (error) {
      setProblem((error instanceof ApiError && error.errors.code?.[0]) || explain(error));
      setBusy(false);
    }
  };

  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={text.setupTitle} description={text.scan} locked={busy}>
      {/* White around the code whatever the theme: cameras want the contrast. */}
      <img src={`data:image/svg+xml,${encodeURIComponent(enrolment.qr_code)}`} alt={text.qr} width={200} height={200} className="mx-auto rounded-lg bg-white" />
      <p className="mt-4 text-center text-sm text-muted">{text.type}</p>
      <p className="figures mt-1 text-center font-medium tracking-wide break-all select-all">{enrolment.secret.match(/.{4}/g)?.join(" ")}</p>
      <p className="mt-1 text-center text-sm md:hidden">
        <a href={enrolment.uri} className="link inline-block py-2">
          {text.open}
        </a>
      </p>
      <form onSubmit={submit} noValidate className="mt-6 space-y-5">
        <TextField
          label={text.code}
          hint={text.codeHint}
          inputMode="numeric"
          autoComplete="one-time-code"
          className="figures"
          value={code}
          onChange={(event) => setCode(event.target.value)}
          error={problem}
        />
        <div className="flex flex-wrap justify-end gap-2.5">
          <Button variant="secondary" onClick={onClose} disabled={busy}>
            {factors.cancel}
          </Button>
          <Button type="submit" busy={busy}>
            {text.verify}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
