import { expect, it } from "vitest";
import { rangeOf, within } from "./range";

const NOW = new Date("2026-03-31T23:30:00Z");
const of = (search: string) => rangeOf(new URLSearchParams(search), NOW);

it("is the last 30 UTC days where the address says nothing useful", () => {
  const days = { from: "2026-03-02", to: "2026-03-31" };
  const before = { from: "2026-01-31", to: "2026-03-01" };
  for (const search of ["", "period=30", "period=5", "from=2026-03-01", "from=2026-02-30&to=2026-03-01", "from=2026-03-02&to=2026-03-01", "from=x&to=y"]) {
    expect(of(search)).toEqual({ name: "30", days, before });
  }
});

it("compares own days with as many before them", () => {
  expect(of("from=2026-03-01&to=2026-03-07")).toEqual({
    name: "own",
    days: { from: "2026-03-01", to: "2026-03-07" },
    before: { from: "2026-02-22", to: "2026-02-28" },
  });
});

it("compares all time with nothing", () => {
  expect(of("period=all")).toEqual({ name: "all", days: null, before: null });
});

it("finds the rows of the same days", () => {
  expect(within({ from: "2026-03-01", to: "2026-03-07" }, "cancelled")).toEqual({ cancelled_from: "2026-03-01", cancelled_to: "2026-03-07" });
  expect(within(null, "cancelled")).toEqual({ status: "cancelled" });
  expect(within(null, "created")).toEqual({});
});
