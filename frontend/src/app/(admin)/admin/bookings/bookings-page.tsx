"use client";

import { Money } from "@/components/Money";
import { Status } from "@/components/ui/status";
import { api } from "@/lib/api/client";
import { unwrap } from "@/lib/api/errors";
import type { components, paths } from "@/lib/api/schema";
import { formatStamp, viewerZone } from "@/lib/dates";
import { CURRENCIES } from "@/lib/money";
import { displayName } from "@/lib/names";
import { useLocale } from "@/lib/use-locale";
import { bookings as text } from "@/messages/admin-bookings";
import type { BulkAction, BulkRequest } from "../kit/bulk";
import type { FilterField } from "../kit/filters";
import { creators, people, sessions } from "../kit/finders";
import { listHref, rowHref } from "../kit/links";
import { ListPage } from "../kit/list-page";
import { FilterLink, PersonName, RowLink, SessionTitle } from "../kit/names";
import type { Column } from "../kit/rows";

export type Booking = components["schemas"]["BookingWithUser"];
type ExportQuery = paths["/api/bookings/export.csv"]["get"]["parameters"]["query"];

const FILTERS: FilterField[] = [
  { kind: "relation", name: "user", label: text.person, finder: people, show: (id) => <PersonName id={id} /> },
  { kind: "relation", name: "creator", label: text.creator, finder: creators, show: (id) => <PersonName id={id} /> },
  { kind: "relation", name: "session", label: text.session, finder: sessions, show: (id) => <SessionTitle id={id} /> },
  { kind: "choice", name: "status", label: text.status, choices: text.statuses },
  { kind: "choice", name: "when", label: text.when, choices: text.whens },
  { kind: "day", name: "date_from", label: text.startsFrom },
  { kind: "day", name: "date_to", label: text.startsTo },
  { kind: "day", name: "created_from", label: text.bookedFrom },
  { kind: "day", name: "created_to", label: text.bookedTo },
  { kind: "day", name: "cancelled_from", label: text.cancelledFrom },
  { kind: "day", name: "cancelled_to", label: text.cancelledTo },
  { kind: "number", name: "min_amount", label: text.amountFrom },
  { kind: "number", name: "max_amount", label: text.amountTo },
  { kind: "choice", name: "currency", label: text.currency, choices: Object.fromEntries(CURRENCIES.map((each) => [each, each])) },
];

const cancel = (request: BulkRequest, key: string) =>
  unwrap(api.POST("/api/admin/bookings/bulk/", { params: { header: { "Idempotency-Key": key } }, body: { action: "cancel", ...request } }));

const BULK: BulkAction[] = [{ name: text.cancel, danger: true, final: true, reasonHint: text.reasonHint, note: () => text.cancelsMany, run: cancel }];

const exportCsv = (query: ExportQuery) => unwrap(api.GET("/api/bookings/export.csv", { params: { query }, parseAs: "blob" })) as Promise<Blob>;

export function BookingState({ status }: Pick<Booking, "status">) {
  return <Status tone={status === "confirmed" ? "good" : "calm"}>{text.statuses[status]}</Status>;
}

export function BookingsPage() {
  const locale = useLocale();
  const columns: Column<Booking>[] = [
    {
      label: text.starts,
      sort: "booking_date",
      whole: true,
      cell: (booking) => (
        <RowLink to={rowHref("bookings", booking.id)} className="whitespace-nowrap">
          {formatStamp(booking.booking_date, viewerZone(), locale)}
        </RowLink>
      ),
    },
    {
      label: text.session,
      cell: (booking) => (
        <FilterLink to={listHref("bookings", { session: booking.session })}>
          {booking.session_details.title}
        </FilterLink>
      ),
    },
    {
      label: text.person,
      cell: (booking) => (
        <FilterLink to={listHref("bookings", { user: booking.user })}>
          {displayName(booking.user_details)}
        </FilterLink>
      ),
    },
    {
      label: text.creator,
      cell: ({ session_details: { creator_details: creator } }) => (
        <FilterLink to={listHref("bookings", { creator: creator.id })}>
          {displayName(creator)}
        </FilterLink>
      ),
    },
    { label: text.status, cell: (booking) => <BookingState status={booking.status} /> },
    { label: text.amount, sort: "amount", right: true, cell: (booking) => <Money amount={booking.amount} currency={booking.currency} /> },
    { label: text.booked, sort: "created_at", right: true, cell: (booking) => <span className="whitespace-nowrap">{formatStamp(booking.created_at, viewerZone(), locale)}</span> },
  ];
  return (
    <ListPage<Booking>
      resource="bookings"
      title={text.title}
      columns={columns}
      nameOf={(booking) => text.of(displayName(booking.user_details), booking.session_details.title)}
      search={text.search}
      filters={FILTERS}
      bulk={BULK}
      isSelectable={(booking) => booking.status === "confirmed"}
      exportCsv={exportCsv}
    />
  );
}
