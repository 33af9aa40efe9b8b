"use client";

import { Money } from "@/components/Money";
import { formatMoney, toCents } from "@/lib/money";
import { useLocale } from "@/lib/use-locale";
import { statistics as text } from "@/messages/admin-statistics";
import { listHref } from "../kit/links";
import type { AllStats, SystemStats } from "./queries";
import { within, type Range } from "./range";
import { Tile } from "./tile";

const GRID = "grid grid-cols-2 gap-3 lg:grid-cols-4";
const whole = (count: number) => count.toLocaleString("en-US");

/** What doesn't depend on the period. */
export function NowTiles({ users, sessions }: AllStats) {
  return (
    <dl className={GRID}>
      <Tile label={text.accounts} of={users} to={listHref("users")} show={({ total }) => whole(total)} note={({ active, inactive }) => `${text.activeOf(active)}, ${text.deactivated(inactive)}`} />
      <Tile label={text.users} of={users} to={listHref("users", { role: "user", is_active: "true" })} show={({ by_role }) => whole(by_role.user)} note={() => text.activeAccounts} />
      <Tile
        label={text.creators}
        of={users}
        to={listHref("users", { role: "creator", is_active: "true" })}
        show={({ by_role }) => whole(by_role.creator)}
        note={() => text.activeAccounts}
      />
      <Tile
        label={text.sessions}
        of={sessions}
        to={listHref("sessions")}
        show={(stats) => whole(stats.sessions.total)}
        note={(stats) => text.sessionStates(stats.sessions.active, stats.sessions.inactive, stats.sessions.completed)}
      />
    </dl>
  );
}

const revenueIn = (stats: SystemStats, currency: string) => stats.revenue.find((each) => each.currency === currency) ?? { gross: "0.00", refunded: "0.00", net: "0.00" };
const cents = (amount: string) => Number(toCents(amount));

export function PeriodTiles({ stats: { users, sessions, bookings }, range: { days }, currency }: { stats: AllStats; range: Range; currency: string }) {
  const locale = useLocale();
  const created = within(days, "created");
  const cancelled = within(days, "cancelled");
  return (
    <dl className={GRID}>
      <Tile
        label={text.net(currency)}
        of={bookings}
        to={listHref("bookings", { ...created, currency })}
        show={(stats) => <Money amount={revenueIn(stats, currency).net} currency={currency} />}
        compare={(stats) => cents(revenueIn(stats, currency).net)}
      />
      <Tile
        label={text.refunded(currency)}
        of={bookings}
        to={listHref("bookings", { ...cancelled, currency })}
        show={(stats) => <Money amount={revenueIn(stats, currency).refunded} currency={currency} />}
        note={(stats) => text.ofGross(formatMoney(revenueIn(stats, currency).gross, currency, locale))}
      />
      <Tile label={text.bookings} of={bookings} to={listHref("bookings", created)} show={(stats) => whole(stats.bookings.total)} compare={(stats) => stats.bookings.total} />
      <Tile label={text.cancelled} of={bookings} to={listHref("bookings", cancelled)} show={(stats) => whole(stats.bookings.cancelled)} compare={(stats) => stats.bookings.cancelled} />
      <Tile
        label={text.rate}
        of={bookings}
        to={listHref("bookings", { ...created, status: "cancelled" })}
        show={({ bookings: { cancellation_rate: rate } }) => (rate === null ? text.noRate : rate.toLocaleString("en-US", { style: "percent", maximumFractionDigits: 1 }))}
        note={(stats) => text.rateNote(stats.bookings.total - stats.bookings.confirmed)}
      />
      <Tile
        label={text.upcoming}
        of={bookings}
        to={listHref("bookings", { ...created, status: "confirmed", when: "upcoming" })}
        show={(stats) => whole(stats.bookings.upcoming)}
        note={() => text.upcomingNote}
      />
      <Tile
        label={text.registrations}
        of={users}
        to={listHref("users", created)}
        show={({ registered: { user, creator, admin } }) => whole(user + creator + admin)}
        compare={({ registered: { user, creator, admin } }) => user + creator + admin}
      />
      <Tile label={text.created} of={sessions} to={listHref("sessions", { ...created, status: "all" })} show={(stats) => whole(stats.created)} compare={(stats) => stats.created} />
    </dl>
  );
}
