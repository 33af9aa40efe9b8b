"use client";

import { Link } from "react-router";
import { buttonStyle } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import { useLocale } from "@/lib/use-locale";
import { bookingPage as text } from "@/messages/admin-bookings";
import { FewRows } from "../kit/few-rows";
import { listHref } from "../kit/links";
import { Section } from "../kit/page-frame";
import { Problem } from "../kit/problem";
import { useList } from "../reading";
import { bookerColumns } from "./booker-columns";
import type { Booking } from "./bookings-page";

const DAY = { ordering: "booking_date", page: 1, pageSize: 100 };

/** Who else booked the occurrence. The list is asked by the day; a day with more than its page is one click away. */
export function SameStart({ booking }: { booking: Booking }) {
  const locale = useLocale();
  const day = booking.booking_date.slice(0, 10);
  const filter = { session: booking.session, date_from: day, date_to: day };
  const list = useList<Booking>("bookings", { ...DAY, filter });
  const others = list.data?.rows.filter(({ id, booking_date }) => id !== booking.id && booking_date === booking.booking_date);
  return (
    <Section
      id="same-start"
      title={text.sameStart}
      actions={
        <Link to={listHref("bookings", filter)} className={buttonStyle("secondary", "sm")}>
          {text.thatDay}
        </Link>
      }
    >
      {list.isPending ? (
        <Skeleton className="space-y-2" blocks={["h-11 w-full", "h-11 w-full"]} />
      ) : !others ? (
        <Problem compact error={list.error} onRetry={() => void list.refetch()} />
      ) : others.length === 0 ? (
        <p className="text-sm text-muted">{text.nobodyElse}</p>
      ) : (
        <FewRows<Booking> label={text.sameStart} columns={bookerColumns(locale)} rows={others} />
      )}
    </Section>
  );
}
