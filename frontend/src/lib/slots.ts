import type { Slot } from "./api/types";
import { dayKey } from "./dates";

/** Slots by the day they begin on in a zone. */
export function byDay(slots: Slot[], zone: string): Map<string, Slot[]> {
  const days = new Map<string, Slot[]>();
  for (const slot of slots) {
    const key = dayKey(slot.start, zone);
    days.set(key, [...(days.get(key) ?? []), slot]);
  }
  return days;
}

/** The open slot that is closest in time to one that was missed; null where all are taken. */
export function nearest(slots: Slot[], missed: string): Slot | null {
  const distance = (slot: Slot) => Math.abs(Date.parse(slot.start) - Date.parse(missed));
  const open = slots.filter((slot) => slot.seats_left > 0 && slot.start !== missed);
  return open.reduce<Slot | null>((best, slot) => (best === null || distance(slot) < distance(best) ? slot : best), null);
}

/** What to ask the API for to show a month: a day more on both sides, so that every zone's month is whole. At most 62 days. */
export function rangeOfMonth(year: number, month: number): { from: string; to: string } {
  return { from: new Date(Date.UTC(year, month, 0)).toISOString(), to: new Date(Date.UTC(year, month + 1, 2)).toISOString() };
}
