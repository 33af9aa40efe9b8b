"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useEffect, useRef, useState } from "react";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Failure } from "@/components/ui/failure";
import { Skeleton } from "@/components/ui/skeleton";
import { Status } from "@/components/ui/status";
import { api } from "@/lib/api/client";
import { unwrap } from "@/lib/api/errors";
import type { Device } from "@/lib/api/types";
import { logout } from "@/lib/auth/session";
import { formatDateTime, viewerZone } from "@/lib/dates";
import { keys } from "@/lib/query-keys";
import { notify } from "@/lib/toast";
import { useLocale } from "@/lib/use-locale";
import { devices as text } from "@/messages/devices";
import { Panel } from "../panel";

const MOST = 100;

/** Where somebody is logged in, and the ways out. */
export function DevicesPanel() {
  const query = useQuery({ queryKey: keys.devices, queryFn: () => unwrap(api.GET("/api/auth/devices/", { params: { query: { page_size: MOST } } })) });
  const [asked, setAsked] = useState<Device | "all" | null>(null);
  const list = useRef<HTMLDivElement>(null);
  const count = query.data?.length ?? 0;
  const before = useRef(0);
  useEffect(() => {
    if (asked !== null) return;
    // The button that was used has left with its row.
    if (count < before.current && document.activeElement === document.body) list.current?.focus();
    before.current = count;
  }, [count, asked]);
  const close = () => setAsked(null);

  return (
    <Panel
      id="devices"
      title={text.title}
      text={text.text}
      action={
        count > 0 && (
          <Button variant="secondary" size="sm" onClick={() => setAsked("all")}>
            {text.all}
          </Button>
        )
      }
    >
      <div ref={list} tabIndex={-1} className="mt-4 focus:outline-none">
        {query.data ? (
          <List devices={query.data} onLogOut={setAsked} />
        ) : query.isPending ? (
          <Skeleton blocks={["h-14 w-full"]} />
        ) : (
          <Failure compact error={query.error} onRetry={() => query.refetch()} />
        )}
      </div>
      {asked === "all" ? <LogOutEverywhere onClose={close} /> : asked && <LogOutDevice device={asked} onClose={close} />}
    </Panel>
  );
}

function List({ devices, onLogOut }: { devices: Device[]; onLogOut: (device: Device) => void }) {
  const locale = useLocale();
  const moment = (instant: string) => formatDateTime(instant, viewerZone(), locale);
  return (
    <>
      <ul className="divide-y divide-line border-t border-line">
        {devices.map((device) => (
          <li key={device.id} className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1 py-3 last:pb-0">
            <div className="min-w-0">
              <p className="flex flex-wrap items-center gap-x-3 font-medium break-words" title={device.user_agent}>
                {device.label}
                {device.current && <Status tone="good">{text.current}</Status>}
              </p>
              <p className="text-sm text-muted">
                {[text.used(moment(device.last_used_at)), device.address && text.address(device.address), text.since(moment(device.created_at))].filter(Boolean).join(" · ")}
              </p>
            </div>
            {!device.current && (
              <Button variant="ghost" size="sm" className="-ml-3 sm:ml-0" aria-label={text.logOutOf(device.label)} onClick={() => onLogOut(device)}>
                {text.logOut}
              </Button>
            )}
          </li>
        ))}
      </ul>
      {devices.length === MOST && <p className="mt-3 text-sm text-muted">{text.more}</p>}
    </>
  );
}

function LogOutDevice({ device, onClose }: { device: Device; onClose: () => void }) {
  const queries = useQueryClient();
  const end = useMutation({
    mutationFn: () => unwrap(api.DELETE("/api/auth/devices/{login_id}/", { params: { path: { login_id: device.id } } })),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: keys.devices });
      onClose();
      void notify(text.loggedOut(device.label));
    },
  });
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={text.logOutTitle(device.label)} description={text.logOutText} locked={end.isPending}>
      {end.error && <Failure compact error={end.error} />}
      <div className="mt-6 flex flex-wrap justify-end gap-2.5">
        <Button variant="secondary" disabled={end.isPending} onClick={onClose}>
          {text.keep}
        </Button>
        <Button variant="danger" busy={end.isPending} onClick={() => end.mutate()}>
          {text.logOut}
        </Button>
      </div>
    </Dialog>
  );
}

function LogOutEverywhere({ onClose }: { onClose: () => void }) {
  const queries = useQueryClient();
  const router = useRouter();
  const end = useMutation({
    mutationFn: (stay: boolean) => unwrap(api.POST("/api/auth/logout/all/", { body: { except_current: stay } })),
    onSuccess: async (_, stay) => {
      if (!stay) {
        await logout();
        return router.push("/");
      }
      await queries.invalidateQueries({ queryKey: keys.devices });
      onClose();
      void notify(text.othersDone);
    },
  });
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={text.allTitle} description={text.allText} locked={end.isPending}>
      {end.error && <Failure compact error={end.error} />}
      <div className="mt-6 flex flex-wrap justify-end gap-2.5">
        <Button variant="secondary" disabled={end.isPending} onClick={onClose}>
          {text.keep}
        </Button>
        <Button variant="secondary" busy={end.isPending && end.variables === false} disabled={end.isPending} onClick={() => end.mutate(false)}>
          {text.everywhere}
        </Button>
        <Button variant="danger" busy={end.isPending && end.variables} disabled={end.isPending} onClick={() => end.mutate(true)}>
          {text.others}
        </Button>
      </div>
    </Dialog>
  );
}
