"use client";

import Link from "next/link";
import type { ReactNode } from "react";
import { PageHeading } from "@/components/Heading";
import { PrivateRoute } from "@/components/PrivateRoute";
import { profilePages } from "@/messages";

const PAGES = [
  ["profile", "/profile"],
  ["security", "/profile/security"],
  ["account", "/profile/account"],
] as const;

type FrameProps = { page: (typeof PAGES)[number][0]; title: string; lead: string; children: ReactNode };

/** What the profile's pages have in common: heading, and the way to the others. */
export function Frame({ page, title, lead, children }: FrameProps) {
  return (
    <PrivateRoute>
      {() => (
        <div className="shell pt-10 md:pt-14">
          <PageHeading className="text-3xl">{title}</PageHeading>
          <p className="mt-2 text-muted">{lead}</p>
          <nav aria-label={profilePages.label} className="mt-8 flex gap-6 border-b border-line">
            {PAGES.map(([name, href]) => (
              <Link
                key={name}
                href={href}
                aria-current={name === page ? "page" : undefined}
                className="-mb-px flex min-h-11 items-center border-b-2 border-transparent text-sm font-medium text-muted hover:text-ink aria-[current]:border-accent aria-[current]:text-ink"
              >
                {profilePages[name]}
              </Link>
            ))}
          </nav>
          {children}
        </div>
      )}
    </PrivateRoute>
  );
}
