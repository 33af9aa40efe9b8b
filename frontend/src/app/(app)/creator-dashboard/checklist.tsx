"use client";

import { useQuery } from "@tanstack/react-query";
import { Check } from "lucide-react";
import Link from "next/link";
import { useState, type ReactNode } from "react";
import { Button } from "@/components/ui/button";
import { api } from "@/lib/api/client";
import { unwrap } from "@/lib/api/errors";
import { keys } from "@/lib/query-keys";
import { studio } from "@/messages";
import { useMySessions } from "./queries";

const text = studio.steps;

/** What is left to do before somebody can book. */
export function Checklist({ onCreate }: { onCreate: () => void }) {
  const profile = useQuery({ queryKey: keys.profile, queryFn: () => unwrap(api.GET("/api/auth/profile/")), staleTime: 60_000 });
  const sessions = useMySessions(false);
  const open = sessions.data?.pages.flat().find((session) => session.status === "active");
  return (
    <ol aria-label={text.title} className="w-80 max-w-full divide-y divide-line border-y border-line text-left">
      <Step done={Boolean(profile.data?.bio)}>
        <Link href="/profile" className="link inline-block py-2.5">
          {text.profile}
        </Link>
      </Step>
      <Step done={open !== undefined}>
        <button type="button" onClick={onCreate} className="link py-2.5">
          {text.session}
        </button>
      </Step>
      <Step done={false}>
        <span className={open ? "" : "text-muted"}>{text.share}</span>
        {open && <CopyLink id={open.id} />}
      </Step>
    </ol>
  );
}

function Step({ done, children }: { done: boolean; children: ReactNode }) {
  return (
    <li className="flex min-h-12 flex-wrap items-center gap-x-3">
      <span className={`grid size-5 place-items-center rounded-full border ${done ? "border-accent bg-accent text-on-accent" : "border-line-strong"}`}>
        {done && <Check aria-hidden="true" className="size-3.5" />}
      </span>
      {done && <span className="sr-only">{text.done}</span>}
      {children}
    </li>
  );
}

function CopyLink({ id }: { id: string }) {
  const [copied, setCopied] = useState(false);
  const href = `${window.location.origin}/sessions/${id}`;
  // The clipboard needs a secure context; elsewhere the link itself is there to be copied.
  if (!navigator.clipboard) {
    return (
      <Link href={href} className="link w-full pb-2 text-sm break-all">
        {href}
      </Link>
    );
  }
  const copy = () => navigator.clipboard.writeText(href).then(() => setCopied(true));
  return (
    <>
      <Button variant="secondary" size="sm" className="ml-auto" onClick={copy}>
        {text.copy}
      </Button>
      <span role="status" className="w-full text-sm text-accent empty:hidden">
        {copied ? text.copied : ""}
      </span>
    </>
  );
}
