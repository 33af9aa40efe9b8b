"use client";

import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Failure } from "@/components/ui/failure";
import { Skeleton } from "@/components/ui/skeleton";
import { Status } from "@/components/ui/status";
import { api } from "@/lib/api/client";
import { unwrap } from "@/lib/api/errors";
import { formatDate, viewerZone } from "@/lib/dates";
import { notify } from "@/lib/toast";
import { useLocale } from "@/lib/use-locale";
import { factors } from "@/messages/factors";
import { Panel } from "../panel";
import { AppSetup } from "./app-setup";
import { ChangeDialog } from "./change-dialog";
import { RecoveryCodes } from "./recovery-codes";
import { useFactors, useFactorsChanged } from "./use-factors";

const text = factors.app;

/** The authenticator app: set up, moved to another phone, turned off. */
export function AppPanel() {
  const query = useFactors();
  const changed = useFactorsChanged();
  const locale = useLocale();
  const [open, setOpen] = useState<"setup" | "remove" | null>(null);
  const [codes, setCodes] = useState<string[] | null>(null);
  const found = query.data;
  const since = found?.totp_since;

  const added = async (recovery: string[] | null) => {
    setOpen(null);
    setCodes(recovery);
    await changed();
    // A notice would lie over the codes.
    if (!recovery) void notify(text.added);
  };
  const kept = () => {
    setCodes(null);
    void notify(text.added);
  };
  const remove = async (password?: string) => {
    await unwrap(api.POST("/api/auth/second-factors/totp/disable/", { body: { current_password: password } }));
    setOpen(null);
    await changed();
    void notify(text.removed);
  };

  return (
    <Panel
      id="authenticator-app"
      title={text.title}
      text={text.text}
      action={
        found && (
          <Button variant="secondary" size="sm" onClick={() => setOpen("setup")}>
            {since ? text.replace : text.add}
          </Button>
        )
      }
    >
      <div className="mt-4 flex min-h-9 flex-wrap items-center gap-x-4 gap-y-2">
        {found ? (
          <>
            <Status tone={since ? "good" : "calm"}>{since ? text.on : text.off}</Status>
            {since && (
              <>
                <span className="text-sm text-muted">{text.since(formatDate(since, viewerZone(), locale))}</span>
                <Button variant="ghost" size="sm" className="ml-auto" onClick={() => setOpen("remove")}>
                  {text.remove}
                </Button>
              </>
            )}
          </>
        ) : query.isPending ? (
          <Skeleton blocks={["h-6 w-40"]} />
        ) : (
          <Failure compact error={query.error} onRetry={() => query.refetch()} />
        )}
      </div>
      {found && open === "setup" && <AppSetup hasPassword={found.has_password} onAdded={added} onClose={() => setOpen(null)} />}
      {found && open === "remove" && (
        <ChangeDialog
          title={text.removeTitle}
          description={found.passkeys === 0 ? text.removeLastText : text.removeText}
          action={text.remove}
          danger
          hasPassword={found.has_password}
          onSubmit={remove}
          onClose={() => setOpen(null)}
        />
      )}
      {codes && <RecoveryCodes codes={codes} onClose={kept} />}
    </Panel>
  );
}
