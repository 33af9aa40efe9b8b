"use client";

import { useState } from "react";
import { Link } from "react-router";
import { SelectField } from "@/components/ui/field";
import { api } from "@/lib/api/client";
import { userDid as text } from "@/messages/admin-users";
import { AuditTrail } from "../kit/audit-trail";
import { rowHref } from "../kit/links";
import { PersonLink, SessionLink } from "../kit/names";
import { Section } from "../kit/page-frame";
import type { User } from "./users-page";

type Query = { page: number; page_size: number; actor: string };

const LOGS = {
  identity: { load: (query: Query) => api.GET("/api/admin/identity/audit/", { params: { query } }), About: PersonLink },
  catalog: { load: (query: Query) => api.GET("/api/admin/catalog/audit/", { params: { query } }), About: SessionLink },
  booking: { load: (query: Query) => api.GET("/api/admin/booking/audit/", { params: { query } }), About: BookingLink },
};
type Log = keyof typeof LOGS;

/** What they did, to themselves and to others: each service keeps its own log. */
export function UserDid({ user }: { user: User }) {
  const [log, setLog] = useState<Log>("identity");
  const { load, About } = LOGS[log];
  return (
    <Section id="did" title={text.title}>
      <div className="mb-3 max-w-64">
        <SelectField label={text.log} value={log} onChange={(event) => setLog(event.target.value as Log)}>
          {Object.entries(text.logs).map(([value, label]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </SelectField>
      </div>
      <AuditTrail
        key={log}
        id={`${log} by ${user.id}`}
        load={(query) => load({ ...query, actor: user.id })}
        about={(subject) => (subject === user.id ? text.themselves : <About id={subject} />)}
      />
    </Section>
  );
}

function BookingLink({ id }: { id: string }) {
  return (
    <Link to={rowHref("bookings", id)} className="link">
      {id.slice(0, 8)}
    </Link>
  );
}
