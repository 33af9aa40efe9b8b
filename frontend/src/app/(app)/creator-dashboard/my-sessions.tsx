"use client";

import Link from "next/link";
import { useEffect, useRef } from "react";
import { Cover } from "@/components/Cover";
import { Money } from "@/components/Money";
import { Button } from "@/components/ui/button";
import { Empty } from "@/components/ui/empty";
import { Failure } from "@/components/ui/failure";
import { More } from "@/components/ui/more";
import { Skeleton } from "@/components/ui/skeleton";
import { Status } from "@/components/ui/status";
import { Cell, Table } from "@/components/ui/table";
import type { Session } from "@/lib/api/types";
import { formatDuration } from "@/lib/dates";
import { studio as text } from "@/messages";
import { useMySessions } from "./queries";

const TONES = { active: "good", inactive: "warn", completed: "calm" } as const;

type MySessionsProps = { notice: string; poll: number | false; onCreate: () => void; onEdit: (session: Session) => void; onDelete: (session: Session) => void };

export function MySessions({ notice, poll, onCreate, onEdit, onDelete }: MySessionsProps) {
  const query = useMySessions(poll);
  const sessions = query.data?.pages.flat() ?? [];
  const count = sessions.length;
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    // The button that was used has left with its row.
    if (notice && document.activeElement === document.body) heading.current?.focus();
  }, [notice, count]);
  return (
    <section aria-labelledby="my-sessions" className="mt-12">
      <div className="mb-3 flex flex-wrap items-baseline justify-between gap-x-6">
        <h2 id="my-sessions" ref={heading} tabIndex={-1} className="text-xl focus:outline-none">
          {text.mySessions}
        </h2>
        <p role="status" className="text-sm font-medium text-accent">
          {notice}
        </p>
      </div>
      {query.isPending ? (
        <Skeleton className="space-y-2" blocks={["h-14 w-full", "h-14 w-full", "h-14 w-full"]} />
      ) : !query.data ? (
        <Failure error={query.error} onRetry={() => query.refetch()} />
      ) : sessions.length === 0 ? (
        <div className="panel">
          <Empty title={text.emptySessions.title} text={text.emptySessions.text} level={3}>
            <Button onClick={onCreate}>{text.create}</Button>
          </Empty>
        </div>
      ) : (
        <Table label={text.mySessions} columns={[text.columns.session, text.columns.status, text.columns.length, text.columns.seats, text.columns.booked, text.columns.price, ""]} right={[2, 3, 4, 5]}>
          {sessions.map((session) => (
            <tr key={session.id}>
              <Cell whole>
                <span className="flex items-center gap-3.5">
                  <Cover id={session.id} category={session.category} imageUrl={session.image_url} sizes="4rem" className="w-16 shrink-0 rounded-sm" />
                  <span id={`title-${session.id}`} className="min-w-0 text-base font-medium md:text-sm">
                    {/* Others find no page for what isn't active, nor does its host. */}
                    {session.status === "active" ? (
                      <Link href={`/sessions/${session.id}`} className="inline-block py-0.5 hover:underline">
                        {session.title}
                      </Link>
                    ) : (
                      session.title
                    )}
                  </span>
                </span>
              </Cell>
              <Cell label={text.columns.status}>
                <Status tone={TONES[session.status]}>{text.statuses[session.status]}</Status>
              </Cell>
              <Cell label={text.columns.length} right>
                {formatDuration(session.duration)}
              </Cell>
              <Cell label={text.columns.seats} right>
                {session.max_participants.toLocaleString("en-US")}
              </Cell>
              <Cell label={text.columns.booked} right>
                {session.bookings_count.toLocaleString("en-US")}
              </Cell>
              <Cell label={text.columns.price} right>
                <Money amount={session.price} currency={session.currency} />
              </Cell>
              <Cell whole>
                <span className="-mx-3 flex gap-1 md:justify-end">
                  <Button variant="ghost" size="sm" aria-describedby={`title-${session.id}`} onClick={() => onEdit(session)}>
                    {text.edit}
                  </Button>
                  <Button variant="ghost" size="sm" aria-describedby={`title-${session.id}`} onClick={() => onDelete(session)} className="text-danger!">
                    {text.remove}
                  </Button>
                </span>
              </Cell>
            </tr>
          ))}
        </Table>
      )}
      <More query={query} label={text.moreSessions} />
    </section>
  );
}
