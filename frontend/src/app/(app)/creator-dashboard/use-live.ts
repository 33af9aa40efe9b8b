"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { authorizedFetch, refresh } from "@/lib/auth/session";
import { readEvents } from "@/lib/event-stream";
import { keys } from "@/lib/query-keys";

const STREAM = "/api/bookings/creator_stats/stream/";
const RETRY_MS = [1_000, 3_000, 10_000, 30_000];

const pause = (ms: number, signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  });

/**
 * Keeps the dashboard moving: the stream says that something changed, and what is shown is read again. True once the
 * stream speaks; otherwise the queries poll.
 */
export function useLive(): boolean {
  const queries = useQueryClient();
  const [live, setLive] = useState(false);

  useEffect(() => {
    const stop = new AbortController();
    let failures = 0;

    /** Follows one connection to its end. False where there is no use in another. */
    async function follow(): Promise<boolean> {
      const request = new Request(new URL(STREAM, window.location.origin), { headers: { Accept: "text/event-stream" }, signal: stop.signal });
      const response = await authorizedFetch(request);
      if (!response.ok || !response.body) return response.status === 429 || response.status >= 500;
      for await (const event of readEvents(response.body)) {
        // Not before: something in between may hold back what the stream says.
        setLive(true);
        failures = 0;
        if (event.name === "message") void queries.invalidateQueries({ queryKey: keys.creator });
        if (event.name !== "end") continue;
        const { reason } = JSON.parse(event.data) as { reason: string };
        return reason === "expired" ? refresh() : reason !== "forbidden";
      }
      return true;
    }

    async function keep(): Promise<void> {
      while (!stop.signal.aborted) {
        const again = await follow().catch(() => true);
        if (stop.signal.aborted) return;
        setLive(false);
        if (!again) return;
        await pause(RETRY_MS[Math.min(failures, RETRY_MS.length - 1)] ?? 1_000, stop.signal);
        failures += 1;
      }
    }

    void keep();
    return () => stop.abort();
  }, [queries]);

  return live;
}
