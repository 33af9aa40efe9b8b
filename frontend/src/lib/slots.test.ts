import { expect, it } from "vitest";
import { byDay, nearest, rangeOfMonth } from "./slots";

const slot = (start: string, seats_left = 1) => ({ start, end: start, seats_left });

it("puts a slot on the viewer's day, not on UTC's", () => {
  const days = byDay([slot("2026-12-01T23:30:00Z"), slot("2026-12-02T00:30:00Z")], "America/New_York");
  expect([...days.keys()]).toEqual(["2026-12-01"]);
});

it("offers the open slot closest to the one that was taken", () => {
  const slots = [slot("2026-12-01T10:00:00Z"), slot("2026-12-01T11:00:00Z", 0), slot("2026-12-01T11:30:00Z", 0), slot("2026-12-01T12:00:00Z")];
  expect(nearest(slots, "2026-12-01T11:30:00Z")?.start).toBe("2026-12-01T12:00:00Z");
  expect(nearest([slot("2026-12-01T11:30:00Z")], "2026-12-01T11:30:00Z")).toBeNull();
});

it("asks for a month with a day around it", () => {
  expect(rangeOfMonth(2026, 11)).toEqual({ from: "2026-11-30T00:00:00.000Z", to: "2027-01-02T00:00:00.000Z" });
});
