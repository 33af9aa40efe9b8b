"use client";

import type { ReactNode } from "react";
import { Skeleton } from "@/components/ui/skeleton";
import { Status } from "@/components/ui/status";
import { formatStamp, viewerZone } from "@/lib/dates";
import { useLocale } from "@/lib/use-locale";
import { operations as text } from "@/messages/admin-operations";
import type { Service, State } from "./services";
import { age, findingsOf, size } from "./verdict";

type ServiceCardProps = { service: Service; answer: { data?: State; error: unknown; dataUpdatedAt: number; isPending: boolean } };

const DOT = " · ";

/** One service: whether it is well, what is wrong if it isn't, and what it says of its parts. */
export function ServiceCard({ service, answer: { data, error, dataUpdatedAt, isPending } }: ServiceCardProps) {
  const locale = useLocale();
  const findings = data ? findingsOf(data) : [];
  const tone = error ? "bad" : (findings[0]?.tone ?? "good");
  return (
    <section aria-labelledby={`service-${service}`} className="panel min-w-0 p-5">
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1">
        <h3 id={`service-${service}`} className="text-base">
          {text.names[service]}
        </h3>
        {!isPending && <Status tone={tone}>{error ? text.down : text[tone]}</Status>}
      </div>
      {isPending && <Skeleton className="mt-4 space-y-2" blocks={Array.from({ length: 7 }, () => "h-6 w-full")} />}
      {error ? (
        <p className="mt-3 rounded-md bg-danger-soft px-3 py-2 text-sm">
          {text.downText} {data ? text.lastKnown(formatStamp(new Date(dataUpdatedAt).toISOString(), viewerZone(), locale)) : text.neverSeen}
        </p>
      ) : (
        findings.length > 0 && (
          <ul className="mt-3 space-y-1.5 text-sm">
            {findings.map((finding) => (
              <li key={finding.text} className={`rounded-md px-3 py-2 ${finding.tone === "bad" ? "bg-danger-soft" : "bg-warn-soft"}`}>
                {finding.text}
              </li>
            ))}
          </ul>
        )
      )}
      {data && <Parts state={data} at={dataUpdatedAt} />}
    </section>
  );
}

function Parts({ state, at }: { state: State; at: number }) {
  const { database, broker, outbox, queue } = state;
  const upFor = (since: string) => age(Math.max(0, (at - Date.parse(since)) / 1000));
  const parts: [string, ReactNode][] = [
    [text.version, `${state.version}${DOT}${text.since(upFor(state.started_at))}`],
    [text.database, `${database.ok ? text.answers(database.ms) : text.away}${DOT}${text.schema(database.revision, size(database.size_bytes))}`],
    [text.broker, broker.ok && broker.ms !== null ? text.answers(broker.ms) : text.away],
    [
      text.outbox,
      [text.unpublished(outbox.unpublished), outbox.oldest_age_seconds !== null && text.oldest(age(outbox.oldest_age_seconds)), outbox.failing > 0 && text.failing(outbox.failing)]
        .filter(Boolean)
        .join(DOT),
    ],
    [text.queue, !state.consumes ? text.noQueue : queue ? text.queueText(queue.messages, queue.in_hand, queue.retrying) : text.unknown],
  ];
  if (state.consumes) {
    parts.push([text.lag, queue ? (queue.lag_seconds === null ? text.noLag : text.lagText(queue.lag_seconds)) : text.unknown]);
    parts.push([text.dead, state.dead_letters ? state.dead_letters.count.toLocaleString("en-US") : text.unknown]);
  }
  parts.push([
    text.workers,
    state.workers.length === 0 ? (
      text.noWorkers
    ) : (
      <ul key="workers" className="space-y-1">
        {state.workers.map((worker) => {
          const does = [worker.leads && text.leads, worker.consuming && text.consumes].filter(Boolean).join(", ") || text.standsBy;
          return (
            <li key={worker.id}>
              <Status tone={worker.alive ? "good" : "bad"}>{worker.alive ? text.alive : text.silentFor(upFor(worker.seen_at))}</Status>
              {worker.alive && `, ${does}`}
              <span className="block text-muted">{text.worker(worker.version, upFor(worker.started_at))}</span>
            </li>
          );
        })}
      </ul>
    ),
  ]);
  return (
    <dl className="figures mt-4 divide-y divide-line border-t border-line text-sm">
      {parts.map(([name, value]) => (
        <div key={name} className="grid grid-cols-[6.5rem_minmax(0,1fr)] gap-3 py-2">
          <dt className="text-muted">{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
