"use client";

import { Link } from "react-router";
import { Money } from "@/components/Money";
import { Cell, Table } from "@/components/ui/table";
import { formatStamp, viewerZone } from "@/lib/dates";
import { displayName } from "@/lib/names";
import { useLocale } from "@/lib/use-locale";
import { bookings as text } from "@/messages/admin-bookings";
import { rowHref } from "../kit/links";
import { BookingState, type Booking } from "./bookings-page";

/** A few bookings of one session. */
export function BookingRows({ label, bookings }: { label: string; bookings: Booking[] }) {
  const locale = useLocale();
  return (
    <Table label={label} columns={[text.person, text.starts, text.status, text.amount, text.booked]} right={[3, 4]}>
      {bookings.map((booking) => (
        <tr key={booking.id}>
          <Cell whole>
            <Link to={rowHref("bookings", booking.id)} className="inline-block py-0.5 text-base font-medium hover:underline md:text-sm">
              {displayName(booking.user_details)}
            </Link>
          </Cell>
          <Cell label={text.starts}>{formatStamp(booking.booking_date, viewerZone(), locale)}</Cell>
          <Cell label={text.status}>
            <BookingState status={booking.status} />
          </Cell>
          <Cell label={text.amount} right>
            <Money amount={booking.amount} currency={booking.currency} />
          </Cell>
          <Cell label={text.booked} right>
            {formatStamp(booking.created_at, viewerZone(), locale)}
          </Cell>
        </tr>
      ))}
    </Table>
  );
}
