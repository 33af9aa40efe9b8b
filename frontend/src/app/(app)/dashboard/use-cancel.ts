"use client";

import { useMutation, useQueryClient, type InfiniteData } from "@tanstack/react-query";
import { api } from "@/lib/api/client";
import { unwrap } from "@/lib/api/errors";
import type { Booking } from "@/lib/api/types";
import { keys } from "@/lib/query-keys";
import { notify } from "@/lib/toast";
import { dashboard as text } from "@/messages";

type Pages = InfiniteData<Booking[]>;
const ACTIVE = keys.myBookings("active");

/** Cancels a booking: gone from the list at once, back in its place where the API refuses. */
export function useCancel() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ id }: Booking) => unwrap(api.PATCH("/api/bookings/{booking_id}/", { params: { path: { booking_id: id } }, body: { status: "cancelled" } })),
    onMutate: async (booking) => {
      await queries.cancelQueries({ queryKey: ACTIVE });
      const before = queries.getQueryData<Pages>(ACTIVE);
      queries.setQueryData<Pages>(ACTIVE, (data) => data && { ...data, pages: data.pages.map((page) => page.filter(({ id }) => id !== booking.id)) });
      return before;
    },
    onError: (_error, _booking, before) => queries.setQueryData(ACTIVE, before),
    onSuccess: (_answer, booking) => void notify(text.cancelled(booking.session_details.title)),
    onSettled: () => queries.invalidateQueries({ queryKey: keys.bookings }),
  });
}
