"use client";

import { useSyncExternalStore } from "react";
import { site } from "@/messages";

function subscribe(listener: () => void) {
  window.addEventListener("online", listener);
  window.addEventListener("offline", listener);
  return () => {
    window.removeEventListener("online", listener);
    window.removeEventListener("offline", listener);
  };
}

export function OfflineBanner() {
  const online = useSyncExternalStore(subscribe, () => navigator.onLine, () => true);
  return (
    <div role="status" className="fixed inset-x-0 top-16 z-20">
      {!online && <p className="border-b border-line bg-warn-soft px-4 py-2.5 text-center text-sm text-warn">{site.offline}</p>}
    </div>
  );
}
