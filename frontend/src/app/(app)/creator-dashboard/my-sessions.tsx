"use client";

import { useInfiniteQuery } from "@tanstack/react-query";
import Link from "next/link";
import { Money } from "@/components/Money";
import { Button } from "@/components/ui/button";
import { Empty } from "@/components/ui/empty";
import { Failure } from "@/components/ui/failure";
import { Skeleton } from "@/components/ui/skeleton";
import { Status } from "@/components/ui/status";
import { Cell, Table } from "@/components/ui/table";
import { api } from "@/lib/api/client";
import { unwrap } from "@/lib/api/errors";
import type { Session } from "@/lib/api/types";
import { formatDuration } from "@/lib/dates";
import { keys } from "@/lib/query-keys";
import { studio as text } from "@/messages";

const PAGE_SIZE = 20;
const TONES = { active: "good", inactive: "warn", completed: "calm" } as const;

type MySessionsProps = { poll: number | false; onCreate: () => void; onEdit: (session: Session) => void; onDelete: (session: Session) => void };

export function MySessions({ poll, onCreate, onEdit, onDelete }: MySessionsProps) {
  const query = useInfiniteQuery({
    queryKey: keys.creatorSessions,
    queryFn: ({ pageParam }) => unwrap(api.GET("/api/sessions/", { params: { query: { my_sessions: true, page: pageParam, page_size: PAGE_SIZE } } })),
    initialPageParam: 1,
    getNextPageParam: (last, pages) => (last.length === PAGE_SIZE ? pages.length + 1 : undefined),
    refetchInterval: poll,
  });
  const sessions = query.data?.pages.flat() ?? [];
  return (
    <section aria-labelledby="my-sessions" className="mt-12">
      <h2 id="my-sessions" className="mb-3 text-xl">
        {text.mySessions}
      </h2>
      {query.isPending ? (
        <Skeleton className="space-y-2" blocks={["h-14 w-full", "h-14 w-full", "h-14 w-full"]} />
      ) : !query.data ? (
        <Failure error={query.error} onRetry={() => query.refetch()} />
      ) : sessions.length === 0 ? (
        <div className="panel">
          <Empty title={text.emptySessions.title} text={text.emptySessions.text} level={3}>
            <Checklist />
            <Button onClick={onCreate}>{text.create}</Button>
          </Empty>
        </div>
      ) : (
        <Table label={text.mySessions} columns={[text.columns.session, text.columns.status, text.columns.length, text.columns.seats, text.columns.booked, text.columns.price, ""]} right={[2, 3, 4, 5]}>
          {sessions.map((session) => (
            <tr key={session.id}>
              <Cell main>
                <Link href={`/sessions/${session.id}`} className="font-medium hover:underline">
                  {session.title}
                </Link>
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
              <Cell actions>
                <Button variant="ghost" size="sm" aria-label={text.editOf(session.title)} onClick={() => onEdit(session)}>
                  {text.edit}
                </Button>
                <Button variant="ghost" size="sm" aria-label={text.removeOf(session.title)} onClick={() => onDelete(session)} className="text-danger!">
                  {text.remove}
                </Button>
              </Cell>
            </tr>
          ))}
        </Table>
      )}
      {query.hasNextPage && (
        <div className="mt-4 text-center">
          <Button variant="secondary" size="sm" busy={query.isFetchingNextPage} onClick={() => query.fetchNextPage()}>
            {text.moreSessions}
          </Button>
        </div>
      )}
    </section>
  );
}

function Checklist() {
  return (
    <ol aria-label={text.steps.title} className="mb-7 list-inside list-decimal space-y-1 text-left text-muted marker:text-accent">
      <li>
        <Link href="/profile" className="link">
          {text.steps.profile}
        </Link>
      </li>
      <li>{text.steps.session}</li>
      <li>{text.steps.share}</li>
    </ol>
  );
}
