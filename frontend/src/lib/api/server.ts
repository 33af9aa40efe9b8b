import "server-only";

import createClient from "openapi-fetch";
import { cache } from "react";
import { ApiError, unwrap, withResponse } from "./errors";
import type { paths } from "./schema";
import type { Creator, Session } from "./types";

const TIMEOUT_MS = 8_000;

/** Only public data is asked for on the server, always without credentials. The gateway caches; we don't. */
function client() {
  return createClient<paths>({
    baseUrl: process.env.API_URL ?? "http://localhost:8000",
    cache: "no-store",
    fetch: (request) => fetch(request, { signal: AbortSignal.timeout(TIMEOUT_MS) }),
  });
}

export type SessionQuery = NonNullable<paths["/api/sessions/"]["get"]["parameters"]["query"]>;

export async function listSessions(query: SessionQuery): Promise<{ sessions: Session[]; total: number; capped: boolean }> {
  const { data, response } = await withResponse(client().GET("/api/sessions/", { params: { query } }));
  return {
    sessions: data,
    total: Number(response.headers.get("x-total-count") ?? data.length),
    capped: response.headers.get("x-total-count-capped") === "true",
  };
}

export const listCategories = cache(() => unwrap(client().GET("/api/sessions/categories/")));

/** The session, or null where there is none that everybody may see. */
export const getSession = cache((id: string): Promise<Session | null> =>
  orNull(unwrap(client().GET("/api/sessions/{session_id}/", { params: { path: { session_id: id } } }))),
);

export const getCreator = cache((id: string): Promise<Creator | null> =>
  orNull(unwrap(client().GET("/api/creators/{creator_id}/", { params: { path: { creator_id: id } } }))),
);

async function orNull<T>(call: Promise<T>): Promise<T | null> {
  try {
    return await call;
  } catch (error) {
    // 400: the address held something that is no id at all.
    if (error instanceof ApiError && (error.status === 404 || error.status === 400)) return null;
    throw error;
  }
}

export type Provider = { provider: string; name: string; login_url: string };

/** The configured OAuth providers; none where the API has no such thing or doesn't answer. */
export async function listProviders(): Promise<Provider[]> {
  try {
    const response = await fetch(`${process.env.API_URL ?? "http://localhost:8000"}/api/auth/oauth/providers/`, {
      cache: "no-store",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return response.ok ? ((await response.json()) as Provider[]) : [];
  } catch {
    return [];
  }
}
