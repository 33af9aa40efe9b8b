import { DEFAULT_LOCALE } from "./money";

/** The IANA zone of whoever looks; UTC where the browser doesn't tell. */
export function viewerZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
}

const COUNTED = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
] as const;

const dayParts = (zone: string) =>
  new Intl.DateTimeFormat("en-CA", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit" });

/** The calendar day (YYYY-MM-DD) of an instant in a zone. */
export function dayKey(instant: string | Date, zone: string): string {
  return dayParts(zone).format(new Date(instant));
}

/** The YYYY-MM-DD of a Date that a calendar made: its local parts are the day that was meant. */
export function keyOfCalendarDay(day: Date): string {
  const pad = (n: number) => String(n).padStart(2, "0");
  return `${day.getFullYear()}-${pad(day.getMonth() + 1)}-${pad(day.getDate())}`;
}

/** The opposite of keyOfCalendarDay. */
export function calendarDayOf(key: string): Date {
  const [year = 1970, month = 1, day = 1] = key.split("-").map(Number);
  return new Date(year, month - 1, day);
}

export function formatTime(instant: string, zone: string, locale = DEFAULT_LOCALE): string {
  return new Intl.DateTimeFormat(locale, { timeZone: zone, hour: "numeric", minute: "2-digit" }).format(new Date(instant));
}

export function formatDay(instant: string, zone: string, locale = DEFAULT_LOCALE): string {
  return new Intl.DateTimeFormat(locale, { timeZone: zone, weekday: "long", day: "numeric", month: "long" }).format(new Date(instant));
}

export function formatDate(instant: string, zone: string, locale = DEFAULT_LOCALE): string {
  return new Intl.DateTimeFormat(locale, { timeZone: zone, day: "numeric", month: "short", year: "numeric" }).format(new Date(instant));
}

export function formatDateTime(instant: string, zone: string, locale = DEFAULT_LOCALE): string {
  return new Intl.DateTimeFormat(locale, {
    timeZone: zone, weekday: "short", day: "numeric", month: "short", year: "numeric", hour: "numeric", minute: "2-digit",
  }).format(new Date(instant));
}

/** "Nov 26, 2026, 1:12 PM": a moment in a table. */
export function formatStamp(instant: string, zone: string, locale = DEFAULT_LOCALE): string {
  return new Intl.DateTimeFormat(locale, { timeZone: zone, dateStyle: "medium", timeStyle: "short" }).format(new Date(instant));
}

/** "Nov 3, 2026", "Nov 3 – 9, 2026": UTC days (YYYY-MM-DD), both included. */
export function formatDays({ from, to }: { from: string; to: string }, locale = DEFAULT_LOCALE): string {
  const format = new Intl.DateTimeFormat(locale, { timeZone: "UTC", day: "numeric", month: "short", year: "numeric" });
  return format.formatRange(new Date(from), new Date(to));
}

/** "Berlin (GMT+1)": a zone as people name it, with its offset at that instant. */
export function zoneName(zone: string, at: string | Date = new Date(), locale = DEFAULT_LOCALE): string {
  const offset = offsetName(zone, at, locale);
  if (zone === "UTC" || zone === "Etc/UTC") return "UTC";
  const city = zone.split("/").at(-1)?.replaceAll("_", " ") ?? zone;
  return `${city} (${offset})`;
}

function offsetName(zone: string, at: string | Date, locale: string): string {
  const parts = new Intl.DateTimeFormat(locale, { timeZone: zone, timeZoneName: "shortOffset" }).formatToParts(new Date(at));
  return parts.find((part) => part.type === "timeZoneName")?.value ?? zone;
}

/** Whether two zones show the same wall clock at an instant. */
export function sameClock(a: string, b: string, at: string | Date): boolean {
  return offsetName(a, at, "en-US") === offsetName(b, at, "en-US");
}

/** 90 → "1 h 30 min", 45 → "45 min", 120 → "2 h". */
export function formatDuration(minutes: number): string {
  const hours = Math.floor(minutes / 60);
  const rest = minutes % 60;
  return [hours > 0 ? `${hours} h` : "", rest > 0 ? `${rest} min` : ""].filter(Boolean).join(" ");
}

/** "2 days 19 hours", "4 minutes 9 seconds": what is left until an instant, in its two largest units. */
export function formatCountdown(instant: string, now: Date, locale = DEFAULT_LOCALE): string {
  let left = Math.max(0, Math.floor((new Date(instant).getTime() - now.getTime()) / 1000));
  const counts = COUNTED.map(([unit, seconds]) => {
    const count = Math.floor(left / seconds);
    left -= count * seconds;
    return { unit, count };
  });
  const first = counts.findIndex(({ count }) => count > 0);
  return counts
    .slice(first, first + 2)
    .filter(({ count }) => count > 0)
    .map(({ unit, count }) => new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "long" }).format(count))
    .join(" ");
}

/** The UTC days (YYYY-MM-DD, both included) of the last `days` days, and of as many before them. */
export function periods(days: number, now: Date): { from: string; to: string; before: { from: string; to: string } } {
  const day = (back: number) => new Date(now.getTime() - back * 86_400_000).toISOString().slice(0, 10);
  return { from: day(days - 1), to: day(0), before: { from: day(2 * days - 1), to: day(days) } };
}
