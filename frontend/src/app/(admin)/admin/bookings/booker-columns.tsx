import { Link } from "react-router";
import { Money } from "@/components/Money";
import { formatStamp, viewerZone } from "@/lib/dates";
import { displayName } from "@/lib/names";
import { bookings as text } from "@/messages/admin-bookings";
import { rowHref } from "../kit/links";
import type { Column } from "../kit/rows";
import { BookingState, type Booking } from "./bookings-page";

/** The bookings of one session: who, and when. */
export const bookerColumns = (locale: string): Column<Booking>[] => [
  {
    label: text.person,
    whole: true,
    cell: (booking) => (
      <Link to={rowHref("bookings", booking.id)} className="inline-block py-0.5 text-base font-medium hover:underline md:text-sm">
        {displayName(booking.user_details)}
      </Link>
    ),
  },
  { label: text.starts, cell: (booking) => formatStamp(booking.booking_date, viewerZone(), locale) },
  { label: text.status, cell: (booking) => <BookingState status={booking.status} /> },
  { label: text.amount, right: true, cell: (booking) => <Money amount={booking.amount} currency={booking.currency} /> },
  { label: text.booked, right: true, cell: (booking) => formatStamp(booking.created_at, viewerZone(), locale) },
];
