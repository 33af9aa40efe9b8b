"use client";

import { useEffect, useSyncExternalStore } from "react";

/** The token of a mailed link, from the address's fragment: browsers send that to nobody, and it leaves the address bar. */

let taken: { path: string; token: string } | null = null;

function current(): string | null {
  const path = window.location.pathname;
  const token = new URLSearchParams(window.location.hash.slice(1)).get("token");
  if (token) taken = { path, token };
  return taken?.path === path ? taken.token : null;
}

function subscribe(listener: () => void) {
  window.addEventListener("hashchange", listener);
  return () => window.removeEventListener("hashchange", listener);
}

/** `undefined` until the page runs in a browser, null where the address has none. */
export function useLinkToken(): string | null | undefined {
  const token = useSyncExternalStore<string | null | undefined>(subscribe, current, () => undefined);
  useEffect(() => {
    if (token && window.location.hash) window.history.replaceState(null, "", `${window.location.pathname}${window.location.search}`);
  }, [token]);
  return token;
}
