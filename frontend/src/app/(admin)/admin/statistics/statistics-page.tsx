"use client";

import type { ReactNode } from "react";
import { Link, useSearchParams } from "react-router";
import { SEGMENT, SEGMENTS } from "@/components/ui/segments";
import { Skeleton } from "@/components/ui/skeleton";
import { formatDays } from "@/lib/dates";
import { toCents } from "@/lib/money";
import { useLocale } from "@/lib/use-locale";
import { statistics as text } from "@/messages/admin-statistics";
import { Page, Section } from "../kit/page-frame";
import { Problem, refusalOf } from "../kit/problem";
import { BookingDays, RegistrationDays, RevenueDays, SessionDays } from "./charts";
import { useAllStats, type Stats, type SystemStats } from "./queries";
import { rangeOf } from "./range";
import { RangePicker } from "./range-picker";
import { NowTiles, PeriodTiles } from "./tiles";
import { Categories, TopCreators, TopSessions } from "./tops";

export default function StatisticsPage() {
  const [search] = useSearchParams();
  const locale = useLocale();
  const range = rangeOf(search, new Date());
  const stats = useAllStats(range);
  const { users, sessions, bookings } = stats;
  const currencies = currenciesOf(bookings.data);
  const wanted = search.get("currency");
  const currency = currencies.find((each) => each === wanted) ?? currencies[0] ?? "USD";
  return (
    <Page title={text.title} lead={text.lead} refusal={refusalOf(Object.values(stats))}>
      {(["users", "sessions", "bookings"] as const).map((name) =>
        stats[name].error ? (
          <div key={name} className="mb-4">
            <p className="mb-1.5 text-sm font-medium">{text.failed[name]}</p>
            <Problem compact error={stats[name].error} onRetry={stats[name].retry} />
          </div>
        ) : null,
      )}
      <Section id="now" title={text.now}>
        <NowTiles {...stats} />
      </Section>
      <Section id="period" title={range.days ? formatDays(range.days, locale) : text.always} actions={<RangePicker range={range} />}>
        {currencies.length > 1 && <CurrencyTabs currencies={currencies} current={currency} />}
        <PeriodTiles stats={stats} range={range} currency={currency} />
      </Section>
      <div className="mt-3 grid gap-3 lg:grid-cols-2">
        <div className="lg:col-span-2">
          <Loaded of={bookings}>{(data) => <RevenueDays stats={data} currency={currency} days={range.days} />}</Loaded>
        </div>
        <Loaded of={bookings}>{(data) => <BookingDays stats={data} days={range.days} />}</Loaded>
        <Loaded of={users}>{(data) => <RegistrationDays stats={data} days={range.days} />}</Loaded>
      </div>
      <div className="mt-10 grid gap-x-10 gap-y-10 lg:grid-cols-2">
        <Loaded of={bookings}>{(data) => <TopCreators stats={data} currency={currency} days={range.days} />}</Loaded>
        <Loaded of={bookings}>{(data) => <TopSessions stats={data} currency={currency} days={range.days} />}</Loaded>
        <Loaded of={sessions}>{(data) => <SessionDays stats={data} days={range.days} />}</Loaded>
        <Loaded of={sessions}>{(data) => <Categories stats={data} />}</Loaded>
      </div>
    </Page>
  );
}

/** The one that brought most comes first. */
function currenciesOf(stats: SystemStats | undefined): string[] {
  const byNet = [...(stats?.revenue ?? [])].sort((a, b) => (toCents(b.net) > toCents(a.net) ? 1 : -1));
  return byNet.map(({ currency }) => currency);
}

function CurrencyTabs({ currencies, current }: { currencies: string[]; current: string }) {
  const [search] = useSearchParams();
  const other = (currency: string) => {
    const next = new URLSearchParams(search);
    next.set("currency", currency);
    return next.toString();
  };
  return (
    <nav aria-label={text.currency} className={`${SEGMENTS} mb-3 w-fit flex-wrap`}>
      {currencies.map((currency) => (
        <Link key={currency} to={{ search: other(currency) }} aria-current={currency === current ? "page" : undefined} className={SEGMENT}>
          {currency}
        </Link>
      ))}
    </nav>
  );
}

/** What failed is said once, at the top of the page. */
function Loaded<Data>({ of, children }: { of: Stats<Data>; children: (data: Data) => ReactNode }) {
  if (of.data) return <div className={`min-w-0 ${of.stale ? "opacity-60" : ""}`}>{children(of.data)}</div>;
  return of.error ? null : <Skeleton blocks={["h-87 w-full"]} />;
}
