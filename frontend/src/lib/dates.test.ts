import { describe, expect, it } from "vitest";
import { calendarDayOf, dayKey, formatCountdown, formatDuration, formatTime, keyOfCalendarDay, periods, sameClock, zoneName } from "./dates";

describe("days and times by zone", () => {
  it("an evening in UTC is the next day in Tokyo", () => {
    expect(dayKey("2026-11-30T20:00:00Z", "UTC")).toBe("2026-11-30");
    expect(dayKey("2026-11-30T20:00:00Z", "Asia/Tokyo")).toBe("2026-12-01");
  });
  it("follows the clocks when they change", () => {
    expect(formatTime("2026-03-29T00:30:00Z", "Europe/Berlin", "en-GB")).toBe("1:30");
    expect(formatTime("2026-03-29T01:30:00Z", "Europe/Berlin", "en-GB")).toBe("3:30");
  });
  it("a calendar's day survives both ways, whatever the browser's zone", () => {
    expect(keyOfCalendarDay(calendarDayOf("2026-03-29"))).toBe("2026-03-29");
  });
  it("names a zone with its offset at that time", () => {
    expect(zoneName("Europe/Berlin", "2026-07-01T00:00:00Z")).toBe("Berlin (GMT+2)");
    expect(zoneName("Europe/Berlin", "2026-12-01T00:00:00Z")).toBe("Berlin (GMT+1)");
    expect(zoneName("UTC")).toBe("UTC");
  });
  it("compares wall clocks, not names", () => {
    expect(sameClock("Europe/Berlin", "Europe/Paris", "2026-07-01T00:00:00Z")).toBe(true);
    expect(sameClock("Europe/Berlin", "UTC", "2026-07-01T00:00:00Z")).toBe(false);
  });
});

describe("durations and what is left", () => {
  it.each([[45, "45 min"], [60, "1 h"], [90, "1 h 30 min"], [120, "2 h"]] as const)("%i minutes are %s", (minutes, text) => {
    expect(formatDuration(minutes)).toBe(text);
  });
  it.each([
    ["2026-11-04T07:30:00Z", "2 days 19 hours"],
    ["2026-11-02T12:00:00Z", "1 day"],
    ["2026-11-01T12:04:09Z", "4 minutes 9 seconds"],
    ["2026-11-01T12:00:01Z", "1 second"],
  ])("counts down to %s: %s", (instant, left) => {
    expect(formatCountdown(instant, new Date("2026-11-01T12:00:00Z"))).toBe(left);
  });
});

it("a period and the one before it touch without overlapping", () => {
  expect(periods(7, new Date("2026-11-23T10:00:00Z"))).toEqual({
    from: "2026-11-17", to: "2026-11-23", before: { from: "2026-11-10", to: "2026-11-16" },
  });
});
