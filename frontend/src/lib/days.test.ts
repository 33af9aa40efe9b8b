import { expect, it } from "vitest";
import { addDays, barDays, countDays, inPortions } from "./days";

const row = (date: string) => ({ date });

it("counts days over the ends of months, both ends included", () => {
  expect(addDays("2026-02-28", 1)).toBe("2026-03-01");
  expect(addDays("2028-03-01", -1)).toBe("2028-02-29");
  expect(countDays({ from: "2026-02-27", to: "2026-03-01" })).toBe(3);
  expect(countDays({ from: "2026-03-01", to: "2026-03-01" })).toBe(1);
});

it("has every day of the period, with and without rows", () => {
  const portions = inPortions([row("2026-02-28"), row("2026-02-28")], { from: "2026-02-27", to: "2026-03-01" });
  expect(portions.map(({ from, to, rows }) => [from, to, rows.length])).toEqual([
    ["2026-02-27", "2026-02-27", 0],
    ["2026-02-28", "2026-02-28", 2],
    ["2026-03-01", "2026-03-01", 0],
  ]);
});

it("ends with a whole week, begins with what is left, and loses no row", () => {
  const days = { from: "2026-03-01", to: "2026-03-16" };
  const rows = Array.from({ length: 16 }, (_, index) => row(addDays(days.from, index)));
  expect(inPortions(rows, days, 7).map(({ from, to, rows }) => [from, to, rows.length])).toEqual([
    ["2026-03-01", "2026-03-02", 2],
    ["2026-03-03", "2026-03-09", 7],
    ["2026-03-10", "2026-03-16", 7],
  ]);
});

it("leaves out what lies outside", () => {
  const portions = inPortions([row("2026-02-28"), row("2026-03-03")], { from: "2026-03-01", to: "2026-03-02" });
  expect(portions.flatMap(({ rows }) => rows)).toEqual([]);
});

it("draws long periods by weeks and four weeks", () => {
  expect(barDays({ from: "2026-01-01", to: "2026-03-31" })).toBe(1);
  expect(barDays({ from: "2026-01-01", to: "2026-12-31" })).toBe(7);
  expect(barDays({ from: "2020-01-01", to: "2026-12-31" })).toBe(28);
});
