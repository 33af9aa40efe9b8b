"use client";

import { useState, type ReactNode } from "react";
import { api } from "@/lib/api/client";
import { unwrap } from "@/lib/api/errors";
import { randomKey } from "@/lib/random-key";
import { operations as text } from "@/messages/admin-operations";
import { Confirm } from "../kit/confirm";
import type { Consumer } from "./services";

export type ReplicaWork = "check" | "resync";

type ReplicasDialogProps = { service: Consumer; work: ReplicaWork; replicas: string[]; onClose: () => void };

export function ReplicasDialog({ service, work, replicas, onClose }: ReplicasDialogProps) {
  const [key, setKey] = useState(randomKey);
  const [chosen, setChosen] = useState(replicas);
  const [close, setClose] = useState(false);
  const action = work === "check" ? text.checkReplicas : text.resyncReplicas;
  const title = text.of(action, text.names[service]);
  // Another request than the one that may have failed before.
  const change = (next: () => void) => {
    next();
    setKey(randomKey());
  };
  const run = async (reason: string) => {
    const params = { header: { "Idempotency-Key": key } };
    const body = { replicas: chosen, reason };
    if (work === "check") await unwrap(api.POST(`/api/admin/${service}/replicas/check/`, { params, body }));
    else await unwrap(api.POST(`/api/admin/${service}/replicas/resync/`, { params, body: { ...body, close_unknown: close } }));
    return { text: text.asked(title) };
  };
  return (
    <Confirm title={`${title}?`} action={action} danger={close} final={close} finalText={text.closeFinal} disabled={chosen.length === 0} run={run} onClose={onClose}>
      <p>{work === "check" ? text.checkReplicasText : text.resyncText}</p>
      <fieldset className="mt-4 text-ink">
        <legend className="mb-1 text-sm font-medium">{text.which}</legend>
        {replicas.map((name) => (
          <Choice key={name} checked={chosen.includes(name)} onChange={(on) => change(() => setChosen(replicas.filter((each) => (each === name ? on : chosen.includes(each)))))}>
            {name}
          </Choice>
        ))}
      </fieldset>
      {work === "resync" && (
        <div className="mt-3 text-ink">
          <Choice checked={close} onChange={(on) => change(() => setClose(on))}>
            {text.closeUnknown}
          </Choice>
          {close && <p className="rounded-md bg-danger-soft px-4 py-3 text-sm">{text.closeUnknownText}</p>}
        </div>
      )}
    </Confirm>
  );
}

function Choice({ checked, onChange, children }: { checked: boolean; onChange: (on: boolean) => void; children: ReactNode }) {
  return (
    <label className="flex min-h-9 cursor-pointer items-center gap-2.5 text-sm pointer-coarse:min-h-11">
      <input type="checkbox" className="size-4.5 accent-accent" checked={checked} onChange={(event) => onChange(event.target.checked)} />
      {children}
    </label>
  );
}
