"use client";

import { useGetList } from "ra-core";
import { Link } from "react-router";
import { Skeleton } from "@/components/ui/skeleton";
import { sessionPage as text } from "@/messages/admin-sessions";
import { BookingRows } from "../bookings/booking-rows";
import type { Booking } from "../bookings/bookings-page";
import { listHref } from "../kit/links";
import { FOLLOW_MS } from "../kit/one";
import { Section } from "../kit/page-frame";
import { Problem } from "../kit/problem";
import type { AdminSession } from "./sessions-page";

const NEWEST = { pagination: { page: 1, perPage: 5 }, sort: { field: "created_at", order: "DESC" } } as const;
const SETTLED_MS = 15_000;

/** Its deletion cancels what is to come a moment later. */
export const isSettling = ({ deleted_at }: AdminSession) => deleted_at !== null && Date.now() - new Date(deleted_at).getTime() < SETTLED_MS;

export function SessionBookings({ session }: { session: AdminSession }) {
  const list = useGetList<Booking>(
    "bookings",
    { ...NEWEST, filter: { session: session.id } },
    { refetchInterval: () => isSettling(session) && FOLLOW_MS },
  );
  const total = list.total ?? 0;
  return (
    <Section
      id="bookings"
      title={text.bookings}
      actions={
        total > 0 && (
          <Link to={listHref("bookings", { session: session.id })} className="link text-sm">
            {text.allBookings(total)}
          </Link>
        )
      }
    >
      {list.isPending ? (
        <Skeleton className="space-y-2" blocks={["h-11 w-full", "h-11 w-full"]} />
      ) : !list.data ? (
        <Problem compact error={list.error} onRetry={() => void list.refetch()} />
      ) : total === 0 ? (
        <p className="text-sm text-muted">{text.noBookings}</p>
      ) : (
        <BookingRows label={text.bookings} bookings={list.data} />
      )}
    </Section>
  );
}
