"use client";

import dynamic from "next/dynamic";
import Link from "next/link";
import { useState } from "react";
import { PageHeading } from "@/components/Heading";
import { PrivateRoute } from "@/components/PrivateRoute";
import { Button } from "@/components/ui/button";
import { SEGMENT, SEGMENTS } from "@/components/ui/segments";
import { Status } from "@/components/ui/status";
import { VerifyBanner } from "@/components/VerifyBanner";
import type { Session } from "@/lib/api/types";
import { studio as text } from "@/messages";
import { Figures } from "./figures";
import { MySessions } from "./my-sessions";
import { RecentBookings } from "./recent-bookings";
import { useLive } from "./use-live";

const SessionSheet = dynamic(() => import("@/components/session-editor/session-sheet"), { ssr: false });
const DeleteDialog = dynamic(() => import("./delete-dialog"), { ssr: false });

const POLL_MS = 2_000;

export function Studio({ period }: { period: string }) {
  return <PrivateRoute roles={["creator", "admin"]}>{() => <Content period={period} />}</PrivateRoute>;
}

function Content({ period }: { period: string }) {
  const live = useLive();
  const poll = live ? false : POLL_MS;
  const [edited, setEdited] = useState<Session | "new" | null>(null);
  const [doomed, setDoomed] = useState<Session | null>(null);
  const [notice, setNotice] = useState("");
  const create = () => setEdited("new");
  const done = (message: string) => {
    setEdited(null);
    setDoomed(null);
    setNotice(message);
  };
  return (
    <div className="shell pt-10 md:pt-14">
      <div className="flex flex-wrap items-start justify-between gap-x-8 gap-y-4">
        <div>
          <PageHeading className="text-3xl">{text.title}</PageHeading>
          <p className="mt-2 text-muted">{text.lead}</p>
        </div>
        <Button onClick={create}>{text.create}</Button>
      </div>
      <VerifyBanner />
      <div className="mt-8 flex flex-wrap items-center justify-between gap-x-6 gap-y-3">
        <nav aria-label={text.period} className={SEGMENTS}>
          {["7", "30", "90", "all"].map((each) => (
            <Link
              key={each}
              href={each === "30" ? "/creator-dashboard" : `/creator-dashboard?period=${each}`}
              scroll={false}
              aria-current={each === period ? "page" : undefined}
              className={SEGMENT}
            >
              {text.periods[each]}
            </Link>
          ))}
        </nav>
        <Status tone={live ? "good" : "calm"}>{live ? text.live : text.polling}</Status>
      </div>
      <Figures period={period} poll={poll} />
      <MySessions notice={notice} poll={poll} onCreate={create} onEdit={setEdited} onDelete={setDoomed} />
      <RecentBookings poll={poll} onCreate={create} />
      {edited && <SessionSheet session={edited === "new" ? null : edited} onClose={() => setEdited(null)} onDone={done} />}
      {doomed && <DeleteDialog session={doomed} onClose={() => setDoomed(null)} onDone={done} />}
    </div>
  );
}
