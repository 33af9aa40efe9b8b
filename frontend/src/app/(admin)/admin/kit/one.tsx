"use client";

import { Fragment, type ReactNode } from "react";
import { useParams } from "react-router";
import { Skeleton } from "@/components/ui/skeleton";
import { ApiError } from "@/lib/api/errors";
import { useRow, type Resource, type Row } from "../reading";
import { NoSuchPage } from "./no-such-page";
import { Problem } from "./problem";

type OneProps<Each> = {
  resource: Resource;
  /** Whether more of it is about to change by itself. */
  settling?: (row: Each) => boolean;
  children: (row: Each) => ReactNode;
};

export const FOLLOW_MS = 2_000;

/** A page of the row whose id is in the address, also while it is read, and where there is none. */
export function One<Each extends Row>({ resource, settling = () => false, children }: OneProps<Each>) {
  const { id = "" } = useParams();
  const { data, error, isPending, refetch } = useRow<Each>(resource, id, { refetchInterval: (row) => row !== undefined && settling(row) && FOLLOW_MS });
  // By its id: what was asked of one row is not asked of the next.
  if (data) return <Fragment key={id}>{children(data)}</Fragment>;
  if (isPending) return <Skeleton className="space-y-2" blocks={["h-9 w-80 max-w-full", "mt-6! h-64 w-full", "mt-10! h-40 w-full"]} />;
  // 400: no id at all.
  if (error instanceof ApiError && (error.status === 404 || error.status === 400)) return <NoSuchPage />;
  return <Problem error={error} onRetry={() => void refetch()} />;
}
