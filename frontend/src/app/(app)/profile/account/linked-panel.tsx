"use client";

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useSearchParams } from "next/navigation";
import { useEffect, useState } from "react";
import { Button } from "@/components/ui/button";
import { Failure } from "@/components/ui/failure";
import { Skeleton } from "@/components/ui/skeleton";
import { Status } from "@/components/ui/status";
import { api } from "@/lib/api/client";
import { unwrap } from "@/lib/api/errors";
import type { LinkedAccount } from "@/lib/api/types";
import { formatDate, viewerZone } from "@/lib/dates";
import { keys } from "@/lib/query-keys";
import { useLocale } from "@/lib/use-locale";
import { oauth as text } from "@/messages";
import { Panel } from "../panel";
import { ProviderDialog, type ProviderChange } from "./provider-dialog";

type Outcome = { ok: boolean; message: string };

/** What the address says of a link that was tried: the provider sent the browser back with it. */
function outcomeOf(address: URLSearchParams): Outcome | null {
  const [linked, reason] = [address.get("linked"), address.get("reason")];
  if (linked && text.isKnown(linked)) return { ok: true, message: text.wasLinked(text.name(linked)) };
  if (reason && Object.hasOwn(text.reasons, reason)) return { ok: false, message: text.reasons[reason] ?? "" };
  return null;
}

async function readBoth() {
  const [providers, linked] = await Promise.all([unwrap(api.GET("/api/auth/oauth/providers/")), unwrap(api.GET("/api/auth/oauth/accounts/"))]);
  // Those that are linked stay to be seen, and to be unlinked, where they aren't set up any more.
  const off = linked.filter((each) => !providers.some(({ provider }) => provider === each.provider));
  return [...providers.map((each) => ({ ...each, isOn: true })), ...off.map((each) => ({ ...each, isOn: false }))].map(({ provider, name, isOn }) => ({
    provider,
    name,
    isOn,
    account: linked.find((each) => each.provider === provider),
  }));
}

export function LinkedPanel() {
  const queries = useQueryClient();
  const address = useSearchParams();
  const [outcome, setOutcome] = useState(() => outcomeOf(address));
  const [change, setChange] = useState<ProviderChange | null>(null);
  const query = useQuery({ queryKey: keys.linked, queryFn: readBoth });

  useEffect(() => {
    // Told once: a reload, or a bookmark, isn't told it again.
    if (outcomeOf(new URLSearchParams(window.location.search))) window.history.replaceState(null, "", "/profile/account");
  }, []);

  const unlinked = (name: string) => {
    setChange(null);
    setOutcome({ ok: true, message: text.wasUnlinked(name) });
    void queries.invalidateQueries({ queryKey: keys.linked });
  };

  return (
    <Panel id="linked" title={text.title} text={text.lead}>
      <p role="status" className={`mt-4 rounded-md px-4 py-3 text-sm empty:hidden ${outcome?.ok ? "bg-accent-soft text-accent" : "bg-warn-soft text-warn"}`}>
        {outcome?.message}
      </p>
      <div className="mt-4">
        {query.data ? (
          query.data.length === 0 ? (
            <p className="text-sm text-muted">{text.none}</p>
          ) : (
            <ul className="divide-y divide-line">
              {query.data.map(({ provider, name, isOn, account }) => (
                <li key={provider} className="flex flex-wrap items-center justify-between gap-x-6 gap-y-3 py-4 first:pt-0 last:pb-0">
                  <div className="min-w-0">
                    <p className="font-medium">{name}</p>
                    <State account={account} isOn={isOn} />
                  </div>
                  {account ? (
                    <Button variant="secondary" size="sm" onClick={() => setChange({ kind: "unlink", provider, name })}>
                      {text.unlink(name)}
                    </Button>
                  ) : (
                    <Button variant="secondary" size="sm" onClick={() => setChange({ kind: "link", provider, name })}>
                      {text.link(name)}
                    </Button>
                  )}
                </li>
              ))}
            </ul>
          )
        ) : query.isPending ? (
          <Skeleton className="space-y-3" blocks={["h-12 w-full", "h-12 w-full"]} />
        ) : (
          <Failure compact error={query.error} onRetry={() => query.refetch()} />
        )}
      </div>
      {change && <ProviderDialog change={change} onClose={() => setChange(null)} onUnlinked={() => unlinked(change.name)} />}
    </Panel>
  );
}

function State({ account, isOn }: { account: LinkedAccount | undefined; isOn: boolean }) {
  const locale = useLocale();
  if (!account) return <Status tone="calm">{text.notLinked}</Status>;
  const since = text.since(formatDate(account.linked_at, viewerZone(), locale));
  return (
    <div className="flex flex-wrap items-baseline gap-x-3">
      <Status tone={isOn ? "good" : "warn"}>{isOn ? text.linked : text.off}</Status>
      <p className="min-w-0 text-sm break-words text-muted">{account.email ? `${account.email}, ${since}` : since}</p>
    </div>
  );
}
