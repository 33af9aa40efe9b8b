"use client";

import { useState } from "react";
import { Button } from "@/components/ui/button";
import { Cell, Table } from "@/components/ui/table";
import { operations as text } from "@/messages/admin-operations";
import { outcomeOf } from "./outcome";
import { CONSUMERS, isUnfinished, type Consumer, type Job, type State } from "./services";
import { RevenueDialog, type RevenueWork } from "./revenue-dialog";
import { ReplicasDialog, type ReplicaWork } from "./replicas-dialog";

type UpkeepProps = { states: Partial<Record<string, State>>; jobs: Partial<Record<string, Job[]>> };

/** What a service keeps of others' rows and makes of bookings: compared with the truth, and made what it should be. */
export function Upkeep({ states, jobs }: UpkeepProps) {
  const [revenue, setRevenue] = useState<RevenueWork | null>(null);
  return (
    <div className="grid gap-3 lg:grid-cols-3">
      {CONSUMERS.map((service) => (
        <Replicas key={service} service={service} state={states[service]} jobs={jobs[service]} />
      ))}
      <section aria-labelledby="upkeep-revenue" className="panel flex min-w-0 flex-col p-5">
        <h3 id="upkeep-revenue" className="text-base">
          {text.revenue}
        </h3>
        <p className="mt-1 text-sm text-muted">{text.revenueText}</p>
        <LastCheck jobs={jobs.booking} kind="revenue.check" />
        <div className="mt-auto flex flex-wrap gap-2 pt-4">
          <Button size="sm" variant="secondary" onClick={() => setRevenue("check")}>
            {text.checkRevenue}
          </Button>
          <Button size="sm" variant="secondary" onClick={() => setRevenue("rebuild")}>
            {text.rebuildRevenue}
          </Button>
        </div>
        {revenue && <RevenueDialog work={revenue} onClose={() => setRevenue(null)} />}
      </section>
    </div>
  );
}

function Replicas({ service, state, jobs }: { service: Consumer; state?: State; jobs?: Job[] }) {
  const [work, setWork] = useState<ReplicaWork | null>(null);
  const columns = text.replicaColumns;
  const title = `${text.names[service]}: ${text.replicas.toLowerCase()}`;
  return (
    <section aria-labelledby={`replicas-${service}`} className="panel flex min-w-0 flex-col p-5">
      <h3 id={`replicas-${service}`} className="mb-1 text-base">
        {title}
      </h3>
      <Table label={title} columns={[columns.replica, columns.owner, columns.rows]} right={[2]}>
        {state?.replicas.map(({ name, owner, rows, exact }) => (
          <tr key={name}>
            <Cell whole>{name}</Cell>
            <Cell label={columns.owner}>{owner}</Cell>
            <Cell label={columns.rows} right>
              {exact ? rows.toLocaleString("en-US") : text.about(rows)}
            </Cell>
          </tr>
        ))}
      </Table>
      <LastCheck jobs={jobs} kind="replicas.check" />
      <div className="mt-auto flex flex-wrap gap-2 pt-4">
        {(["check", "resync"] as const).map((each) => (
          <Button key={each} size="sm" variant="secondary" disabled={!state} onClick={() => setWork(each)}>
            {each === "check" ? text.checkReplicas : text.resyncReplicas}
            <span className="sr-only"> {title}</span>
          </Button>
        ))}
      </div>
      {work && state && <ReplicasDialog service={service} work={work} replicas={state.replicas.map(({ name }) => name)} onClose={() => setWork(null)} />}
    </section>
  );
}

function LastCheck({ jobs, kind }: { jobs?: Job[]; kind: string }) {
  const ofKind = jobs?.filter((job) => job.kind === kind) ?? [];
  const found = ofKind.find((job) => job.state === "done");
  const underWay = ofKind[0] && isUnfinished(ofKind[0]);
  return (
    <p className="mt-3 text-sm" role="status">
      <span className="text-muted">{text.lastCheck}:</span> {underWay ? text.underWay : found ? outcomeOf(found)?.summary : text.neverChecked}
    </p>
  );
}
