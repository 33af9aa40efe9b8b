"use client";

import { addYears, startOfMonth } from "date-fns";
import { ChevronLeft, ChevronRight } from "lucide-react";
import { DayPicker } from "react-day-picker";
import { keyOfCalendarDay } from "@/lib/dates";
import { booking as text } from "@/messages";

type CalendarProps = { month: Date; onMonth: (month: Date) => void; selected: Date | undefined; onSelect: (day: Date) => void; isOpen: (key: string) => boolean };

const NAV = "grid size-10 place-items-center rounded-md hover:bg-sunken aria-disabled:opacity-30 pointer-coarse:size-11";

export function Calendar({ month, onMonth, selected, onSelect, isOpen }: CalendarProps) {
  const today = new Date();
  return (
    <DayPicker
      mode="single"
      required
      month={month}
      onMonthChange={onMonth}
      selected={selected}
      onSelect={onSelect}
      disabled={(day) => !isOpen(keyOfCalendarDay(day))}
      startMonth={startOfMonth(today)}
      endMonth={addYears(today, 2)}
      weekStartsOn={1}
      labels={{ labelPrevious: () => text.previousMonth, labelNext: () => text.following }}
      components={{ Chevron: ({ orientation }) => (orientation === "left" ? <ChevronLeft aria-hidden="true" className="size-5" /> : <ChevronRight aria-hidden="true" className="size-5" />) }}
      classNames={{
        root: "relative",
        months: "w-full",
        month_caption: "flex h-10 items-center px-1 font-semibold",
        nav: "absolute top-0 right-0 z-10 flex gap-1",
        button_previous: NAV,
        button_next: NAV,
        month_grid: "mt-2 w-full border-collapse",
        weekday: "h-8 text-xs font-normal text-muted",
        day: "p-0 text-center text-sm",
        day_button: "figures mx-auto grid h-9 w-10 place-items-center rounded-md font-semibold transition-colors duration-150 hover:bg-accent-soft disabled:cursor-default disabled:hover:bg-transparent pointer-coarse:h-11",
        disabled: "text-muted/60 [&>button]:font-normal",
        today: "[&>button]:underline [&>button]:decoration-2 [&>button]:underline-offset-4",
        selected: "[&>button]:bg-accent! [&>button]:text-on-accent",
        outside: "invisible",
        hidden: "invisible",
      }}
    />
  );
}
