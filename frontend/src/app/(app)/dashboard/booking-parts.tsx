"use client";

import { CalendarPlus } from "lucide-react";
import { Button } from "@/components/ui/button";
import type { Booking } from "@/lib/api/types";
import { calendarFile } from "@/lib/calendar-file";
import { formatDateTime, formatDuration, formatTime, sameClock, viewerZone, zoneName } from "@/lib/dates";
import { useLocale } from "@/lib/use-locale";
import { booking as bookingText, dashboard as text } from "@/messages";

/** The time in the viewer's zone, and on the host's clock where that shows another. */
export function When({ booking }: { booking: Booking }) {
  const locale = useLocale();
  const zone = viewerZone();
  const host = booking.session_details.timezone;
  const minutes = (Date.parse(booking.ends_at) - Date.parse(booking.booking_date)) / 60_000;
  return (
    <p className="figures text-sm">
      <time dateTime={booking.booking_date} className="font-medium">
        {formatDateTime(booking.booking_date, zone, locale)}
      </time>
      <span className="text-muted max-sm:block">
        <span className="mx-1.5 max-sm:hidden" aria-hidden="true">
          ·
        </span>
        {formatDuration(minutes)}
        {" · "}
        {zoneName(zone, booking.booking_date)}
      </span>
      {!sameClock(zone, host, booking.booking_date) && (
        <span className="block text-muted">{bookingText.hostClock(formatTime(booking.booking_date, host, locale), zoneName(host, booking.booking_date))}</span>
      )}
    </p>
  );
}

function saveCalendarFile(booking: Booking): void {
  const url = URL.createObjectURL(new Blob([calendarFile(booking)], { type: "text/calendar" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = "session.ics";
  link.click();
  URL.revokeObjectURL(url);
}

type BookingActionsProps = { booking: Booking; onCancel: (booking: Booking) => void; className?: string };

export function BookingActions({ booking, onCancel, className = "" }: BookingActionsProps) {
  return (
    <div className={`flex flex-wrap gap-2 ${className}`}>
      <Button variant="secondary" size="sm" onClick={() => saveCalendarFile(booking)}>
        <CalendarPlus aria-hidden="true" className="size-4" />
        {text.calendar}
      </Button>
      <Button variant="ghost" size="sm" onClick={() => onCancel(booking)} className="text-danger!">
        {text.cancel}
      </Button>
    </div>
  );
}
