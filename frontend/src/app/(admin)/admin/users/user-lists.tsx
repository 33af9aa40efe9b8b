"use client";

import { Link } from "react-router";
import { Money } from "@/components/Money";
import { buttonStyle } from "@/components/ui/button";
import { formatDate, formatStamp, viewerZone } from "@/lib/dates";
import { useLocale } from "@/lib/use-locale";
import { bookings } from "@/messages/admin-bookings";
import { sessions } from "@/messages/admin-sessions";
import { userLists as text } from "@/messages/admin-users";
import { BookingState, type Booking } from "../bookings/bookings-page";
import { listHref, rowHref } from "../kit/links";
import { Newest } from "../kit/newest";
import { SessionState, type AdminSession } from "../sessions/sessions-page";
import type { User } from "./users-page";

/** What they offer and what they booked: the newest of each, and the way to all. */
export function UserLists({ user }: { user: User }) {
  const locale = useLocale();
  return (
    <>
      <Newest<AdminSession>
        id="sessions"
        title={text.sessions}
        resource="sessions"
        filter={{ creator: user.id, status: "all" }}
        empty={text.noSessions}
        actions={
          <Link to={listHref("bookings", { creator: user.id })} className={buttonStyle("secondary", "sm")}>
            {text.bookingsOfTheirs}
          </Link>
        }
        columns={[
          {
            label: sessions.session,
            whole: true,
            cell: (session) => (
              <Link to={rowHref("sessions", session.id)} className="inline-block py-0.5 font-medium hover:underline">
                {session.title}
              </Link>
            ),
          },
          { label: sessions.status, cell: (session) => <SessionState session={session} /> },
          { label: sessions.booked, right: true, cell: (session) => session.bookings_count.toLocaleString("en-US") },
          { label: sessions.price, right: true, cell: (session) => <Money amount={session.price} currency={session.currency} /> },
          { label: sessions.created, right: true, cell: (session) => formatDate(session.created_at, viewerZone(), locale) },
        ]}
      />
      <Newest<Booking>
        id="bookings"
        title={text.bookings}
        resource="bookings"
        filter={{ user: user.id }}
        empty={text.noBookings}
        columns={[
          {
            label: bookings.starts,
            whole: true,
            cell: (booking) => (
              <Link to={rowHref("bookings", booking.id)} className="inline-block py-0.5 font-medium whitespace-nowrap hover:underline">
                {formatStamp(booking.booking_date, viewerZone(), locale)}
              </Link>
            ),
          },
          { label: bookings.session, cell: (booking) => booking.session_details.title },
          { label: bookings.status, cell: (booking) => <BookingState status={booking.status} /> },
          { label: bookings.amount, right: true, cell: (booking) => <Money amount={booking.amount} currency={booking.currency} /> },
          { label: bookings.booked, right: true, cell: (booking) => formatDate(booking.created_at, viewerZone(), locale) },
        ]}
      />
    </>
  );
}
