"use client";

import { useState } from "react";
import { api } from "@/lib/api/client";
import { unwrap } from "@/lib/api/errors";
import { useAttempt } from "@/lib/use-attempt";
import { operations as text } from "@/messages/admin-operations";
import { CheckField } from "../kit/check-field";
import { Confirm } from "../kit/confirm";
import type { Consumer } from "./services";

export type ReplicaWork = "check" | "resync";

type ReplicasDialogProps = { service: Consumer; work: ReplicaWork; replicas: string[]; onClose: () => void };

export function ReplicasDialog({ service, work, replicas, onClose }: ReplicasDialogProps) {
  const attempt = useAttempt();
  const [chosen, setChosen] = useState(replicas);
  const [close, setClose] = useState(false);
  const action = work === "check" ? text.checkReplicas : text.resyncReplicas;
  const title = text.of(action, text.names[service]);
  const run = async (reason: string) => {
    const wanted = { replicas: chosen, reason };
    if (work === "check") await attempt(wanted, (body, key) => unwrap(api.POST(`/api/admin/${service}/replicas/check/`, { params: { header: { "Idempotency-Key": key } }, body })));
    else await attempt({ ...wanted, close_unknown: close }, (body, key) => unwrap(api.POST(`/api/admin/${service}/replicas/resync/`, { params: { header: { "Idempotency-Key": key } }, body })));
    return { text: text.asked(title) };
  };
  return (
    <Confirm title={`${title}?`} action={action} danger={close} final={close} finalText={text.closeFinal} disabled={chosen.length === 0} run={run} onClose={onClose}>
      <p>{work === "check" ? text.checkReplicasText : text.resyncText}</p>
      <fieldset className="mt-4 text-ink">
        <legend className="mb-1 text-sm font-medium">{text.which}</legend>
        {replicas.map((name) => (
          <CheckField
            key={name}
            label={name}
            checked={chosen.includes(name)}
            onChange={({ target }) => setChosen(replicas.filter((each) => (each === name ? target.checked : chosen.includes(each))))}
          />
        ))}
      </fieldset>
      {work === "resync" && (
        <div className="mt-3 text-ink">
          <CheckField label={text.closeUnknown} checked={close} onChange={({ target }) => setClose(target.checked)} />
          {close && <p className="rounded-md bg-danger-soft px-4 py-3 text-sm">{text.closeUnknownText}</p>}
        </div>
      )}
    </Confirm>
  );
}
