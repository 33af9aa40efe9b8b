"use client";

import type { ReactNode } from "react";
import { Link } from "react-router";
import { Money } from "@/components/Money";
import { Cell, Table } from "@/components/ui/table";
import type { Days } from "@/lib/days";
import { displayName } from "@/lib/names";
import { statistics as text } from "@/messages/admin-statistics";
import { listHref } from "../kit/links";
import type { SessionStats, SystemStats } from "./queries";
import { within } from "./range";

type Top = { id: string; name: string; made: number; cancelled: number; net: string };
type TopsProps = { stats: SystemStats; currency: string; days: Days | null };

export function TopCreators({ stats, currency, days }: TopsProps) {
  const tops = stats.top_creators.filter((top) => top.currency === currency).map((top) => ({ ...top, name: displayName(top) }));
  return <Tops id="top-creators" title={text.topCreators} what={text.creator} by="creator" tops={tops} currency={currency} days={days} />;
}

export function TopSessions({ stats, currency, days }: TopsProps) {
  const tops = stats.top_sessions.filter((top) => top.currency === currency).map((top) => ({ ...top, name: top.title }));
  return <Tops id="top-sessions" title={text.topSessions} what={text.session} by="session" tops={tops} currency={currency} days={days} />;
}

type ListProps = { id: string; title: string; what: string; by: "creator" | "session"; tops: Top[]; currency: string; days: Days | null };

function Tops({ id, title, what, by, tops, currency, days }: ListProps) {
  return (
    <Panel id={id} title={title} lead={text.topLead(currency)} empty={tops.length === 0}>
      <Table label={title} columns={[what, text.made, text.cancelled, text.netColumn]} right={[1, 2, 3]}>
        {tops.map((top) => {
          const made = listHref("bookings", { ...within(days, "created"), currency, [by]: top.id });
          return (
            <tr key={top.id}>
              <Cell whole>
                <Link to={made} className="inline-block py-0.5 font-medium hover:underline">
                  {top.name}
                </Link>
              </Cell>
              <Cell label={text.made} right>
                <Link to={made} className="inline-block py-0.5 hover:underline">
                  {top.made.toLocaleString("en-US")}
                </Link>
              </Cell>
              <Cell label={text.cancelled} right>
                <Link to={listHref("bookings", { ...within(days, "cancelled"), currency, [by]: top.id })} className="inline-block py-0.5 hover:underline">
                  {top.cancelled.toLocaleString("en-US")}
                </Link>
              </Cell>
              <Cell label={text.netColumn} right>
                <Money amount={top.net} currency={currency} />
              </Cell>
            </tr>
          );
        })}
      </Table>
    </Panel>
  );
}

export function Categories({ stats }: { stats: SessionStats }) {
  return (
    <Panel id="categories" title={text.categories} lead={text.categoriesLead} empty={stats.categories.length === 0}>
      <Table label={text.categories} columns={[text.category, text.sessions]} right={[1]}>
        {stats.categories.map(({ slug, name, sessions }) => (
          <tr key={slug}>
            <Cell label={text.category}>
              {slug ? (
                <Link to={listHref("sessions", { category: slug })} className="inline-block py-0.5 font-medium hover:underline">
                  {name}
                </Link>
              ) : (
                text.noCategory
              )}
            </Cell>
            <Cell label={text.sessions} right>
              {sessions.toLocaleString("en-US")}
            </Cell>
          </tr>
        ))}
      </Table>
    </Panel>
  );
}

type PanelProps = { id: string; title: string; lead: string; empty: boolean; children: ReactNode };

function Panel({ id, title, lead, empty, children }: PanelProps) {
  return (
    <section aria-labelledby={id} className="min-w-0">
      <h2 id={id} className="text-base">
        {title}
      </h2>
      <p className="mb-2 text-sm text-muted">{lead}</p>
      {empty ? <p className="panel p-5 text-sm text-muted">{text.nothing}</p> : children}
    </section>
  );
}
