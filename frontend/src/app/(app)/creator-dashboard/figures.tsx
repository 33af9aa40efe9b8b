"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import dynamic from "next/dynamic";
import { ChartPanel } from "@/components/charts/chart-panel";
import { DayTable } from "@/components/charts/day-table";
import { Money } from "@/components/Money";
import { Failure } from "@/components/ui/failure";
import { Figure } from "@/components/ui/figure";
import { Skeleton } from "@/components/ui/skeleton";
import { api } from "@/lib/api/client";
import { unwrap } from "@/lib/api/errors";
import type { CreatorStats } from "@/lib/api/types";
import { periods } from "@/lib/dates";
import { inPortions } from "@/lib/days";
import { change, formatMoney, toCents } from "@/lib/money";
import { keys } from "@/lib/query-keys";
import { useLocale } from "@/lib/use-locale";
import { studio as text } from "@/messages";
import { figures } from "@/messages/figures";

const DayChart = dynamic(() => import("@/components/charts/day-chart"), { ssr: false, loading: () => <Skeleton blocks={["h-64 w-full"]} /> });

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
    return percent === null ? figures.noBefore : figures.before(percent);
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

function Revenues({ stats, currency, from }: { stats: CreatorStats; currency: string; from?: string }) {
  const locale = useLocale();
  const days = stats.series.filter((day) => day.currency === currency);
  const bars = inPortions(days, { from: from ?? days[0]?.date ?? "", to: new Date().toISOString().slice(0, 10) }).map(({ rows: [day], ...span }) => ({
    ...span,
    values: { net: Number(day?.net ?? 0) },
    said: [formatMoney(day?.net ?? "0.00", currency, locale), text.bookingsOf(day?.bookings ?? 0)],
  }));
  const rows = days.map((day) => ({
    from: day.date,
    to: day.date,
    cells: [
      day.bookings,
      <Money key="gross" amount={day.gross} currency={currency} />,
      <Money key="refunded" amount={day.refunded} currency={currency} />,
      <span key="net" className="font-medium">
        <Money amount={day.net} currency={currency} />
      </span>,
    ],
  }));
  const { day, bookings, gross, refunded, net } = text.table;
  return (
    <div className="mt-3">
      <ChartPanel
        id="revenue"
        title={text.chart}
        lead={text.chartText}
        empty={days.length === 0 ? text.noRevenue : undefined}
        chart={
          <DayChart
            title={text.chart}
            bars={bars}
            series={[{ key: "net", label: net, color: "var(--accent)" }]}
            axis={(value) => formatMoney(String(value), currency, locale, { compact: true })}
          />
        }
        table={<DayTable label={text.tableLabel} columns={[day, bookings, gross, refunded, net]} rows={rows} />}
      />
    </div>
  );
}
