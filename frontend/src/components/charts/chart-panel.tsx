"use client";

import { useState, type ReactNode } from "react";
import { Button } from "@/components/ui/button";
import { figures as text } from "@/messages/figures";

type ChartPanelProps = {
  id: string;
  title: string;
  /** What is counted, and how. */
  lead: string;
  /** Said instead of a chart that would show nothing. */
  empty?: string;
  chart: ReactNode;
  table: ReactNode;
};

/** A chart with its title, and the same as a table for whoever reads rather than looks. */
export function ChartPanel({ id, title, lead, empty, chart, table }: ChartPanelProps) {
  const [tabular, setTabular] = useState(false);
  return (
    <section aria-labelledby={id} className="panel min-w-0 p-3.5 sm:p-5">
      <div className="mb-4 flex flex-wrap items-start justify-between gap-3">
        <div>
          <h2 id={id} className="text-base">
            {title}
          </h2>
          <p className="text-sm text-muted">{lead}</p>
        </div>
        {!empty && (
          <Button variant="secondary" size="sm" aria-pressed={tabular} onClick={() => setTabular(!tabular)}>
            {tabular ? text.showChart : text.showTable}
            <span className="sr-only">({title})</span>
          </Button>
        )}
      </div>
      {empty ? <p className="grid h-64 place-content-center text-sm text-muted">{empty}</p> : tabular ? table : chart}
    </section>
  );
}
