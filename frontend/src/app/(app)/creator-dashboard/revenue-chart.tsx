"use client";

import { Bar, BarChart, CartesianGrid, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts";
import { formatMoney } from "@/lib/money";
import { useLocale } from "@/lib/use-locale";
import { studio as text } from "@/messages";
import { everyDay, type DayBar } from "./every-day";
import type { RevenueDay } from "./revenue-table";

export default function RevenueChart({ days, currency, from }: { days: RevenueDay[]; currency: string; from?: string }) {
  const locale = useLocale();
  const shortDay = (date: string) => new Intl.DateTimeFormat(locale, { timeZone: "UTC", day: "numeric", month: "short" }).format(new Date(date));
  return (
    <div className="h-64 text-xs">
      <ResponsiveContainer width="100%" height="100%">
        <BarChart data={everyDay(days, from ?? days[0]?.date ?? "", new Date())} margin={{ top: 4, right: 0, bottom: 0, left: 0 }} accessibilityLayer title={text.chart}>
          <CartesianGrid vertical={false} stroke="var(--line)" />
          <XAxis dataKey="date" tickFormatter={shortDay} tickLine={false} axisLine={{ stroke: "var(--line)" }} tick={{ fill: "var(--muted)" }} minTickGap={44} />
          <YAxis width={64} tickFormatter={(value: number) => formatMoney(String(value), currency, locale, { compact: true })} tickLine={false} axisLine={false} tick={{ fill: "var(--muted)" }} />
          <Tooltip
            cursor={{ fill: "var(--sunken)" }}
            content={({ active, payload }) => {
              const day = payload?.[0]?.payload as DayBar | undefined;
              if (!active || !day) return null;
              return (
                <div className="panel figures px-3 py-2 text-sm shadow-lift">
                  <p className="text-muted">{shortDay(day.date)}</p>
                  <p className="font-semibold">{formatMoney(day.text, currency, locale)}</p>
                  <p>{text.bookingsOf(day.bookings)}</p>
                </div>
              );
            }}
          />
          <Bar dataKey="net" fill="var(--accent)" radius={[3, 3, 0, 0]} maxBarSize={28} isAnimationActive={false} />
        </BarChart>
      </ResponsiveContainer>
    </div>
  );
}
