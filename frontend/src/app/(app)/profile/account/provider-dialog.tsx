"use client";

import { useState, type FormEvent } from "react";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { explain } from "@/components/ui/failure";
import { PasswordField } from "@/components/ui/field";
import { api } from "@/lib/api/client";
import { ApiError, unwrap } from "@/lib/api/errors";
import type { ProviderName } from "@/lib/api/types";
import { oauth as text } from "@/messages";

export type ProviderChange = { kind: "link" | "unlink"; provider: ProviderName; name: string };
type ProviderDialogProps = { change: ProviderChange; onClose: () => void; onUnlinked: () => void };

const KNOWN = { ...text.reasons, last_login_method: text.last, reauthentication_required: text.again };

/** Linking or unlinking, once more confirmed. The password is asked for where the account turns out to have one. */
export function ProviderDialog({ change: { kind, provider, name }, onClose, onUnlinked }: ProviderDialogProps) {
  const [password, setPassword] = useState("");
  const [asked, setAsked] = useState(false);
  const [wrong, setWrong] = useState<string>();
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setWrong(undefined);
    setProblem(null);
    setBusy(true);
    const options = { params: { path: { provider } }, body: { current_password: password || null } };
    try {
      if (kind === "unlink") {
        await unwrap(api.POST("/api/auth/oauth/accounts/{provider}/unlink/", options));
        return onUnlinked();
      }
      const { authorize_url } = await unwrap(api.POST("/api/auth/oauth/{provider}/link/", options));
      // Busy until the provider's page is there.
      return window.location.assign(authorize_url);
    } catch (error) {
      const needed = error instanceof ApiError ? error.errors.current_password : undefined;
      if (needed) {
        setWrong(asked ? needed[0] : undefined);
        setAsked(true);
      } else setProblem(explain(error, KNOWN));
      setBusy(false);
    }
  };

  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} locked={busy} title={kind === "link" ? text.linkTitle(name) : text.unlinkTitle(name)} description={kind === "link" ? text.linkText(name) : text.unlinkText(name)}>
      <form onSubmit={submit} noValidate className="space-y-5">
        {asked && <PasswordField label={text.password} hint={text.passwordNeeded} autoComplete="current-password" autoFocus value={password} onChange={(event) => setPassword(event.target.value)} error={wrong} />}
        <div role="alert" className="text-sm text-danger empty:hidden">
          {problem}
        </div>
        <div className="flex flex-wrap justify-end gap-2.5">
          <Button variant="secondary" onClick={onClose} disabled={busy}>
            {text.cancel}
          </Button>
          <Button type="submit" variant={kind === "link" ? "primary" : "danger"} busy={busy}>
            {kind === "link" ? text.go(name) : text.unlink(name)}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
