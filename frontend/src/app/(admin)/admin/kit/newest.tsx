"use client";

import type { ReactNode } from "react";
import { Link } from "react-router";
import { buttonStyle } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import { adminList as text } from "@/messages/admin";
import { NEWEST_FIRST, useList, type Filter, type Resource, type Row } from "../reading";
import { FewRows } from "./few-rows";
import { listHref } from "./links";
import { Section } from "./page-frame";
import { Problem } from "./problem";
import type { Column } from "./rows";

const SHOWN = { ordering: NEWEST_FIRST, page: 1, pageSize: 5 };

type NewestProps<Each extends Row> = {
  id: string;
  title: string;
  resource: Resource;
  filter: Filter;
  columns: Column<Each>[];
  empty: string;
  actions?: ReactNode;
  /** Milliseconds, while they are about to change by themselves. */
  refetchInterval?: number | false;
};

/** The newest few rows of a list, on the page of something that they belong to, and the way to all of them. */
export function Newest<Each extends Row>({ id, title, resource, filter, columns, empty, actions, refetchInterval }: NewestProps<Each>) {
  const { data, error, refetch } = useList<Each>(resource, { ...SHOWN, filter }, { refetchInterval });
  return (
    <Section
      id={id}
      title={title}
      actions={
        <>
          {actions}
          {Boolean(data?.total) && (
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
      ) : data.rows.length === 0 ? (
        <p className="text-sm text-muted">{empty}</p>
      ) : (
        <FewRows<Each> label={title} columns={columns} rows={data.rows} />
      )}
    </Section>
  );
}
