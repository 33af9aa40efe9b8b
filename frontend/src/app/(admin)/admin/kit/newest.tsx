"use client";

import { useGetList, type RaRecord } from "ra-core";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { buttonStyle } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import { adminList as text } from "@/messages/admin";
import type { Resource } from "../data-provider";
import { FewRows } from "./few-rows";
import { listHref } from "./links";
import { Section } from "./page-frame";
import { Problem } from "./problem";
import type { Column } from "./rows";

const SHOWN = { page: 1, perPage: 5 };
const NEWEST_FIRST = { field: "created_at", order: "DESC" } as const;

type NewestProps<Row extends RaRecord> = {
  id: string;
  title: string;
  resource: Resource;
  filter: Record<string, string>;
  columns: Column<Row>[];
  empty: string;
  actions?: ReactNode;
  /** Milliseconds, while they are about to change by themselves. */
  refetchInterval?: number | false;
};

/** The newest few rows of a list, on the page of something that they belong to, and the way to all of them. */
export function Newest<Row extends RaRecord>({ id, title, resource, filter, columns, empty, actions, refetchInterval }: NewestProps<Row>) {
  const { data, total, error, refetch } = useGetList<Row>(resource, { pagination: SHOWN, sort: NEWEST_FIRST, filter }, { refetchInterval });
  return (
    <Section
      id={id}
      title={title}
      actions={
        <>
          {actions}
          {Boolean(total) && (
            <Link to={listHref(resource, filter)} className={buttonStyle("secondary", "sm")}>
              {text.all(title)}
            </Link>
          )}
        </>
      }
    >
      {error ? (
        <Problem compact error={error} onRetry={() => void refetch()} />
      ) : !data ? (
        <Skeleton className="space-y-2" blocks={["h-10 w-full", "h-10 w-full", "h-10 w-full"]} />
      ) : data.length === 0 ? (
        <p className="text-sm text-muted">{empty}</p>
      ) : (
        <FewRows<Row> label={title} columns={columns} rows={data} />
      )}
    </Section>
  );
}
