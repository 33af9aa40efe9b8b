"use client";

import { useInfiniteQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { More } from "@/components/ui/more";
import { Skeleton } from "@/components/ui/skeleton";
import { unwrap } from "@/lib/api/errors";
import type { components } from "@/lib/api/schema";
import { formatStamp, viewerZone } from "@/lib/dates";
import { useLocale } from "@/lib/use-locale";
import { admin, audit as text } from "@/messages/admin";
import { PersonLink } from "./names";
import { Problem } from "./problem";

type Line = components["schemas"]["AuditEntry"];
type Answer = { data?: Line[]; error?: unknown; response: Response };

const SIZE = 20;

type AuditTrailProps = {
  id: string;
  load: (query: { page: number; page_size: number }) => Promise<Answer>;
  /** Names what a line is about, where the lines are about several things; else who did it is named. */
  about?: (subject: string) => ReactNode;
};

/** Who did what to one thing, when, from where and why; what it was before and after. */
export function AuditTrail({ id, load, about }: AuditTrailProps) {
  const query = useInfiniteQuery({
    queryKey: ["audit", id],
    queryFn: ({ pageParam }) => unwrap(load({ page: pageParam, page_size: SIZE })),
    initialPageParam: 1,
    getNextPageParam: (last, pages) => (last.length === SIZE ? pages.length + 1 : undefined),
  });
  const lines = query.data?.pages.flat() ?? [];
  if (query.isPending) return <Skeleton className="space-y-2" blocks={["h-16 w-full", "h-16 w-full"]} />;
  if (!query.data) return <Problem compact error={query.error} onRetry={() => void query.refetch()} />;
  if (lines.length === 0) return <p className="text-sm text-muted">{text.empty}</p>;
  return (
    <>
      <ol className="panel divide-y divide-line text-sm">
        {lines.map((line) => (
          <AuditLine key={line.id} line={line} about={about} />
        ))}
      </ol>
      <More query={query} label={text.more} />
    </>
  );
}

function AuditLine({ line, about }: { line: Line } & Pick<AuditTrailProps, "about">) {
  const locale = useLocale();
  const before = line.before as Record<string, unknown>;
  const after = line.after as Record<string, unknown>;
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return (
    <li className="figures grid gap-x-6 gap-y-1 px-5 py-4 md:grid-cols-[14rem_minmax(0,1fr)]">
      <div className="text-muted">
        <p className="font-medium text-ink">{line.action.replaceAll(/[._]/g, " ")}</p>
        <p>{formatStamp(line.occurred_at, viewerZone(), locale)}</p>
        <p>
          {about ? text.about : text.by} {about ? about(line.subject) : line.actor ? <PersonLink id={line.actor} /> : text.system}
          {line.address && ` · ${line.address}`}
        </p>
      </div>
      <div className="min-w-0">
        {names.length > 0 && (
          <dl className="space-y-1">
            {names.map((name) => (
              <div key={name}>
                <dt className="inline text-muted">{name.replaceAll("_", " ")}: </dt>
                <dd className="inline">
                  {name in before && <del className="text-muted">{shown(before[name])}</del>}
                  {name in before && name in after && " → "}
                  {name in after && <ins className="no-underline">{shown(after[name])}</ins>}
                </dd>
              </div>
            ))}
          </dl>
        )}
        {line.reason && (
          <p className="mt-1">
            <span className="text-muted">{text.reason}:</span> {line.reason}
          </p>
        )}
      </div>
    </li>
  );
}

const LONG = 300;

function shown(value: unknown): string {
  if (value === null || value === undefined || value === "") return admin.none;
  const isList = Array.isArray(value) && value.every((each) => typeof each === "string");
  const all = isList ? value.join(", ") : typeof value === "string" ? value : JSON.stringify(value);
  return all.length > LONG ? `${all.slice(0, LONG)}…` : all;
}
