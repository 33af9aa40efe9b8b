"use client";

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import { Status } from "@/components/ui/status";
import { api } from "@/lib/api/client";
import { unwrap } from "@/lib/api/errors";
import type { ProviderName } from "@/lib/api/types";
import { formatStamp, viewerZone } from "@/lib/dates";
import { useLocale } from "@/lib/use-locale";
import { oauth } from "@/messages";
import { apps as text } from "@/messages/admin-apps";
import { Facts, Page, Section } from "../kit/page-frame";
import { Problem } from "../kit/problem";
import { DeleteDialog, SwitchDialog, type App } from "./app-dialogs";
import { AppSheet } from "./app-sheet";
import { RedirectAddress } from "./redirect-address";

const PROVIDERS: ProviderName[] = ["google", "github"];

async function read() {
  const [apps, on] = await Promise.all([unwrap(api.GET("/api/auth/oauth/apps/")), unwrap(api.GET("/api/auth/oauth/providers/"))]);
  return PROVIDERS.map((provider) => ({
    provider,
    app: apps.find((app) => app.provider === provider),
    // Whether people can log in with it: by what is entered, or by the server's environment.
    isOn: on.some((each) => each.provider === provider),
  }));
}

export default function AppsPage() {
  const query = useQuery({ queryKey: ["oauth-apps"], queryFn: read });
  return (
    <Page title={text.title} lead={<p className="max-w-[65ch]">{text.lead}</p>}>
      {query.data ? (
        query.data.map((each) => <Provider key={each.provider} {...each} />)
      ) : query.isPending ? (
        <Skeleton className="space-y-8" blocks={["h-48 w-full", "h-48 w-full"]} />
      ) : (
        <Problem error={query.error} onRetry={() => void query.refetch()} />
      )}
    </Page>
  );
}

type ProviderProps = { provider: ProviderName; app: App | undefined; isOn: boolean };

function Provider({ provider, app, isOn }: ProviderProps) {
  const [asked, setAsked] = useState<"form" | "switch" | "delete" | null>(null);
  const name = oauth.name(provider);
  const close = () => setAsked(null);
  const button = (action: string, what: typeof asked, variant: "secondary" | "danger" = "secondary") => (
    <Button size="sm" variant={variant} aria-label={text.of(action, name)} onClick={() => setAsked(what)}>
      {action}
    </Button>
  );
  return (
    <Section
      id={provider}
      title={name}
      actions={
        app ? (
          <>
            {button(text.change, "form")}
            {button(app.enabled ? text.switchOff : text.switchOn, "switch")}
            {button(text.delete, "delete", "danger")}
          </>
        ) : (
          button(text.add, "form")
        )
      }
    >
      {app ? <Entered app={app} name={name} isOn={isOn} /> : <Missing provider={provider} name={name} isOn={isOn} />}
      {asked === "form" && <AppSheet provider={provider} app={app} onClose={close} />}
      {asked === "switch" && app && <SwitchDialog app={app} onClose={close} />}
      {asked === "delete" && app && <DeleteDialog app={app} onClose={close} />}
    </Section>
  );
}

function Entered({ app, name, isOn }: { app: App; name: string; isOn: boolean }) {
  const locale = useLocale();
  const moment = (instant: string) => formatStamp(instant, viewerZone(), locale);
  return (
    <>
      <div className="mb-3">
        {isOn ? <Status tone="good">{text.on}</Status> : app.enabled ? <Status tone="warn">{text.unreadable}</Status> : <Status tone="calm">{text.off}</Status>}
        {app.enabled && !isOn && <p className="mt-1 text-sm text-muted">{text.unreadableText}</p>}
      </div>
      <Facts
        facts={[
          [text.clientId, app.client_id],
          [text.secret, text.secretKept],
          [text.redirect, <RedirectAddress key="redirect" address={app.redirect_uri} name={name} />],
          [text.entered, moment(app.created_at)],
          [text.updated, moment(app.updated_at)],
        ]}
      />
    </>
  );
}

/** The exact address to register is known as soon as something is entered. */
function Missing({ provider, name, isOn }: Omit<ProviderProps, "app"> & { name: string }) {
  return (
    <div className="panel space-y-2 p-5 text-sm">
      <Status tone={isOn ? "good" : "calm"}>{isOn ? text.environment : text.missing}</Status>
      <p className="text-muted">{isOn ? text.environmentText : text.missingText(name)}</p>
      {!isOn && (
        <div className="wrap-anywhere">
          <p className="text-muted">{text.register(name)}</p>
          <RedirectAddress address={`${window.location.origin}/accounts/${provider}/login/callback/`} name={name} />
        </div>
      )}
    </div>
  );
}
