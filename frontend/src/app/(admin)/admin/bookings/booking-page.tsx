"use client";

import { useState, type ReactNode } from "react";
import { Money } from "@/components/Money";
import { Button } from "@/components/ui/button";
import { api } from "@/lib/api/client";
import { formatDateTime, formatStamp, sameClock, viewerZone, zoneName } from "@/lib/dates";
import { displayName } from "@/lib/names";
import { useLocale } from "@/lib/use-locale";
import { audit } from "@/messages/admin";
import { bookingPage as text, bookings } from "@/messages/admin-bookings";
import { AuditTrail } from "../kit/audit-trail";
import { listHref, rowHref } from "../kit/links";
import { LinkAndList } from "../kit/names";
import { One } from "../kit/one";
import { Facts, Page, Section } from "../kit/page-frame";
import { BookingState, type Booking } from "./bookings-page";
import { CancelBooking } from "./cancel-booking";
import { SameStart } from "./same-start";

export const BookingPage = () => <One<Booking> resource="bookings">{(booking) => <Content booking={booking} />}</One>;

function Content({ booking }: { booking: Booking }) {
  const [asked, setAsked] = useState(false);
  return (
    <Page
      title={text.title(displayName(booking.user_details), booking.session_details.title)}
      lead={<BookingState status={booking.status} />}
      back={{ to: listHref("bookings"), label: bookings.title }}
      actions={
        booking.status === "confirmed" && (
          <Button size="sm" variant="danger" onClick={() => setAsked(true)}>
            {text.cancel}
          </Button>
        )
      }
    >
      <BookingFacts booking={booking} />
      <SameStart booking={booking} />
      <Section id="audit" title={audit.title}>
        <AuditTrail id={booking.id} load={(query) => api.GET("/api/admin/bookings/{booking_id}/audit/", { params: { path: { booking_id: booking.id }, query } })} />
      </Section>
      {asked && <CancelBooking booking={booking} onClose={() => setAsked(false)} />}
    </Page>
  );
}

function BookingFacts({ booking }: { booking: Booking }) {
  const locale = useLocale();
  const zone = viewerZone();
  const session = booking.session_details;
  const creator = session.creator_details;
  const starts = formatDateTime(booking.booking_date, zone, locale);
  const theirs = formatDateTime(booking.booking_date, session.timezone, locale);
  const facts: [string, ReactNode][] = [
    [bookings.starts, starts],
    [text.ends, formatDateTime(booking.ends_at, zone, locale)],
  ];
  if (!sameClock(zone, session.timezone, booking.booking_date)) facts.push([text.startsThere, text.zoned(theirs, zoneName(session.timezone, booking.booking_date, locale))]);
  facts.push(
    [bookings.person, <LinkAndList key="person" to={rowHref("users", booking.user)} name={displayName(booking.user_details)} list={listHref("bookings", { user: booking.user })} listName={text.theirBookings} />],
    [text.email, booking.user_details.email],
    [bookings.session, <LinkAndList key="session" to={rowHref("sessions", booking.session)} name={session.title} list={listHref("bookings", { session: booking.session })} listName={text.itsBookings} />],
    [bookings.creator, <LinkAndList key="creator" to={rowHref("users", creator.id)} name={displayName(creator)} list={listHref("bookings", { creator: creator.id })} listName={text.theirBookings} />],
    [bookings.amount, <Money key="amount" amount={booking.amount} currency={booking.currency} free />],
    [text.place, session.location],
    [bookings.booked, formatStamp(booking.created_at, zone, locale)],
    [text.id, booking.id],
  );
  if (booking.cancelled_at) {
    const reason = booking.cancel_reason;
    facts.push([text.cancelled, formatStamp(booking.cancelled_at, zone, locale)], [text.cancelReason, reason && (text.reasons[reason] ?? reason)]);
  }
  return <Facts facts={facts} />;
}
