"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { api } from "@/lib/api/client";
import { unwrap } from "@/lib/api/errors";
import type { components } from "@/lib/api/schema";
import type { Days } from "@/lib/days";
import type { Range } from "./range";

export type UserStats = components["schemas"]["UserStats"];
export type SessionStats = components["schemas"]["SessionStats"];
export type SystemStats = components["schemas"]["SystemStats"];

export type Stats<Data> = { data?: Data; before?: Data; stale: boolean; error: unknown; retry: () => void };

function useStats<Data>(name: string, { days, before }: Range, read: (query: Partial<Days>) => Promise<Data>): Stats<Data> {
  const now = useQuery({ queryKey: ["statistics", name, days], queryFn: () => read(days ?? {}), placeholderData: keepPreviousData });
  const then = useQuery({ queryKey: ["statistics", name, before], queryFn: () => read(before ?? {}), enabled: before !== null });
  // While those of another period are on their way the last ones stay, paled: nothing says they were of this one.
  const stale = now.isPlaceholderData;
  return { data: now.data, before: before && !stale ? then.data : undefined, stale, error: now.data ? null : now.error, retry: () => void now.refetch() };
}

export type AllStats = { users: Stats<UserStats>; sessions: Stats<SessionStats>; bookings: Stats<SystemStats> };

/**
 * Each figure has one source, the service that owns its rows: accounts are identity's, sessions catalog's, bookings and
 * revenue booking's. What the others say of the same is not shown.
 */
export function useAllStats(range: Range): AllStats {
  return {
    users: useStats("users", range, (query) => unwrap(api.GET("/api/users/stats/", { params: { query } }))),
    sessions: useStats("sessions", range, (query) => unwrap(api.GET("/api/admin/sessions/stats/", { params: { query } }))),
    bookings: useStats("bookings", range, (query) => unwrap(api.GET("/api/bookings/stats/", { params: { query } }))),
  };
}
