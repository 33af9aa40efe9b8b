import { periods } from "@/lib/dates";
import { addDays, countDays, type Days } from "@/lib/days";

export const PRESETS = ["7", "30", "90", "all"] as const;
const DEFAULT = "30";

/** Which days the figures are of. Without days: all of them, and nothing came before. */
export type Range = { name: (typeof PRESETS)[number] | "own"; days: Days | null; before: Days | null };

const isDay = (text: string | null): text is string => text !== null && /^\d{4}-\d{2}-\d{2}$/.test(text) && addDaysOrNull(text) === text;

function addDaysOrNull(day: string): string | null {
  return Number.isNaN(Date.parse(day)) ? null : addDays(day, 0);
}

/** What the address says: `period=7`, or own days by `from` and `to`; the last 30 days where it says nothing useful. */
export function rangeOf(search: URLSearchParams, now: Date): Range {
  const from = search.get("from");
  const to = search.get("to");
  if (isDay(from) && isDay(to) && from <= to) {
    const days = { from, to };
    return { name: "own", days, before: { from: addDays(from, -countDays(days)), to: addDays(from, -1) } };
  }
  const name = PRESETS.find((preset) => preset === search.get("period")) ?? DEFAULT;
  if (name === "all") return { name, days: null, before: null };
  const { before, ...days } = periods(Number(name), now);
  return { name, days, before };
}

type DayFilter = "created" | "cancelled";

/** The filter of a list that finds what happened in these days. */
export function within(days: Days | null, what: DayFilter): Record<string, string> {
  if (days) return { [`${what}_from`]: days.from, [`${what}_to`]: days.to };
  return what === "cancelled" ? { status: "cancelled" } : {};
}
