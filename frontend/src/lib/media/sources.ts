import "server-only";

import { getSession } from "../api/server";
import type { MediaKind } from "./address";

const TIMEOUT_MS = 8_000;

/** Where a picture is, at another site or stored at ours; null where there is none that everybody may see. */
export const SOURCES: Record<MediaKind, (id: string) => Promise<string | null>> = {
  sessions: async (id) => (await getSession(id))?.image_url ?? null,
  avatars: async (id) => {
    // Not part of the public API: only the internal listener routes it.
    const response = await fetch(`${process.env.API_URL ?? "http://localhost:8000"}/internal/avatars/${id}/`, {
      cache: "no-store",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (response.status === 404) return null;
    if (!response.ok) throw new Error(`status ${response.status}`);
    return ((await response.json()) as { url: string }).url;
  },
};
