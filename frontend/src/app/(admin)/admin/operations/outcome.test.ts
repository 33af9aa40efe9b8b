import { expect, it } from "vitest";
import { outcomeOf } from "./outcome";
import type { Job } from "./services";

const job = (kind: string, result: Record<string, unknown> | null, state: Job["state"] = "done") => ({ kind, result, state }) as Job;

it("says nothing of what isn't done", () => {
  expect(outcomeOf(job("revenue.check", null, "running"))).toBeNull();
  expect(outcomeOf(job("revenue.check", null, "failed"))).toBeNull();
});

it("names whose revenue differs, and how", () => {
  const found = outcomeOf(
    job("revenue.check", {
      total: 3,
      pending: 1,
      differences: [
        { place: "sums per day", creator_id: "c1", currency: "USD", what: "2026-03-01", expected: { gross: "10.00", booked: 1 }, found: { gross: "5.00", booked: 1 } },
        { place: "ledger", creator_id: "c1", currency: "USD", what: "booking b", expected: { amount: "10.00" }, found: null },
        { place: "ledger", creator_id: "c2", currency: null, what: "booking d", expected: null, found: { amount: "10.00" } },
      ],
    }),
  );
  expect(found).toEqual({
    good: false,
    summary: "3 rows differ, of 2 creators. 1 event hasn't arrived yet.",
    lines: [
      { creator: "c1", text: "sums per day, USD, 2026-03-01: gross 5.00 instead of 10.00" },
      { creator: "c1", text: "ledger, USD, booking b: missing" },
      { creator: "c2", text: "ledger, booking d: shouldn't be there" },
    ],
  });
  expect(outcomeOf(job("revenue.check", { total: 0, pending: 0, differences: [] }))).toEqual({ good: true, summary: "Revenue agrees with the bookings.", lines: [] });
});

it("names the rows that aren't their owners'", () => {
  const difference = { id: "u1", what: "older", here: 1, there: 3, fields: ["email"] };
  const found = outcomeOf(job("replicas.check", { differing: 1, unsettled: 0, replicas: [{ name: "users", differences: [difference] }, { name: "bookings", differences: [] }] }));
  expect(found).toEqual({ good: false, summary: "1 row differs from the owners'.", lines: [{ text: "users u1: older here in email (version 1 here, 3 at the owner)" }] });
});

it("calls a resync good that left nothing alone", () => {
  expect(outcomeOf(job("replicas.resync", { rows: 12, applied: 2, settled: 1, unknown: 0, replicas: [] }))?.good).toBe(true);
  expect(outcomeOf(job("replicas.resync", { rows: 12, applied: 2, settled: 1, unknown: 1, replicas: [] }))?.good).toBe(false);
});
