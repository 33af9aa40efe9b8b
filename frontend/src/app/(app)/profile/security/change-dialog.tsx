"use client";

import { useState, type FormEvent, type ReactNode } from "react";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { explain } from "@/components/ui/failure";
import { PasswordField } from "@/components/ui/field";
import { ApiError } from "@/lib/api/errors";
import { fields } from "@/messages";
import { factors as text } from "@/messages/factors";

type ChangeDialogProps = {
  title: string;
  description?: string;
  action: string;
  danger?: boolean;
  /** Whether the account has a password, which is then asked for. */
  hasPassword: boolean;
  /** Fields of its own, above the password. */
  children?: ReactNode;
  /** What an error means that isn't the API's. */
  explainOther?: (error: unknown) => string;
  onSubmit: (password: string | undefined) => Promise<void>;
  onClose: () => void;
};

/** A change of how somebody logs in: what happens, and their password, so that it is theirs. */
export function ChangeDialog({ title, description, action, danger = false, hasPassword, children, explainOther, onSubmit, onClose }: ChangeDialogProps) {
  const [password, setPassword] = useState("");
  const [wrong, setWrong] = useState<string>();
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setWrong(undefined);
    setProblem(null);
    if (hasPassword && password === "") return setWrong(fields.required);
    setBusy(true);
    try {
      await onSubmit(hasPassword ? password : undefined);
    } catch (error) {
      if (!(error instanceof ApiError)) setProblem(explainOther?.(error) ?? explain(error));
      else if (error.errors.current_password) setWrong(error.errors.current_password[0]);
      else setProblem(explain(error, { second_factor_required: text.last }));
    } finally {
      setBusy(false);
    }
  };

  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={title} description={description} locked={busy}>
      <form onSubmit={submit} noValidate className="space-y-5">
        {children}
        {hasPassword && (
          <PasswordField label={text.confirm} autoComplete="current-password" value={password} onChange={(event) => setPassword(event.target.value)} error={wrong} />
        )}
        <div role="alert" className="text-sm text-danger empty:hidden">
          {problem}
        </div>
        <div className="flex flex-wrap justify-end gap-2.5">
          <Button variant="secondary" onClick={onClose} disabled={busy}>
            {text.cancel}
          </Button>
          <Button type="submit" variant={danger ? "danger" : "primary"} busy={busy}>
            {action}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
