"use client";

import { api } from "@/lib/api/client";
import { unwrap } from "@/lib/api/errors";
import type { components } from "@/lib/api/schema";
import { useAttempt } from "@/lib/use-attempt";
import { operations as text } from "@/messages/admin-operations";
import { Confirm } from "../kit/confirm";
import type { Consumer } from "./services";

type ResendDialogProps = { service: Consumer; letters: string[] | "all"; onClose: () => void; onDone: () => void };

export function ResendDialog({ service, letters, onClose, onDone }: ResendDialogProps) {
  const attempt = useAttempt();
  const all = letters === "all";
  const run = async (reason: string) => {
    const answer = await attempt(all ? { all, reason } : { all, ids: letters, reason }, (body, key) =>
      unwrap(api.POST(`/api/admin/${service}/dead-letters/resend/`, { params: { header: { "Idempotency-Key": key } }, body })),
    );
    if (all) return { text: text.asked(text.sendAll) };
    const { sent, missing } = answer as components["schemas"]["Resent"];
    return { text: text.sent(sent.length, missing.length) };
  };
  return (
    <Confirm
      title={all ? text.sendAllTitle(text.names[service]) : text.sendTitle(letters.length)}
      action={all ? text.sendAll : text.sendAgain}
      run={run}
      onClose={onClose}
      onDone={onDone}
    >
      {text.sendText}
    </Confirm>
  );
}
