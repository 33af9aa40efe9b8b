"use client";

import { useEffect, useRef, type ReactNode } from "react";
import { NavLink, useLocation } from "react-router";
import { admin as text } from "@/messages/admin";
import { NoticeProvider } from "./notice";

const PAGES = [
  { to: "/admin", label: text.pages.statistics },
  { to: "/admin/users", label: text.pages.users },
  { to: "/admin/sessions", label: text.pages.sessions },
  { to: "/admin/bookings", label: text.pages.bookings },
  { to: "/admin/oauth-apps", label: text.pages.apps },
  { to: "/admin/operations", label: text.pages.operations },
];

/** The admin area's frame: its pages' names, the last notice, the page. */
export function Shell({ children }: { children: ReactNode }) {
  const { pathname } = useLocation();
  const tabs = useRef<HTMLElement>(null);
  useEffect(() => {
    // On a phone they are wider than the window.
    const current = tabs.current?.querySelector<HTMLElement>("[aria-current]");
    if (tabs.current && current) tabs.current.scrollLeft = current.offsetLeft - (tabs.current.clientWidth - current.offsetWidth) / 2;
  }, [pathname]);
  return (
    <div className="shell pt-6 pb-16">
      <nav ref={tabs} aria-label={text.nav} className="relative -mx-4 mb-8 overflow-x-auto border-b border-line px-4 sm:mx-0 sm:px-0">
        <ul className="flex gap-6">
          {PAGES.map(({ to, label }) => (
            <li key={to}>
              <NavLink
                to={to}
                end={to === "/admin"}
                className="flex min-h-11 items-center border-b-2 border-transparent text-sm font-medium whitespace-nowrap text-muted hover:text-ink aria-[current]:border-accent aria-[current]:text-ink"
              >
                {label}
              </NavLink>
            </li>
          ))}
        </ul>
      </nav>
      <NoticeProvider>{children}</NoticeProvider>
    </div>
  );
}
