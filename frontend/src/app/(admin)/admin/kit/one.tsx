"use client";

import { useGetOne, type RaRecord } from "ra-core";
import { Fragment, type ReactNode } from "react";
import { useParams } from "react-router";
import { Skeleton } from "@/components/ui/skeleton";
import { ApiError } from "@/lib/api/errors";
import type { Resource } from "../data-provider";
import { NoSuchPage } from "./no-such-page";
import { Problem } from "./problem";

type OneProps<Row> = {
  resource: Resource;
  /** Whether more of it is about to change by itself. */
  settling?: (row: Row) => boolean;
  children: (row: Row) => ReactNode;
};

export const FOLLOW_MS = 2_000;

/** A page of the row whose id is in the address, also while it is read, and where there is none. */
export function One<Row extends RaRecord>({ resource, settling = () => false, children }: OneProps<Row>) {
  const { id = "" } = useParams();
  const { data, error, isPending, refetch } = useGetOne<Row>(resource, { id }, { refetchInterval: ({ state }) => state.data !== undefined && settling(state.data) && FOLLOW_MS });
  // By its id: what was asked of one row is not asked of the next.
  if (data) return <Fragment key={id}>{children(data)}</Fragment>;
  if (isPending) return <Skeleton className="space-y-2" blocks={["h-9 w-80 max-w-full", "mt-6! h-64 w-full", "mt-10! h-40 w-full"]} />;
  // 400: no id at all.
  if (error instanceof ApiError && (error.status === 404 || error.status === 400)) return <NoSuchPage />;
  return <Problem error={error} onRetry={() => void refetch()} />;
}
