"use client";

import { useQueryClient } from "@tanstack/react-query";
import dynamic from "next/dynamic";
import { useState } from "react";
import { useNavigate } from "react-router";
import { Money } from "@/components/Money";
import { Button } from "@/components/ui/button";
import { Status } from "@/components/ui/status";
import { api } from "@/lib/api/client";
import { unwrap } from "@/lib/api/errors";
import type { components, paths } from "@/lib/api/schema";
import { formatDate, formatDuration, viewerZone } from "@/lib/dates";
import { displayName } from "@/lib/names";
import { useLocale } from "@/lib/use-locale";
import { sessions as text } from "@/messages/admin-sessions";
import type { BulkAction, BulkRequest } from "../kit/bulk";
import type { FilterField } from "../kit/filters";
import { creators } from "../kit/finders";
import { listHref, rowHref } from "../kit/links";
import { ListPage } from "../kit/list-page";
import { FilterLink, PersonName, RowLink } from "../kit/names";
import { useNotice } from "../kit/notice";
import type { Column } from "../kit/rows";
import { DeletingMany } from "./deleting-many";

const SessionEditor = dynamic(() => import("./session-editor"), { ssr: false });

export type AdminSession = components["schemas"]["AdminSession"];
type Bulk = components["schemas"]["SessionsBulk"];
type ExportQuery = paths["/api/admin/sessions/export.csv"]["get"]["parameters"]["query"];

const TONES = { active: "good", inactive: "warn", completed: "calm" } as const;

const FILTERS: FilterField[] = [
  { kind: "relation", name: "creator", label: text.creator, finder: creators, show: (id) => <PersonName id={id} /> },
  { kind: "choice", name: "status", label: text.status, choices: text.statusFilter },
  { kind: "text", name: "category", label: text.category },
  { kind: "number", name: "min_price", label: text.priceFrom },
  { kind: "number", name: "max_price", label: text.priceTo },
  { kind: "day", name: "created_from", label: text.createdFrom },
  { kind: "day", name: "created_to", label: text.createdTo },
];

const act = (action: Bulk["action"]) => (request: BulkRequest, key: string) =>
  unwrap(api.POST("/api/admin/sessions/bulk/", { params: { header: { "Idempotency-Key": key } }, body: { action, ...request } }));

const BULK: BulkAction[] = [
  { name: text.activate, run: act("activate"), opposite: act("deactivate") },
  { name: text.deactivate, run: act("deactivate"), opposite: act("activate") },
  { name: text.delete, danger: true, final: true, note: (ids) => <DeletingMany ids={ids} />, run: act("delete") },
];

const exportCsv = (query: ExportQuery) => unwrap(api.GET("/api/admin/sessions/export.csv", { params: { query }, parseAs: "blob" })) as Promise<Blob>;

export function SessionState({ session }: { session: AdminSession }) {
  if (session.deleted_at) return <Status tone="bad">{text.deleted}</Status>;
  return <Status tone={TONES[session.status]}>{text.statuses[session.status]}</Status>;
}

export function SessionsPage() {
  const locale = useLocale();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const notice = useNotice();
  const [creating, setCreating] = useState(false);
  const columns: Column<AdminSession>[] = [
    {
      label: text.session,
      sort: "title",
      whole: true,
      cell: (session) => (
        <RowLink to={rowHref("sessions", session.id)}>
          {session.title}
        </RowLink>
      ),
    },
    {
      label: text.creator,
      cell: (session) => (
        <FilterLink to={listHref("sessions", { creator: session.creator_details.id })}>
          {displayName(session.creator_details)}
        </FilterLink>
      ),
    },
    { label: text.status, cell: (session) => <SessionState session={session} /> },
    { label: text.length, sort: "duration", right: true, cell: (session) => formatDuration(session.duration) },
    { label: text.booked, sort: "popularity", right: true, cell: (session) => session.bookings_count.toLocaleString("en-US") },
    { label: text.price, sort: "price", right: true, cell: (session) => <Money amount={session.price} currency={session.currency} /> },
    { label: text.created, sort: "created_at", right: true, cell: (session) => formatDate(session.created_at, viewerZone(), locale) },
  ];
  const created = async (message: string, id: string) => {
    await navigate(rowHref("sessions", id));
    notice({ text: message });
    await queries.invalidateQueries();
  };
  return (
    <>
      <ListPage<AdminSession>
        resource="sessions"
        title={text.title}
        columns={columns}
        nameOf={(session) => session.title}
        search={text.search}
        filters={FILTERS}
        bulk={BULK}
        isSelectable={(session) => session.deleted_at === null}
        exportCsv={exportCsv}
        actions={
          <Button size="sm" onClick={() => setCreating(true)}>
            {text.create}
          </Button>
        }
      />
      {creating && <SessionEditor session={null} onClose={() => setCreating(false)} onDone={created} />}
    </>
  );
}
