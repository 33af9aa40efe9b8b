"use client";

import { Bar, BarChart, CartesianGrid, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts";
import { formatDays } from "@/lib/dates";
import type { Days } from "@/lib/days";
import { useLocale } from "@/lib/use-locale";

/** What one day, or a few, comes to; `said` is read beside it. */
export type DayBar = Days & { values: Record<string, number>; said: string[] };
export type DaySeries = { key: string; label: string; color: string };

type DayChartProps = { title: string; bars: DayBar[]; series: DaySeries[]; stacked?: boolean; axis: (value: number) => string };

export default function DayChart({ title, bars, series, stacked = false, axis }: DayChartProps) {
  const locale = useLocale();
  const shortDay = (day: string) => new Intl.DateTimeFormat(locale, { timeZone: "UTC", day: "numeric", month: "short" }).format(new Date(day));
  return (
    <div className="flex h-64 flex-col gap-2 text-xs">
      {series.length > 1 && (
        <ul className="flex flex-wrap gap-x-4 gap-y-1 text-muted">
          {series.map(({ key, label, color }) => (
            <li key={key} className="flex items-center gap-1.5">
              <span aria-hidden="true" className="size-2.5 rounded-[3px]" style={{ background: color }} />
              {label}
            </li>
          ))}
        </ul>
      )}
      <div className="min-h-0 flex-1">
        <ResponsiveContainer width="100%" height="100%">
          <BarChart data={bars} margin={{ top: 4, right: 0, bottom: 0, left: 0 }} barGap={1} accessibilityLayer title={title}>
            <CartesianGrid vertical={false} stroke="var(--line)" />
            <XAxis dataKey="from" tickFormatter={shortDay} tickLine={false} axisLine={{ stroke: "var(--line)" }} tick={{ fill: "var(--muted)" }} minTickGap={44} />
            <YAxis width="auto" allowDecimals={false} tickFormatter={axis} tickLine={false} axisLine={false} tick={{ fill: "var(--muted)" }} />
            <Tooltip
              cursor={{ fill: "var(--sunken)" }}
              content={({ active, payload }) => {
                const bar = payload?.[0]?.payload as DayBar | undefined;
                if (!active || !bar) return null;
                return (
                  <div className="panel figures px-3 py-2 text-sm shadow-lift">
                    <p className="text-muted">{formatDays(bar, locale)}</p>
                    {bar.said.map((line, index) => (
                      <p key={line} className={index === 0 ? "font-semibold" : undefined}>
                        {line}
                      </p>
                    ))}
                  </div>
                );
              }}
            />
            {series.map(({ key, label, color }, index) => (
              <Bar
                key={key}
                name={label}
                dataKey={(bar: DayBar) => bar.values[key]}
                stackId={stacked ? "all" : undefined}
                fill={color}
                radius={stacked && index < series.length - 1 ? 0 : [3, 3, 0, 0]}
                maxBarSize={28}
                isAnimationActive={false}
              />
            ))}
          </BarChart>
        </ResponsiveContainer>
      </div>
    </div>
  );
}
