"use client";

import { ArrowLeft } from "lucide-react";
import { useEffect, useRef, type FocusEvent, type ReactNode } from "react";
import { Link } from "react-router";
import { PageHeading } from "@/components/Heading";
import { admin as text } from "@/messages/admin";
import { Problem } from "./problem";

type PageProps = { title: string; lead?: ReactNode; back?: { to: string; label: string }; actions?: ReactNode; refusal?: unknown; children: ReactNode };

/** One page of the admin area: its heading, what can be done here, its content; or that who asks may not see it. */
export function Page({ title, lead, back, actions, refusal, children }: PageProps) {
  useEffect(() => {
    document.title = text.windowTitle(title);
  }, [title]);
  const head = useRef<HTMLDivElement>(null);
  const used = useRef<Element | null>(null);
  useEffect(() => {
    // A button may leave with what it did, but not take the focus along.
    if (!used.current || used.current.isConnected) return;
    used.current = null;
    if (document.activeElement === document.body) head.current?.querySelector("h1")?.focus();
  });
  const remember = ({ currentTarget, target }: FocusEvent) => {
    if (currentTarget.contains(target)) used.current = target;
  };
  return (
    <>
      {back && (
        <Link to={back.to} className="-ml-1 mb-2 inline-flex min-h-8 items-center gap-1.5 rounded-md px-1 text-sm text-muted hover:text-ink">
          <ArrowLeft aria-hidden="true" className="size-4" />
          {text.back(back.label)}
        </Link>
      )}
      <div ref={head} className="mb-6 flex flex-wrap items-start justify-between gap-x-8 gap-y-4">
        <div className="min-w-0">
          <PageHeading className="text-2xl">{title}</PageHeading>
          {lead && !refusal && <div className="mt-1.5 text-sm text-muted">{lead}</div>}
        </div>
        {actions && (
          <div onFocus={remember} className="flex flex-wrap gap-2">
            {actions}
          </div>
        )}
      </div>
      {refusal ? <Problem error={refusal} /> : children}
    </>
  );
}

type SectionProps = { id: string; title: string; actions?: ReactNode; children: ReactNode };

/** A titled part of a page. */
export function Section({ id, title, actions, children }: SectionProps) {
  return (
    <section aria-labelledby={id} className="mt-10 first:mt-0">
      <div className="mb-3 flex flex-wrap items-center justify-between gap-x-6 gap-y-2">
        <h2 id={id} className="text-lg">
          {title}
        </h2>
        {actions && <div className="flex flex-wrap gap-2">{actions}</div>}
      </div>
      {children}
    </section>
  );
}

/** Names and values, two columns where there is room. */
export function Facts({ facts }: { facts: [name: string, value: ReactNode][] }) {
  return (
    <dl className="panel figures grid gap-x-8 gap-y-4 p-5 text-sm sm:grid-cols-2 xl:grid-cols-3">
      {facts.map(([name, value]) => (
        <div key={name} className="min-w-0">
          <dt className="text-muted">{name}</dt>
          <dd className="mt-0.5 font-medium wrap-anywhere">{value === "" || value === null || value === undefined ? text.none : value}</dd>
        </div>
      ))}
    </dl>
  );
}
