import type { RevenueDay } from "./revenue-table";

export type DayBar = { date: string; net: number; text: string; bookings: number };

const DAY_MS = 86_400_000;

/** The UTC days from `from` to today. Days without anything are among them, so that distance means time. */
export function everyDay(days: RevenueDay[], from: string, now: Date): DayBar[] {
  const byDate = new Map(days.map((day) => [day.date, day]));
  const bars: DayBar[] = [];
  for (let time = Date.parse(from); time <= now.getTime(); time += DAY_MS) {
    const date = new Date(time).toISOString().slice(0, 10);
    const day = byDate.get(date);
    bars.push({ date, net: Number(day?.net ?? 0), text: day?.net ?? "0.00", bookings: day?.bookings ?? 0 });
  }
  return bars;
}
