import type { Slot } from "@/lib/api/types";
import { formatTime } from "@/lib/dates";
import { booking as text } from "@/messages";

type TimesProps = { slots: Slot[]; zone: string; locale: string; selected: string | null; mine: Set<string>; onSelect: (start: string) => void };

export function Times({ slots, zone, locale, selected, mine, onSelect }: TimesProps) {
  if (slots.length === 0) return <p className="text-sm text-muted">{text.noTimes}</p>;
  return (
    <ul className="-mx-1 grid grid-cols-3 gap-2 px-1 py-1 lg:max-h-[clamp(7.75rem,calc(100dvh-43rem),24rem)] lg:overflow-y-auto">
      {slots.map((slot) => {
        const taken = slot.seats_left === 0;
        const own = mine.has(slot.start);
        return (
          <li key={slot.start}>
            <button
              type="button"
              disabled={taken || own}
              aria-pressed={slot.start === selected}
              onClick={() => onSelect(slot.start)}
              className="figures group w-full rounded-md border border-line px-1 py-2 text-center transition-colors duration-150 hover:border-accent disabled:cursor-not-allowed disabled:border-transparent disabled:bg-sunken disabled:text-muted aria-pressed:border-accent aria-pressed:bg-accent aria-pressed:text-on-accent"
            >
              <span className="block text-sm font-semibold">{formatTime(slot.start, zone, locale)}</span>
              <span className="block text-xs text-muted group-aria-pressed:text-on-accent">{own ? text.taken : taken ? text.soldOut : text.seatsLeft(slot.seats_left)}</span>
            </button>
          </li>
        );
      })}
    </ul>
  );
}
