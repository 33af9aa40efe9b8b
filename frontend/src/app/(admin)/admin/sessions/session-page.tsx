"use client";

import { useQuery } from "@tanstack/react-query";
import { Money } from "@/components/Money";
import { api } from "@/lib/api/client";
import { unwrap } from "@/lib/api/errors";
import { formatDuration, formatStamp, viewerZone, zoneName } from "@/lib/dates";
import { displayName } from "@/lib/names";
import { keys } from "@/lib/query-keys";
import { useLocale } from "@/lib/use-locale";
import { audit } from "@/messages/admin";
import { sessionPage as text, sessions } from "@/messages/admin-sessions";
import { bookerColumns } from "../bookings/booker-columns";
import type { Booking } from "../bookings/bookings-page";
import { AuditTrail } from "../kit/audit-trail";
import { listHref, rowHref } from "../kit/links";
import { LinkAndList } from "../kit/names";
import { Newest } from "../kit/newest";
import { FOLLOW_MS, One } from "../kit/one";
import { Facts, Page, Section } from "../kit/page-frame";
import { useRow } from "../reading";
import type { User } from "../users/users-page";
import { SessionActions } from "./session-actions";
import { SessionState, type AdminSession } from "./sessions-page";

const SETTLED_MS = 15_000;

/** Its deletion cancels what is to come a moment later. */
const isSettling = ({ deleted_at }: AdminSession) => deleted_at !== null && Date.now() - new Date(deleted_at).getTime() < SETTLED_MS;

export const SessionPage = () => (
  <One<AdminSession> resource="sessions" settling={isSettling}>
    {(session) => <Content session={session} />}
  </One>
);

function Content({ session }: { session: AdminSession }) {
  const locale = useLocale();
  return (
    <Page
      title={session.title}
      lead={<SessionState session={session} />}
      back={{ to: listHref("sessions"), label: sessions.title }}
      actions={session.deleted_at === null && <SessionActions session={session} />}
    >
      <SessionFacts session={session} />
      <Section id="description" title={text.description}>
        <p className="measure whitespace-pre-line">{session.description || <span className="text-muted">{text.noDescription}</span>}</p>
      </Section>
      <Newest<Booking>
        id="bookings"
        title={text.bookings}
        resource="bookings"
        filter={{ session: session.id }}
        columns={bookerColumns(locale)}
        empty={text.noBookings}
        refetchInterval={isSettling(session) && FOLLOW_MS}
      />
      <Section id="audit" title={audit.title}>
        <AuditTrail id={session.id} load={(query) => api.GET("/api/admin/sessions/{session_id}/audit/", { params: { path: { session_id: session.id }, query } })} />
      </Section>
    </Page>
  );
}

function SessionFacts({ session }: { session: AdminSession }) {
  const locale = useLocale();
  const stamp = (instant: string) => formatStamp(instant, viewerZone(), locale);
  const categories = useQuery({ queryKey: keys.categories, queryFn: () => unwrap(api.GET("/api/sessions/categories/")), staleTime: 60_000 });
  const creator = session.creator_details;
  return (
    <Facts
      facts={[
        [sessions.creator, <LinkAndList key="creator" to={rowHref("users", creator.id)} name={displayName(creator)} list={listHref("sessions", { creator: creator.id })} listName={text.theirSessions} />],
        [text.public, <PublicOrWhyNot key="public" session={session} />],
        [sessions.price, <Money key="price" amount={session.price} currency={session.currency} free />],
        [sessions.length, formatDuration(session.duration)],
        [text.seats, text.seatsPerStart(session.max_participants)],
        [sessions.booked, text.confirmed(session.bookings_count)],
        [sessions.category, categories.data?.find(({ slug }) => slug === session.category)?.name ?? session.category],
        [text.zone, zoneName(session.timezone)],
        [text.place, session.location],
        [text.schedule, session.schedule ? text.scheduled : text.openAlways],
        [sessions.created, stamp(session.created_at)],
        [text.updated, stamp(session.updated_at)],
        ...(session.deleted_at ? [[sessions.deleted, stamp(session.deleted_at)] as [string, string]] : []),
      ]}
    />
  );
}

function PublicOrWhyNot({ session }: { session: AdminSession }) {
  if (session.is_public) return <>{text.yes}</>;
  if (session.deleted_at) return <>{text.notPublic.deleted}</>;
  if (session.status !== "active") return <>{text.notPublic[session.status]}</>;
  return <WhyTheirsIsnt id={session.creator_details.id} />;
}

/** The session is active, so that it is for its creator. */
function WhyTheirsIsnt({ id }: { id: string }) {
  const { data: creator } = useRow<User>("users", id);
  if (creator && !creator.is_active) return <>{text.notPublic.deactivated}</>;
  if (creator?.role === "user") return <>{text.notPublic.noCreator}</>;
  return <>{text.notPublic.theirs}</>;
}
