"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import dynamic from "next/dynamic";
import { useState, type ReactNode } from "react";
import { Money } from "@/components/Money";
import { Button } from "@/components/ui/button";
import { Failure } from "@/components/ui/failure";
import { Skeleton } from "@/components/ui/skeleton";
import { api } from "@/lib/api/client";
import { unwrap } from "@/lib/api/errors";
import type { CreatorStats } from "@/lib/api/types";
import { periods } from "@/lib/dates";
import { change, toCents } from "@/lib/money";
import { keys } from "@/lib/query-keys";
import { studio as text } from "@/messages";
import { RevenueTable } from "./revenue-table";

const RevenueChart = dynamic(() => import("./revenue-chart"), { ssr: false, loading: () => <Skeleton blocks={["h-64 w-full"]} /> });

function useStats(range: { from?: string; to?: string } | null, poll: number | false) {
  return useQuery({
    queryKey: keys.stats(range?.from, range?.to),
    queryFn: () => unwrap(api.GET("/api/bookings/creator_stats/", { params: { query: range ?? {} } })),
    enabled: range !== null,
    refetchInterval: poll,
    placeholderData: keepPreviousData,
  });
}

type Revenue = CreatorStats["revenue"][number];
const revenueIn = (stats: CreatorStats | undefined, currency: string): Revenue => stats?.revenue.find((each) => each.currency === currency) ?? { currency, gross: "0.00", refunded: "0.00", net: "0.00" };
/** The currency that brought most comes first; which is all there is, for nearly everybody. */
const byNet = (a: Revenue, b: Revenue) => (toCents(b.net) > toCents(a.net) ? 1 : -1);

export function Figures({ period, poll }: { period: string; poll: number | false }) {
  const days = Number(period);
  const range = Number.isNaN(days) ? null : periods(days, new Date());
  const query = useStats(range ? { from: range.from, to: range.to } : {}, poll);
  const before = useStats(range?.before ?? null, false);
  if (query.isPending) return <Skeleton className="mt-4 grid grid-cols-2 gap-3 lg:grid-cols-4" blocks={[...Array<string>(4).fill("h-37 sm:h-31"), "col-span-full h-87"]} />;
  if (!query.data) {
    return (
      <div className="mt-6">
        <Failure error={query.error} onRetry={() => query.refetch()} />
      </div>
    );
  }
  const stats = query.data;
  const [main = revenueIn(stats, "USD"), ...others] = [...stats.revenue].sort(byNet);
  const earlier = range && !before.isPlaceholderData ? before.data : null;
  // While those of another period are on their way the last ones stay, paled: nothing says they were of this one.
  const stale = query.isPlaceholderData;
  const compared = (now: number, then: (stats: CreatorStats) => number) => {
    if (stale) return "\u00a0";
    if (!range) return text.allTime;
    if (!earlier) return "\u00a0";
    const percent = change(now, then(earlier));
    return percent === null ? text.noBefore : text.before(percent);
  };
  return (
    <div aria-busy={stale} className={stale ? "opacity-60" : ""}>
      <dl className="mt-4 grid grid-cols-2 gap-3 lg:grid-cols-4">
        <Figure label={text.revenue} note={compared(Number(toCents(main.net)), (then) => Number(toCents(revenueIn(then, main.currency).net)))}>
          <Money amount={main.net} currency={main.currency} />
          {others.map((each) => (
            <span key={each.currency} className="ml-3 text-base font-medium text-muted">
              <Money amount={each.net} currency={each.currency} />
            </span>
          ))}
        </Figure>
        <Figure label={text.bookings} note={compared(stats.bookings.confirmed, (then) => then.bookings.confirmed)} aside={stats.bookings.cancelled > 0 ? text.cancelledCount(stats.bookings.cancelled) : ""}>
          {stats.bookings.confirmed.toLocaleString("en-US")}
        </Figure>
        <Figure label={text.seats} note={compared(stats.seats.booked, (then) => then.seats.booked)} aside={text.seatsOf(stats.seats.booked, stats.seats.capacity)}>
          {stats.seats.capacity > 0 ? `${Math.round((stats.seats.booked / stats.seats.capacity) * 100)}%` : "–"}
        </Figure>
        <Figure label={text.upcoming} note={text.upcomingText}>
          {stats.bookings.upcoming.toLocaleString("en-US")}
        </Figure>
      </dl>
      <Revenues stats={stats} currency={main.currency} from={range?.from} />
    </div>
  );
}

function Figure({ label, note, aside = "", children }: { label: string; note: string; aside?: string; children: ReactNode }) {
  return (
    <div className="panel p-3.5 sm:p-4.5">
      <dt className="text-sm text-muted">{label}</dt>
      <dd className="figures mt-1.5 flex flex-wrap items-baseline text-xl font-semibold tracking-tight sm:text-2xl">
        {children}
        {aside && <span className="ml-2.5 text-sm font-normal tracking-normal text-muted">{aside}</span>}
      </dd>
      <dd className="figures mt-1 text-sm text-muted">{note}</dd>
    </div>
  );
}

function Revenues({ stats, currency, from }: { stats: CreatorStats; currency: string; from?: string }) {
  const [table, setTable] = useState(false);
  const days = stats.series.filter((day) => day.currency === currency);
  return (
    <section aria-labelledby="revenue" className="panel mt-3 p-3.5 sm:p-5">
      <div className="mb-4 flex flex-wrap items-start justify-between gap-3">
        <div>
          <h2 id="revenue" className="text-base">
            {text.chart}
          </h2>
          <p className="text-sm text-muted">{text.chartText}</p>
        </div>
        {days.length > 0 && (
          <Button variant="secondary" size="sm" aria-pressed={table} onClick={() => setTable(!table)}>
            {table ? text.showChart : text.showTable}
          </Button>
        )}
      </div>
      {days.length === 0 ? <p className="grid h-64 place-content-center text-sm text-muted">{text.noRevenue}</p> : table ? <RevenueTable days={days} /> : <RevenueChart days={days} currency={currency} from={from} />}
    </section>
  );
}
