"use client";

import dynamic from "next/dynamic";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { ChartPanel } from "@/components/charts/chart-panel";
import type { DaySeries } from "@/components/charts/day-chart";
import { DayTable } from "@/components/charts/day-table";
import { Money } from "@/components/Money";
import { Skeleton } from "@/components/ui/skeleton";
import { barDays, inPortions, type Days, type Portion } from "@/lib/days";
import { formatMoney, fromCents, toCents } from "@/lib/money";
import { useLocale } from "@/lib/use-locale";
import { statistics as text } from "@/messages/admin-statistics";
import { listHref } from "../kit/links";
import type { SessionStats, SystemStats, UserStats } from "./queries";
import { within } from "./range";

const DayChart = dynamic(() => import("@/components/charts/day-chart"), { ssr: false, loading: () => <Skeleton blocks={["h-64 w-full"]} /> });

const whole = (value: number) => value.toLocaleString("en-US");

type DailyProps<Row> = {
  id: string;
  title: string;
  lead: (per: string) => string;
  rows: Row[];
  days: Days | null;
  series: DaySeries[];
  stacked?: boolean;
  columns: string[];
  axis?: (value: number) => string;
  bar: (rows: Row[]) => { values: Record<string, number>; said: string[]; cells: ReactNode[] };
  /** Where the rows of one line of the table are; in the order of the cells, null for one that is no count of rows. */
  links: (portion: Days) => (string | null)[];
};

/** A series by days, or by weeks where there are many: as a chart, and as a table whose numbers lead to their rows. */
function Daily<Row extends { date: string }>({ id, title, lead, rows, days, series, stacked, columns, axis = whole, bar, links }: DailyProps<Row>) {
  const today = new Date().toISOString().slice(0, 10);
  const span = days ?? { from: rows[0]?.date ?? today, to: today };
  const size = barDays(span);
  const portions = inPortions(rows, span, size).map((portion: Portion<Row>) => ({ from: portion.from, to: portion.to, ...bar(portion.rows), empty: portion.rows.length === 0 }));
  const lines = portions
    .filter(({ empty }) => !empty)
    .map(({ from, to, cells }) => {
      const places = links({ from, to });
      return {
        from,
        to,
        cells: cells.map((cell, index) => {
          const place = places[index];
          return place ? (
            <Link key={index} to={place} className="inline-block py-0.5 hover:underline">
              {cell}
            </Link>
          ) : (
            cell
          );
        }),
      };
    });
  return (
    <ChartPanel
      id={id}
      title={title}
      lead={lead(text.per[size])}
      empty={rows.length === 0 ? text.nothing : undefined}
      chart={<DayChart title={title} bars={portions} series={series} stacked={stacked} axis={axis} />}
      table={<DayTable label={text.tableOf(title)} columns={[size === 1 ? text.day : text.days, ...columns]} rows={lines} />}
    />
  );
}

const sum = <Row,>(rows: Row[], of: (row: Row) => number) => rows.reduce((total, row) => total + of(row), 0);

export function RevenueDays({ stats, currency, days }: { stats: SystemStats; currency: string; days: Days | null }) {
  const locale = useLocale();
  return (
    <Daily
      id="revenue"
      title={text.revenueTitle(currency)}
      lead={text.revenueLead}
      rows={stats.series.filter((day) => day.currency === currency)}
      days={days}
      series={[{ key: "net", label: text.netOf, color: "var(--accent)" }]}
      columns={text.revenueColumns}
      axis={(value) => formatMoney(String(value), currency, locale, { compact: true })}
      bar={(rows) => {
        const total = (name: "gross" | "refunded" | "net") => fromCents(rows.reduce((cents, row) => cents + toCents(row[name]), 0n));
        return {
          values: { net: Number(total("net")) },
          said: [formatMoney(total("net"), currency, locale), text.madeOf(sum(rows, (row) => row.bookings))],
          cells: [
            <Money key="gross" amount={total("gross")} currency={currency} />,
            <Money key="refunded" amount={total("refunded")} currency={currency} />,
            <span key="net" className="font-medium">
              <Money amount={total("net")} currency={currency} />
            </span>,
          ],
        };
      }}
      links={(portion) => [listHref("bookings", { ...within(portion, "created"), currency }), listHref("bookings", { ...within(portion, "cancelled"), currency }), null]}
    />
  );
}

export function BookingDays({ stats, days }: { stats: SystemStats; days: Days | null }) {
  return (
    <Daily
      id="bookings"
      title={text.bookings}
      lead={text.bookingsLead}
      rows={stats.series}
      days={days}
      series={[
        { key: "made", label: text.made, color: "var(--accent)" },
        { key: "cancelled", label: text.cancelled, color: "var(--danger)" },
      ]}
      columns={[text.made, text.cancelled]}
      bar={(rows) => {
        const made = sum(rows, (row) => row.bookings);
        const cancelled = sum(rows, (row) => row.cancelled);
        return { values: { made, cancelled }, said: [text.madeOf(made), text.cancelledOf(cancelled)], cells: [whole(made), whole(cancelled)] };
      }}
      links={(portion) => [listHref("bookings", within(portion, "created")), listHref("bookings", within(portion, "cancelled"))]}
    />
  );
}

const ROLES = ["user", "creator", "admin"] as const;
const ROLE_COLORS = { user: "var(--accent)", creator: "var(--warn)", admin: "var(--line-strong)" };

export function RegistrationDays({ stats, days }: { stats: UserStats; days: Days | null }) {
  return (
    <Daily
      id="registrations"
      title={text.registrations}
      lead={text.registrationsLead}
      rows={stats.series}
      days={days}
      series={ROLES.map((role) => ({ key: role, label: text.roles[role], color: ROLE_COLORS[role] }))}
      stacked
      columns={ROLES.map((role) => text.roles[role])}
      bar={(rows) => {
        const of = (role: (typeof ROLES)[number]) => sum(rows, (row) => row[role]);
        return {
          values: Object.fromEntries(ROLES.map((role) => [role, of(role)])),
          said: ROLES.map((role) => text.roleOf[role](of(role))),
          cells: ROLES.map((role) => whole(of(role))),
        };
      }}
      links={(portion) => ROLES.map((role) => listHref("users", { ...within(portion, "created"), role }))}
    />
  );
}

export function SessionDays({ stats, days }: { stats: SessionStats; days: Days | null }) {
  return (
    <Daily
      id="sessions"
      title={text.created}
      lead={text.createdLead}
      rows={stats.series.filter((day) => day.created > 0)}
      days={days}
      series={[{ key: "created", label: text.created, color: "var(--accent)" }]}
      columns={[text.created]}
      bar={(rows) => {
        const created = sum(rows, (row) => row.created);
        return { values: { created }, said: [text.createdOf(created)], cells: [whole(created)] };
      }}
      links={(portion) => [listHref("sessions", { ...within(portion, "created"), status: "all" })]}
    />
  );
}
