import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { api } from "@/lib/api/client";
import { unwrap, withResponse } from "@/lib/api/errors";
import type { paths } from "@/lib/api/schema";

/** How lists and their rows are read from the services. Changes go through the API's own client, where they are asked for. */

type Lists = "/api/users/" | "/api/admin/sessions/" | "/api/bookings/";
type Query<Path extends Lists> = NonNullable<paths[Path]["get"]["parameters"]["query"]>;

/** Filters by the API's names. */
export type Filter = Record<string, string>;
/** `ordering` as the API has it: `created_at` or `-created_at`. */
export type ListQuery = { filter: Filter; ordering: string; page: number; pageSize: number };
export type Row = { id: string };

const query = <Path extends Lists>({ filter, ordering, page, pageSize }: ListQuery) => ({ ...filter, ordering, page, page_size: pageSize }) as Query<Path>;

const lists = {
  users: (asked: ListQuery, signal: AbortSignal) => api.GET("/api/users/", { params: { query: query<"/api/users/">(asked) }, signal }),
  sessions: (asked: ListQuery, signal: AbortSignal) => api.GET("/api/admin/sessions/", { params: { query: query<"/api/admin/sessions/">(asked) }, signal }),
  bookings: (asked: ListQuery, signal: AbortSignal) => api.GET("/api/bookings/", { params: { query: query<"/api/bookings/">(asked) }, signal }),
};

const rows = {
  users: (id: string) => api.GET("/api/users/{user_id}/", { params: { path: { user_id: id } } }),
  sessions: (id: string) => api.GET("/api/admin/sessions/{session_id}/", { params: { path: { session_id: id } } }),
  bookings: (id: string) => api.GET("/api/bookings/{booking_id}/", { params: { path: { booking_id: id } } }),
};

export type Resource = keyof typeof lists;

export const NEWEST_FIRST = "-created_at";

type ListOptions = { refetchInterval?: number | false };

/** A page of a list. While another one is read, the one before stays. */
export function useList<Each extends Row>(resource: Resource, asked: ListQuery, options: ListOptions = {}) {
  return useQuery({
    queryKey: ["admin", resource, "list", asked],
    queryFn: async ({ signal }) => {
      const { data, response } = await withResponse<unknown>(lists[resource](asked, signal));
      const found = data as Each[];
      return {
        rows: found,
        total: Number(response.headers.get("x-total-count") ?? found.length),
        // Beyond ten thousand nobody counts.
        capped: response.headers.get("x-total-count-capped") === "true",
      };
    },
    placeholderData: keepPreviousData,
    staleTime: 0,
    ...options,
  });
}

type RowOptions<Each> = { staleTime?: number; refetchInterval?: (row: Each | undefined) => number | false };

export function useRow<Each extends Row>(resource: Resource, id: string, { staleTime = 0, refetchInterval }: RowOptions<Each> = {}) {
  return useQuery<Each>({
    queryKey: ["admin", resource, "row", id],
    queryFn: async () => (await unwrap<unknown>(rows[resource](id))) as Each,
    staleTime,
    refetchInterval: ({ state }) => refetchInterval?.(state.data) ?? false,
  });
}
