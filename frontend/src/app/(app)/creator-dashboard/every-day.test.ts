import { expect, it } from "vitest";
import { everyDay } from "./every-day";

const day = (date: string, net: string) => ({ date, currency: "USD", gross: net, refunded: "0.00", net, bookings: 1 });

it("has every day of the period, with and without revenue, up to today", () => {
  const bars = everyDay([day("2026-02-28", "99.99")], "2026-02-27", new Date("2026-03-01T00:00:00Z"));
  expect(bars.map(({ date, text, bookings }) => [date, text, bookings])).toEqual([
    ["2026-02-27", "0.00", 0],
    ["2026-02-28", "99.99", 1],
    ["2026-03-01", "0.00", 0],
  ]);
});
