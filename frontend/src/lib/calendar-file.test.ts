import { expect, it } from "vitest";
import type { Booking } from "./api/types";
import { calendarFile } from "./calendar-file";

it("escapes what has a meaning in the format, and folds long lines between characters", () => {
  const booking = {
    id: "b1", created_at: "2026-11-01T10:00:00Z", booking_date: "2026-12-01T14:00:00Z", ends_at: "2026-12-01T15:30:00Z",
    session_details: { title: `Bread, butter; jam ${"ü".repeat(60)}`, location: "Oslo\nNorway" },
  } as Booking;
  const file = calendarFile(booking);
  expect(file).toContain("DTSTART:20261201T140000Z\r\nDTEND:20261201T153000Z");
  expect(file).toContain("SUMMARY:Bread\\, butter\\; jam");
  expect(file).toContain("LOCATION:Oslo\\nNorway");
  for (const line of file.split("\r\n")) expect(new TextEncoder().encode(line).length).toBeLessThanOrEqual(75);
  expect(file.replaceAll("\r\n ", "")).toContain("ü".repeat(60));
});
