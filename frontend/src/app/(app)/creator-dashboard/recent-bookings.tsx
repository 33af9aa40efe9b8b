"use client";

import { Avatar } from "@/components/Avatar";
import { Money } from "@/components/Money";
import { Empty } from "@/components/ui/empty";
import { Failure } from "@/components/ui/failure";
import { More } from "@/components/ui/more";
import { Skeleton } from "@/components/ui/skeleton";
import { Status } from "@/components/ui/status";
import { Cell, Table } from "@/components/ui/table";
import { formatDate, formatDateTime, viewerZone } from "@/lib/dates";
import { displayName } from "@/lib/names";
import { useLocale } from "@/lib/use-locale";
import { dashboard as words, studio as text } from "@/messages";
import { Checklist } from "./checklist";
import { useRecentBookings } from "./queries";

export function RecentBookings({ poll, onCreate }: { poll: number | false; onCreate: () => void }) {
  const locale = useLocale();
  const zone = viewerZone();
  const query = useRecentBookings(poll);
  const bookings = query.data?.pages.flat() ?? [];
  return (
    <section aria-labelledby="recent-bookings" className="mt-12">
      <h2 id="recent-bookings" className="mb-3 text-xl">
        {text.recentBookings}
      </h2>
      {query.isPending ? (
        <Skeleton className="space-y-2" blocks={["h-16 w-full", "h-16 w-full", "h-16 w-full"]} />
      ) : !query.data ? (
        <Failure error={query.error} onRetry={() => query.refetch()} />
      ) : bookings.length === 0 ? (
        <div className="panel">
          <Empty drawing="calendar" title={text.emptyBookings.title} text={text.emptyBookings.text} level={3}>
            <Checklist onCreate={onCreate} />
          </Empty>
        </div>
      ) : (
        <Table label={text.recentBookings} columns={[text.columns.who, text.columns.session, text.columns.status, text.columns.when, text.columns.made, text.columns.amount]} right={[3, 4, 5]}>
          {bookings.map((booking) => (
            <tr key={booking.id}>
              <Cell whole>
                <span className="flex items-center gap-3">
                  <Avatar person={booking.user_details} size={34} />
                  <span className="min-w-0">
                    <span className="block font-medium">{displayName(booking.user_details)}</span>
                    <span className="block text-xs break-all text-muted">{booking.user_details.email}</span>
                  </span>
                </span>
              </Cell>
              <Cell label={text.columns.session} whole>
                {booking.session_details.title}
              </Cell>
              <Cell label={text.columns.status}>
                <Status tone={booking.status === "confirmed" ? "good" : "bad"}>{words.status[booking.status]}</Status>
              </Cell>
              <Cell label={text.columns.when} right>
                <time dateTime={booking.booking_date}>{formatDateTime(booking.booking_date, zone, locale)}</time>
              </Cell>
              <Cell label={text.columns.made} right>
                {formatDate(booking.created_at, zone, locale)}
              </Cell>
              <Cell label={text.columns.amount} right>
                <span className="font-medium">
                  <Money amount={booking.amount} currency={booking.currency} />
                </span>
              </Cell>
            </tr>
          ))}
        </Table>
      )}
      <More query={query} label={text.moreBookings} />
    </section>
  );
}
