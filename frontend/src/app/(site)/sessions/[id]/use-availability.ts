"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { api } from "@/lib/api/client";
import { unwrap } from "@/lib/api/errors";
import type { Slot } from "@/lib/api/types";
import { keys } from "@/lib/query-keys";
import { rangeOfMonth } from "@/lib/slots";

/** The slots of a month that are still ahead. Others book meanwhile, so it is asked again now and then. */
export function useAvailability(session: string, month: Date) {
  const { from, to } = rangeOfMonth(month.getFullYear(), month.getMonth());
  return useQuery({
    queryKey: keys.availability(session, from),
    queryFn: async (): Promise<Slot[]> => {
      const slots = await unwrap(api.GET("/api/bookings/availability/", { params: { query: { session, from, to } } }));
      return slots.filter((slot) => Date.parse(slot.start) > Date.now());
    },
    placeholderData: keepPreviousData,
    refetchInterval: 30_000,
  });
}
