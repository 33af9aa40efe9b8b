"use client";

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Failure } from "@/components/ui/failure";
import { TextField } from "@/components/ui/field";
import { Skeleton } from "@/components/ui/skeleton";
import { api } from "@/lib/api/client";
import { unwrap } from "@/lib/api/errors";
import type { Passkey, SecondFactors } from "@/lib/api/types";
import { formatDate, viewerZone } from "@/lib/dates";
import { keys } from "@/lib/query-keys";
import { notify } from "@/lib/toast";
import { useLocale } from "@/lib/use-locale";
import { factors, passkeyLogin } from "@/messages/factors";
import { Panel } from "../panel";
import { ChangeDialog } from "./change-dialog";
import { RecoveryCodes } from "./recovery-codes";
import { useFactors, useFactorsChanged } from "./use-factors";

const text = factors.passkeys;
const NAME_LENGTH = 100;

type Open = { kind: "add" } | { kind: "rename" | "remove"; passkey: Passkey } | null;

/** Passkeys: added with a name, renamed, removed. */
export function PasskeysPanel() {
  const overview = useFactors();
  const query = useQuery({ queryKey: keys.passkeys, queryFn: () => unwrap(api.GET("/api/auth/passkeys/")) });
  const changed = useFactorsChanged();
  const [open, setOpen] = useState<Open>(null);
  const [name, setName] = useState("");
  const [codes, setCodes] = useState<string[] | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const close = () => setOpen(null);
  const done = async (notice: string | null) => {
    close();
    await changed();
    if (notice) void notify(notice);
  };

  const startAdding = () => {
    setProblem(window.PublicKeyCredential ? null : text.unsupported);
    setName("");
    if (window.PublicKeyCredential) setOpen({ kind: "add" });
  };
  const add = async (password?: string) => {
    const options = await unwrap(api.POST("/api/auth/passkeys/options/", { body: { current_password: password } }));
    const { makePasskey } = await import("@/lib/auth/passkeys");
    const credential = await makePasskey(options);
    const body = { name: name.trim() || text.nameDefault, credential: credential as unknown as Record<string, unknown> };
    const { recovery_codes } = await unwrap(api.POST("/api/auth/passkeys/", { body }));
    setCodes(recovery_codes);
    // A notice would lie over the codes.
    await done(recovery_codes ? null : text.added);
  };
  const kept = () => {
    setCodes(null);
    void notify(text.added);
  };

  return (
    <Panel
      id="passkeys"
      title={text.title}
      text={text.text}
      action={
        overview.data && (
          <Button variant="secondary" size="sm" onClick={startAdding}>
            {text.add}
          </Button>
        )
      }
    >
      <div role="alert" className="mt-3 text-sm text-danger empty:hidden">
        {problem}
      </div>
      <div className="mt-4">
        {query.data ? (
          <List
            passkeys={query.data}
            onOpen={(next) => {
              setName(next.passkey.name);
              setOpen(next);
            }}
          />
        ) : query.isPending ? (
          <Skeleton blocks={["h-12 w-full"]} />
        ) : (
          <Failure compact error={query.error} onRetry={() => query.refetch()} />
        )}
      </div>
      {overview.data && open?.kind === "add" && (
        <ChangeDialog title={text.addTitle} description={text.addText} action={factors.next} hasPassword={overview.data.has_password} explainOther={explainCeremony} onSubmit={add} onClose={close}>
          <Name value={name} onChange={setName} />
        </ChangeDialog>
      )}
      {open?.kind === "rename" && <Rename passkey={open.passkey} name={name} onName={setName} onDone={() => done(text.renamed)} onClose={close} />}
      {overview.data && open?.kind === "remove" && <Remove passkey={open.passkey} overview={overview.data} onDone={() => done(text.removed)} onClose={close} />}
      {codes && !open && <RecoveryCodes codes={codes} onClose={kept} />}
    </Panel>
  );
}

function List({ passkeys, onOpen }: { passkeys: Passkey[]; onOpen: (open: { kind: "rename" | "remove"; passkey: Passkey }) => void }) {
  const locale = useLocale();
  const day = (moment: string) => formatDate(moment, viewerZone(), locale);
  if (passkeys.length === 0) return <p className="text-sm text-muted">{text.none}</p>;
  return (
    <ul className="divide-y divide-line border-t border-line">
      {passkeys.map((passkey) => (
        <li key={passkey.id} className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1 py-3 last:pb-0">
          <div className="min-w-0">
            <p className="font-medium break-words">{passkey.name}</p>
            <p className="text-sm text-muted">
              {text.created(day(passkey.created_at))} · {passkey.last_used_at ? text.used(day(passkey.last_used_at)) : text.neverUsed} · {passkey.backed_up ? text.synced : text.hardware}
            </p>
          </div>
          <div className="-ml-3 flex gap-1 sm:ml-0">
            {(["rename", "remove"] as const).map((kind) => (
              <Button key={kind} variant="ghost" size="sm" aria-label={text.of(text[kind], passkey.name)} onClick={() => onOpen({ kind, passkey })}>
                {text[kind]}
              </Button>
            ))}
          </div>
        </li>
      ))}
    </ul>
  );
}

function Name({ value, onChange }: { value: string; onChange: (name: string) => void }) {
  return <TextField label={text.name} hint={text.nameHint} maxLength={NAME_LENGTH} autoComplete="off" value={value} onChange={(event) => onChange(event.target.value)} />;
}

type RenameProps = { passkey: Passkey; name: string; onName: (name: string) => void; onDone: () => Promise<void>; onClose: () => void };

function Rename({ passkey, name, onName, onDone, onClose }: RenameProps) {
  const save = async () => {
    const params = { path: { passkey_id: passkey.id } };
    await unwrap(api.PATCH("/api/auth/passkeys/{passkey_id}/", { params, body: { name: name.trim() || passkey.name } }));
    await onDone();
  };
  // A name is no secret: no password for it.
  return (
    <ChangeDialog title={text.renameTitle} action={text.save} hasPassword={false} onSubmit={save} onClose={onClose}>
      <Name value={name} onChange={onName} />
    </ChangeDialog>
  );
}

type RemoveProps = { passkey: Passkey; overview: SecondFactors; onDone: () => Promise<void>; onClose: () => void };

function Remove({ passkey, overview, onDone, onClose }: RemoveProps) {
  const isLast = overview.passkeys === 1 && overview.totp_since === null;
  const remove = async (password?: string) => {
    const params = { path: { passkey_id: passkey.id } };
    await unwrap(api.POST("/api/auth/passkeys/{passkey_id}/remove/", { params, body: { current_password: password } }));
    await onDone();
  };
  return (
    <ChangeDialog
      title={text.removeTitle(passkey.name)}
      description={isLast ? text.removeLastText : text.removeText}
      action={text.remove}
      danger
      hasPassword={overview.has_password}
      onSubmit={remove}
      onClose={onClose}
    />
  );
}

const explainCeremony = (error: unknown) => {
  // By name: the library that throws it comes with the ceremony alone.
  const name = error instanceof Error ? error.name : "";
  return name === "InvalidStateError" ? text.exists : name === "NotSupportedError" ? passkeyLogin.unsupported : text.cancelled;
};
