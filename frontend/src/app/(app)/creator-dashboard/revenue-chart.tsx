"use client";

import { Bar, BarChart, CartesianGrid, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts";
import { formatMoney } from "@/lib/money";
import { useLocale } from "@/lib/use-locale";
import { studio as text } from "@/messages";
import type { RevenueDay } from "./revenue-table";

/** Days without anything are in the series too, so that distance means time. */
function everyDay(days: RevenueDay[]): { date: string; net: number; text: string; bookings: number }[] {
  const byDate = new Map(days.map((day) => [day.date, day]));
  const first = Date.parse(days[0]?.date ?? "");
  const last = Math.max(Date.parse(days.at(-1)?.date ?? ""), Date.parse(new Date().toISOString().slice(0, 10)));
  const filled = [];
  for (let time = first; time <= last; time += 86_400_000) {
    const date = new Date(time).toISOString().slice(0, 10);
    const day = byDate.get(date);
    filled.push({ date, net: Number(day?.net ?? 0), text: day?.net ?? "0.00", bookings: day?.bookings ?? 0 });
  }
  return filled;
}

export default function RevenueChart({ days, currency }: { days: RevenueDay[]; currency: string }) {
  const locale = useLocale();
  const shortDay = (date: string) => new Intl.DateTimeFormat(locale, { timeZone: "UTC", day: "numeric", month: "short" }).format(new Date(date));
  const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  return (
    <div className="h-64 text-xs">
      <ResponsiveContainer width="100%" height="100%">
        <BarChart data={everyDay(days)} margin={{ top: 4, right: 0, bottom: 0, left: 0 }} accessibilityLayer title={text.chart}>
          <CartesianGrid vertical={false} stroke="var(--line)" />
          <XAxis dataKey="date" tickFormatter={shortDay} tickLine={false} axisLine={{ stroke: "var(--line)" }} tick={{ fill: "var(--muted)" }} minTickGap={44} />
          <YAxis width={64} tickFormatter={(value: number) => formatMoney(String(value), currency, locale, { compact: true })} tickLine={false} axisLine={false} tick={{ fill: "var(--muted)" }} />
          <Tooltip
            cursor={{ fill: "var(--sunken)" }}
            content={({ active, payload }) => {
              const day = payload?.[0]?.payload as ReturnType<typeof everyDay>[number] | undefined;
              if (!active || !day) return null;
              return (
                <div className="panel figures px-3 py-2 text-sm shadow-lift">
                  <p className="text-muted">{shortDay(day.date)}</p>
                  <p className="font-semibold">{formatMoney(day.text, currency, locale)}</p>
                  <p>
                    {day.bookings} {text.table.bookings}
                  </p>
                </div>
              );
            }}
          />
          <Bar dataKey="net" fill="var(--accent)" radius={[3, 3, 0, 0]} maxBarSize={28} isAnimationActive={!still} animationDuration={200} />
        </BarChart>
      </ResponsiveContainer>
    </div>
  );
}
