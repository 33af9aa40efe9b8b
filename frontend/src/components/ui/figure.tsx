import type { ReactNode } from "react";

type FigureProps = { label: string; note: ReactNode; aside?: string; children: ReactNode };

/** One number with its name, in a `dl`. */
export function Figure({ label, note, aside = "", children }: FigureProps) {
  return (
    <div className="panel relative p-3.5 sm:p-4.5">
      <dt className="text-sm text-muted">{label}</dt>
      <dd className="figures mt-1.5 flex flex-wrap items-baseline text-xl font-semibold tracking-tight sm:text-2xl">
        {children}
        {aside && <span className="ml-2.5 text-sm font-normal tracking-normal text-muted">{aside}</span>}
      </dd>
      <dd className="figures mt-1 text-sm text-muted">{note}</dd>
    </div>
  );
}
