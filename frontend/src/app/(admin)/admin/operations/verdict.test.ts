import { expect, it } from "vitest";
import type { State } from "./services";
import { age, findingsOf, size } from "./verdict";

const worker = { id: "w", version: "v1", started_at: "2026-03-01T09:00:00Z", seen_at: "2026-03-01T10:00:00Z", alive: true, leads: true, consuming: true };
const WELL: State = {
  service: "booking",
  version: "v1",
  started_at: "2026-03-01T09:00:00Z",
  consumes: true,
  database: { ok: true, ms: 1, size_bytes: 1, revision: "0001" },
  broker: { ok: true, ms: 1 },
  outbox: { unpublished: 3, oldest_age_seconds: 2, failing: 0 },
  queue: { messages: 5, in_hand: 1, retrying: 0, consumers: 1, lag_seconds: 0.2 },
  dead_letters: { count: 0 },
  workers: [worker],
  replicas: [],
};
const tones = (state: Partial<State>) => findingsOf({ ...WELL, ...state }).map(({ tone }) => tone);

it("finds nothing in a service that is well, on its way though some events may be", () => {
  expect(findingsOf(WELL)).toEqual([]);
  expect(findingsOf({ ...WELL, consumes: false, queue: null, dead_letters: null, workers: [{ ...worker, consuming: null }] })).toEqual([]);
  expect(findingsOf({ ...WELL, workers: [worker, { ...worker, id: "x", leads: false, consuming: false }] })).toEqual([]);
});

it("calls a fault what stops the service's events", () => {
  expect(tones({ broker: { ok: false, ms: null }, queue: null, dead_letters: null })).toEqual(["bad"]);
  expect(tones({ workers: [] })).toEqual(["bad"]);
  expect(tones({ workers: [{ ...worker, leads: false }] })).toEqual(["bad"]);
  expect(tones({ workers: [{ ...worker, consuming: false }] })).toEqual(["bad"]);
  expect(tones({ outbox: { unpublished: 9, oldest_age_seconds: 61, failing: 1 } })).toEqual(["bad", "bad"]);
});

it("asks for a look at what may be on its way to a fault, after the faults", () => {
  expect(tones({ dead_letters: { count: 2 } })).toEqual(["warn"]);
  expect(tones({ version: "v2" })).toEqual(["warn"]);
  expect(tones({ dead_letters: { count: 2 }, workers: [{ ...worker, alive: false }] })).toEqual(["bad", "warn", "warn"]);
});

it("writes ages and sizes short", () => {
  expect([0.4, 59, 60, 3_599, 7_200, 200_000].map(age)).toEqual(["0 s", "59 s", "1 min", "59 min", "2 h", "2 d"]);
  expect([0, 999, 1_114_112, 25e9].map(size)).toEqual(["0 B", "999 B", "1.1 MB", "25 GB"]);
});
