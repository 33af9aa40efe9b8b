import type { Booking } from "./api/types";

const stamp = (instant: string) => new Date(instant).toISOString().replace(/[-:]|\.\d{3}/g, "");
const escape = (text: string) => text.replace(/[\\;,]/g, "\\$&").replace(/\r?\n/g, "\\n");

/** Lines of more than 75 bytes are folded (RFC 5545, 3.1), never within a character. */
function fold(line: string): string {
  const encoder = new TextEncoder();
  const parts: string[] = [];
  let part = "";
  for (const char of line) {
    if (encoder.encode(part + char).length > 74) {
      parts.push(part);
      part = "";
    }
    part += char;
  }
  return [...parts, part].join("\r\n ");
}

/** A booking as an iCalendar file. The id makes the same booking the same entry. */
export function calendarFile(booking: Booking): string {
  const details = booking.session_details;
  return [
    "BEGIN:VCALENDAR",
    "VERSION:2.0",
    "PRODID:-//Sessions Marketplace//EN",
    "BEGIN:VEVENT",
    `UID:${booking.id}`,
    `DTSTAMP:${stamp(booking.created_at)}`,
    `DTSTART:${stamp(booking.booking_date)}`,
    `DTEND:${stamp(booking.ends_at)}`,
    `SUMMARY:${escape(details.title)}`,
    `LOCATION:${escape(details.location ?? "")}`,
    "END:VEVENT",
    "END:VCALENDAR",
    "",
  ]
    .map(fold)
    .join("\r\n");
}
