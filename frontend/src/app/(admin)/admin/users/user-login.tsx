"use client";

import { useQuery } from "@tanstack/react-query";
import NextLink from "next/link";
import { useState } from "react";
import { Button, buttonStyle } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import { Status } from "@/components/ui/status";
import { api } from "@/lib/api/client";
import { unwrap, withResponse } from "@/lib/api/errors";
import { formatDate, formatStamp, viewerZone } from "@/lib/dates";
import { useLocale } from "@/lib/use-locale";
import { userLogin as text } from "@/messages/admin-users";
import { Facts, Section } from "../kit/page-frame";
import { Problem } from "../kit/problem";
import { LogOutDialog, ResetDialog } from "./user-dialogs";
import type { User } from "./users-page";

const SHOWN = 10;

async function read(id: string) {
  const params = { path: { user_id: id } };
  const [factors, linked, { data: devices, response }] = await Promise.all([
    unwrap(api.GET("/api/users/{user_id}/second-factors/", { params })),
    unwrap(api.GET("/api/users/{user_id}/linked-accounts/", { params })),
    withResponse(api.GET("/api/users/{user_id}/devices/", { params: { ...params, query: { page_size: SHOWN } } })),
  ]);
  return { factors, linked, devices, total: Number(response.headers.get("x-total-count") ?? devices.length) };
}
type Logins = Awaited<ReturnType<typeof read>>;

/** Password, second factors, linked accounts, and where they are logged in. */
export function UserLogin({ user, own }: { user: User; own: boolean }) {
  const [asked, setAsked] = useState<"logOut" | "reset" | null>(null);
  const query = useQuery({ queryKey: ["logins", user.id], queryFn: () => read(user.id) });
  const close = () => setAsked(null);
  const factors = query.data?.factors;
  const hasFactors = factors !== undefined && (factors.totp_since !== null || factors.passkeys > 0 || factors.recovery_codes_left > 0);
  return (
    <Section
      id="logins"
      title={text.title}
      actions={
        own ? (
          <NextLink href="/profile/security" className={buttonStyle("secondary", "sm")}>
            {text.ownHref}
          </NextLink>
        ) : (
          <>
            {hasFactors && (
              <Button size="sm" variant="secondary" onClick={() => setAsked("reset")}>
                {text.reset}
              </Button>
            )}
            {query.data && query.data.total > 0 && (
              <Button size="sm" variant="secondary" onClick={() => setAsked("logOut")}>
                {text.logOut}
              </Button>
            )}
          </>
        )
      }
    >
      {query.data ? (
        <Ways {...query.data} />
      ) : query.isPending ? (
        <Skeleton className="space-y-3" blocks={["h-32 w-full", "h-16 w-full"]} />
      ) : (
        <Problem compact error={query.error} onRetry={() => void query.refetch()} />
      )}
      {asked === "logOut" && <LogOutDialog user={user} onClose={close} />}
      {asked === "reset" && <ResetDialog user={user} onClose={close} />}
    </Section>
  );
}

function Ways({ factors, linked, devices, total }: Logins) {
  const locale = useLocale();
  const moment = (instant: string) => formatStamp(instant, viewerZone(), locale);
  return (
    <>
      <Facts
        facts={[
          [text.password, factors.has_password ? text.set : text.none],
          [text.required, factors.required ? text.needed : text.optional],
          [text.app, factors.totp_since ? text.since(formatDate(factors.totp_since, viewerZone(), locale)) : text.none],
          [text.passkeys, factors.passkeys || text.none],
          [text.codes, factors.recovery_codes_left || text.none],
          [text.linked, linked.map(({ name, email }) => text.linkedAs(name, email)).join(", ") || text.none],
        ]}
      />
      <h3 className="mt-5 mb-2 font-medium">{text.devices}</h3>
      {devices.length === 0 ? (
        <p className="text-sm text-muted">{text.noDevices}</p>
      ) : (
        <ul className="panel figures divide-y divide-line text-sm">
          {devices.map((device) => (
            <li key={device.id} className="px-5 py-3">
              <p className="flex flex-wrap items-center gap-x-3 font-medium">
                {device.label}
                {device.current && <Status tone="good">{text.thisDevice}</Status>}
              </p>
              <p className="text-muted">
                {[text.used(moment(device.last_used_at)), device.address && text.address(device.address), text.started(moment(device.created_at))].filter(Boolean).join(" · ")}
              </p>
            </li>
          ))}
        </ul>
      )}
      {total > devices.length && <p className="mt-2 text-sm text-muted">{text.moreDevices(devices.length, total)}</p>}
    </>
  );
}
