"use client";

import { Money } from "@/components/Money";
import type { CreatorStats } from "@/lib/api/types";
import { formatDate } from "@/lib/dates";
import { useLocale } from "@/lib/use-locale";
import { studio as text } from "@/messages";

export type RevenueDay = CreatorStats["series"][number];

export function RevenueTable({ days }: { days: RevenueDay[] }) {
  const locale = useLocale();
  return (
    <div className="max-h-80 overflow-auto" tabIndex={0} role="region" aria-label={text.tableLabel}>
      <table className="figures w-full text-xs sm:text-sm">
        <thead className="sticky top-0 bg-surface text-muted">
          <tr className="text-right [&>th]:py-2 [&>th]:pl-2 [&>th]:font-medium sm:[&>th]:pl-4">
            <th scope="col" className="pl-0! text-left">
              {text.table.day}
            </th>
            <th scope="col">{text.table.bookings}</th>
            <th scope="col">{text.table.gross}</th>
            <th scope="col">{text.table.refunded}</th>
            <th scope="col">{text.table.net}</th>
          </tr>
        </thead>
        <tbody>
          {[...days].reverse().map((day) => (
            <tr key={day.date} className="border-t border-line text-right [&>td]:py-2 [&>td]:pl-2 sm:[&>td]:pl-4">
              <th scope="row" className="py-2 text-left font-normal whitespace-nowrap">
                {formatDate(`${day.date}T00:00:00Z`, "UTC", locale)}
              </th>
              <td>{day.bookings}</td>
              <td>
                <Money amount={day.gross} currency={day.currency} />
              </td>
              <td>
                <Money amount={day.refunded} currency={day.currency} />
              </td>
              <td className="font-medium">
                <Money amount={day.net} currency={day.currency} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
