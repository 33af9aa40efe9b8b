"use client";

import { api } from "@/lib/api/client";
import { unwrap } from "@/lib/api/errors";
import { formatMoney } from "@/lib/money";
import { displayName } from "@/lib/names";
import { useLocale } from "@/lib/use-locale";
import { bookingPage as text, bookings } from "@/messages/admin-bookings";
import { Confirm } from "../kit/confirm";
import type { Booking } from "./bookings-page";

export function CancelBooking({ booking, onClose }: { booking: Booking; onClose: () => void }) {
  const locale = useLocale();
  const creator = booking.session_details.creator_details;
  const run = async (reason: string) => {
    await unwrap(api.PATCH("/api/bookings/{booking_id}/", { params: { path: { booking_id: booking.id } }, body: { status: "cancelled", reason } }));
    return { text: text.wasCancelled };
  };
  return (
    <Confirm title={text.cancelTitle} action={text.cancel} final reasonHint={bookings.reasonHint} run={run} onClose={onClose}>
      <p>{text.cancelText(displayName(booking.user_details), displayName(creator), formatMoney(booking.amount, booking.currency, locale))}</p>
      {new Date(booking.booking_date) <= new Date() && <p className="mt-2 font-medium text-ink">{text.hasBegun}</p>}
    </Confirm>
  );
}
