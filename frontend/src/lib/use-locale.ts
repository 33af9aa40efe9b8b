"use client";

import { useSyncExternalStore } from "react";
import { DEFAULT_LOCALE } from "./money";

const never = () => () => {};

/** The reader's locale for numbers and dates; the server and the first paint use the default, so that both agree. */
export function useLocale(): string {
  return useSyncExternalStore(never, () => navigator.language || DEFAULT_LOCALE, () => DEFAULT_LOCALE);
}

/** False on the server and while hydrating. */
export function useHydrated(): boolean {
  return useSyncExternalStore(never, () => true, () => false);
}
