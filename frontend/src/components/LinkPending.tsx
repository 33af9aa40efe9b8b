"use client";

import { useLinkStatus } from "next/link";

/** A thin line over the page while the link around it is being followed. */
export function LinkPending() {
  const { pending } = useLinkStatus();
  if (!pending) return null;
  return (
    <span aria-hidden="true" className="fixed inset-x-0 top-0 z-50 block h-0.5 overflow-hidden">
      <span className="block h-full w-2/5 animate-[sweep_1s_ease-in-out_infinite] bg-accent" />
    </span>
  );
}
