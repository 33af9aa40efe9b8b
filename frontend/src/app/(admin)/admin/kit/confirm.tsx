"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef, useState, type ReactNode } from "react";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { TextField } from "@/components/ui/field";
import { adminConfirm as text } from "@/messages/admin";
import { useNotice, type Notice } from "./notice";
import { Problem } from "./problem";

type ConfirmProps = {
  title: string;
  /** What will happen: asked before anything does. */
  children?: ReactNode;
  action: string;
  danger?: boolean;
  /** Nothing brings it back: it is asked twice. */
  final?: boolean;
  /** What exactly nothing brings back, where it isn't all of it. */
  finalText?: string;
  /** Who sees the reason, where it isn't admins alone. */
  reasonHint?: string;
  /** Not every change takes a reason. */
  asksReason?: boolean;
  /** There is nothing to do, or it isn't known yet what it would do. */
  disabled?: boolean;
  /** Does it; the answer is what to say of it. */
  run: (reason: string) => Promise<Notice>;
  onClose: () => void;
  onDone?: () => void;
};

/** Asks before a change, with a reason for the audit log. Afterwards everything on the page is read again. */
export function Confirm({ title, children, action, danger = false, final = false, finalText = text.finalTitle, reasonHint = text.reasonHint, asksReason = true, disabled = false, run, onClose, onDone }: ConfirmProps) {
  const queries = useQueryClient();
  const notice = useNotice();
  const [reason, setReason] = useState("");
  const [again, setAgain] = useState(false);
  const wayBack = useRef<HTMLButtonElement>(null);
  const change = useMutation({
    mutationFn: () => run(reason.trim()),
    onSuccess: (said) => {
      onDone?.();
      onClose();
      notice(said.undo ? { ...said, undo: () => said.undo!().finally(() => queries.invalidateQueries()) } : said);
    },
    onError: () => setAgain(false),
    onSettled: () => queries.invalidateQueries(),
  });
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} locked={change.isPending} title={title}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (!final || again) return change.mutate();
          setAgain(true);
          // The field is closed now, and a second Enter shouldn't be the answer.
          wayBack.current?.focus();
        }}
      >
        {children && <div className="text-muted">{children}</div>}
        {asksReason && (
          <div className="mt-5">
            <TextField label={text.reason} hint={reasonHint} optional maxLength={500} disabled={again || change.isPending} value={reason} onChange={(event) => setReason(event.target.value)} />
          </div>
        )}
        {change.error && (
          <div className="mt-4">
            <Problem compact error={change.error} />
          </div>
        )}
        {again && (
          <p role="alert" className="mt-4 rounded-md bg-danger-soft px-4 py-3 text-sm font-medium">
            {finalText}
          </p>
        )}
        <div className="mt-6 flex flex-wrap justify-end gap-2.5">
          <Button ref={wayBack} variant="secondary" disabled={change.isPending} onClick={() => (again ? setAgain(false) : onClose())}>
            {again ? text.finalBack : text.notNow}
          </Button>
          <Button type="submit" variant={danger || final ? "danger" : "primary"} busy={change.isPending} disabled={disabled}>
            {again ? text.finally(action) : action}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
