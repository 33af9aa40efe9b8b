"use client";

import type { ReactNode } from "react";
import { formatDays } from "@/lib/dates";
import type { Days } from "@/lib/days";
import { useLocale } from "@/lib/use-locale";

type DayTableProps = { label: string; columns: string[]; rows: (Days & { cells: ReactNode[] })[] };

/** A chart's figures, the latest day first. The first column's name stands above the days. */
export function DayTable({ label, columns: [day, ...columns], rows }: DayTableProps) {
  const locale = useLocale();
  return (
    <div className="max-h-80 overflow-auto" tabIndex={0} role="region" aria-label={label}>
      <table className="figures w-full text-xs sm:text-sm">
        <thead className="sticky top-0 z-10 bg-surface text-muted">
          <tr className="text-right [&>th]:py-2 [&>th]:pl-2 [&>th]:font-medium sm:[&>th]:pl-4">
            <th scope="col" className="pl-0! text-left">
              {day}
            </th>
            {columns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {[...rows].reverse().map(({ from, to, cells }) => (
            <tr key={from} className="border-t border-line text-right [&>td]:py-2 [&>td]:pl-2 sm:[&>td]:pl-4">
              <th scope="row" className="py-2 text-left font-normal whitespace-nowrap">
                {formatDays({ from, to }, locale)}
              </th>
              {cells.map((cell, index) => (
                <td key={index}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
