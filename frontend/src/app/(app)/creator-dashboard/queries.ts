"use client";

import { useInfiniteQuery } from "@tanstack/react-query";
import { api } from "@/lib/api/client";
import { unwrap } from "@/lib/api/errors";
import { keys } from "@/lib/query-keys";

const SESSIONS = 20;
const BOOKINGS = 10;

const nextOf = (size: number) => (last: unknown[], pages: unknown[]) => (last.length === size ? pages.length + 1 : undefined);

export function useMySessions(poll: number | false) {
  return useInfiniteQuery({
    queryKey: keys.creatorSessions,
    queryFn: ({ pageParam }) => unwrap(api.GET("/api/sessions/", { params: { query: { my_sessions: true, page: pageParam, page_size: SESSIONS } } })),
    initialPageParam: 1,
    getNextPageParam: nextOf(SESSIONS),
    refetchInterval: poll,
  });
}

export function useRecentBookings(poll: number | false) {
  return useInfiniteQuery({
    queryKey: keys.creatorBookings,
    queryFn: ({ pageParam }) => unwrap(api.GET("/api/bookings/creator_bookings/", { params: { query: { page: pageParam, page_size: BOOKINGS } } })),
    initialPageParam: 1,
    getNextPageParam: nextOf(BOOKINGS),
    refetchInterval: poll,
  });
}
