import { Money } from "@/components/Money";
import { formatStamp, viewerZone } from "@/lib/dates";
import { displayName } from "@/lib/names";
import { bookings as text } from "@/messages/admin-bookings";
import { rowHref } from "../kit/links";
import { RowLink } from "../kit/names";
import type { Column } from "../kit/rows";
import { BookingState, type Booking } from "./bookings-page";

/** The bookings of one session: who, and when. */
export const bookerColumns = (locale: string): Column<Booking>[] => [
  {
    label: text.person,
    whole: true,
    cell: (booking) => (
      <RowLink to={rowHref("bookings", booking.id)}>
        {displayName(booking.user_details)}
      </RowLink>
    ),
  },
  { label: text.starts, cell: (booking) => formatStamp(booking.booking_date, viewerZone(), locale) },
  { label: text.status, cell: (booking) => <BookingState status={booking.status} /> },
  { label: text.amount, right: true, cell: (booking) => <Money amount={booking.amount} currency={booking.currency} /> },
  { label: text.booked, right: true, cell: (booking) => formatStamp(booking.created_at, viewerZone(), locale) },
];
