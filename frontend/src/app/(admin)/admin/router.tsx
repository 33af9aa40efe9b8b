"use client";

import { usePathname, useSearchParams } from "next/navigation";
import type { ReactNode } from "react";
import { createPath, Router, type Navigator, type To } from "react-router";

const addressOf = (to: To) => (typeof to === "string" ? to : createPath(to));

const navigator: Navigator = {
  createHref: addressOf,
  push: (to) => {
    const before = window.location.pathname;
    window.history.pushState(null, "", addressOf(to));
    // Another page begins at its top; another filter of this one stays where it is.
    if (window.location.pathname !== before) window.scrollTo({ top: 0 });
  },
  replace: (to) => window.history.replaceState(null, "", addressOf(to)),
  go: (delta) => window.history.go(delta),
};

/**
 * react-router's pages by Next's address: Next hears of what is pushed here, but a router with an address of its own
 * doesn't hear where Next goes, and begins where Next comes from.
 */
export function AdminRouter({ children }: { children: ReactNode }) {
  const location = `${usePathname()}?${useSearchParams()}`;
  return (
    <Router location={location} navigator={navigator}>
      {children}
    </Router>
  );
}
