"use client";

import { usePathname, useSearchParams } from "next/navigation";
import type { ReactNode } from "react";
import { createPath, Router, type Navigator, type To } from "react-router";

const addressOf = (to: To) => (typeof to === "string" ? to : createPath(to));

const navigator: Navigator = {
  createHref: addressOf,
  push: (to) => window.history.pushState(null, "", addressOf(to)),
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
