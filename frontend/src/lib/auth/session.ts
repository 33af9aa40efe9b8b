import { ApiError } from "../api/errors";
import type { Role } from "../api/types";

/**
 * Who is logged in, for one tab. The access token lives in this module only; the refresh token is a cookie that no
 * script can read. Tabs share what they learn over a channel, and one lock lets one of them refresh at a time.
 */

export type Member = { id: string; role: Role; username: string; first_name: string; last_name: string; avatar: string | null };
/** `logged-out` is what another tab did. */
export type GuestReason = "expired" | "logged-out" | "logged-out-here";
export type AuthState = { status: "unknown" } | { status: "guest"; reason?: GuestReason } | { status: "member"; user: Member };

type Message = { type: "token"; access: string } | { type: "logout" };

const REFRESH = "/api/auth/refresh/";
/** The refresh token comes and goes in its cookie; refresh and log-out have no body. */
const COOKIE_MODE = { "X-Auth-Mode": "cookie" };
const LOCK = "auth-refresh";
/** A token this close to its end (ms) is renewed before it is used. */
const MARGIN = 20_000;
const RETRY_MS = 3_000;

let access: string | null = null;
let state: AuthState = { status: "unknown" };
let inFlight: Promise<boolean> | null = null;
let channel: BroadcastChannel | null = null;
const listeners = new Set<() => void>();

export const authState = (): AuthState => state;
export const unknownState: AuthState = { status: "unknown" };
export const accessToken = (): string | null => access;

export function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function become(next: AuthState): void {
  state = next;
  if (typeof document !== "undefined" && next.status !== "unknown") {
    document.documentElement.dataset.signedIn = String(next.status === "member");
  }
  for (const listener of listeners) listener();
}

type Claims = { sub: string; role: Role; username: string; given_name?: string; family_name?: string; exp: number };

export function claimsOf(token: string): Claims {
  const part = token.split(".")[1] ?? "";
  const bytes = Uint8Array.from(atob(part.replaceAll("-", "+").replaceAll("_", "/")), (char) => char.charCodeAt(0));
  return JSON.parse(new TextDecoder().decode(bytes)) as Claims;
}

function adopt(token: string, more: Partial<Member> = {}): void {
  const claims = claimsOf(token);
  const before = state.status === "member" && state.user.id === claims.sub ? state.user : null;
  access = token;
  become({
    status: "member",
    user: {
      id: claims.sub,
      role: claims.role,
      username: claims.username,
      first_name: claims.given_name ?? "",
      last_name: claims.family_name ?? "",
      avatar: before?.avatar ?? null,
      ...more,
    },
  });
  if (!before && more.avatar === undefined) void learnAvatar(token);
}

/** A token doesn't say whether there is a picture of its person. Until that is known, or where it can't be, initials do. */
async function learnAvatar(token: string): Promise<void> {
  try {
    const response = await fetch("/api/auth/profile/", { headers: { Authorization: `Bearer ${token}` } });
    if (!response.ok) return;
    const { id, avatar } = (await response.json()) as Pick<Member, "id" | "avatar">;
    if (state.status === "member" && state.user.id === id) update({ avatar });
  } catch {
    return;
  }
}

function forget(reason?: GuestReason): void {
  access = null;
  become({ status: "guest", reason });
}

function listen(): void {
  if (channel || typeof BroadcastChannel === "undefined") return;
  channel = new BroadcastChannel("auth");
  channel.onmessage = ({ data }: MessageEvent<Message>) => {
    if (data.type === "logout") forget("logged-out");
    else if (isFresh(data.access)) adopt(data.access);
  };
}

const tell = (message: Message) => channel?.postMessage(message);
const isFresh = (token: string | null): token is string => token !== null && claimsOf(token).exp * 1000 - Date.now() > MARGIN;
const hinted = () => /(?:^|;\s*)signed_in=1(?:;|$)/.test(document.cookie);

/** Finds out who is there: asks only where the hint cookie says that somebody logged in here. */
export async function start(): Promise<void> {
  listen();
  if (state.status !== "unknown") return;
  if (!hinted()) return become({ status: "guest" });
  try {
    await refresh();
  } catch {
    // Unreachable, so nobody is known to be a guest either: ask again.
    setTimeout(() => void start(), RETRY_MS);
  }
}

/** Renews the access token; false where the login is over. One at a time, in this tab and across tabs. */
export function refresh(): Promise<boolean> {
  inFlight ??= locked(renew).finally(() => {
    inFlight = null;
  });
  return inFlight;
}

async function locked(work: (stale: string | null) => Promise<boolean>): Promise<boolean> {
  const stale = access;
  // Web Locks need a secure context; on plain HTTP the server's grace for a repeated refresh covers two tabs at once.
  if (typeof navigator === "undefined" || !navigator.locks) return work(stale);
  return navigator.locks.request(LOCK, () => work(stale));
}

async function renew(stale: string | null): Promise<boolean> {
  // While we waited for the lock another tab may have told us its new token.
  if (access !== stale && isFresh(access)) return true;
  let response: Response;
  try {
    response = await fetch(REFRESH, { method: "POST", headers: COOKIE_MODE, credentials: "same-origin" });
  } catch {
    throw new ApiError(0, null);
  }
  if (response.ok) {
    const { access: token } = (await response.json()) as { access: string };
    adopt(token);
    tell({ type: "token", access: token });
    return true;
  }
  if (response.status >= 500 || response.status === 429) {
    throw new ApiError(response.status, await response.json().catch(() => null), response.headers);
  }
  forget(state.status === "member" ? "expired" : undefined);
  return false;
}

/** fetch with the bearer; where the token ran out, one refresh and one more try. */
export async function authorizedFetch(request: Request): Promise<Response> {
  if (state.status === "unknown" && inFlight) await inFlight.catch(() => false);
  if (access !== null && !isFresh(access)) await refresh();
  // The first sending uses the body up, so the second one needs a copy made before.
  const again = request.clone();
  const used = access;
  const response = await fetch(withBearer(request));
  if (response.status !== 401 || used === null) return response;
  if (access === used && !(await refresh())) return response;
  return fetch(withBearer(again));
}

function withBearer(request: Request): Request {
  if (access !== null) request.headers.set("Authorization", `Bearer ${access}`);
  return request;
}

type LoginAnswer = { user: Member; access: string };

export const login = (email: string, password: string): Promise<Member> => enter("login/", { email, password });

/** Logs in by an endpoint below /api/auth/: a password, a second factor or a passkey. */
export async function enter(path: string, body: unknown): Promise<Member> {
  let response: Response;
  try {
    response = await fetch(`/api/auth/${path}`, {
      method: "POST",
      headers: { ...COOKIE_MODE, "Content-Type": "application/json" },
      body: JSON.stringify(body),
      credentials: "same-origin",
    });
  } catch {
    throw new ApiError(0, null);
  }
  const answer: unknown = await response.json().catch(() => null);
  if (!response.ok) throw new ApiError(response.status, answer, response.headers);
  const { user, access: token } = answer as LoginAnswer;
  listen();
  adopt(token, { first_name: user.first_name, last_name: user.last_name, avatar: user.avatar });
  tell({ type: "token", access: token });
  return user;
}

/** Ends the login here and in the other tabs, even when the server can't be told. */
export async function logout(): Promise<void> {
  try {
    await fetch("/api/auth/logout/", { method: "POST", headers: COOKIE_MODE, credentials: "same-origin" });
  } catch {
    // Without the network the cookie stays until its end; this browser forgets the person all the same.
  }
  document.cookie = "signed_in=; Max-Age=0; Path=/; SameSite=Lax";
  tell({ type: "logout" });
  forget("logged-out-here");
}

/** New tokens outside a refresh: a role has changed. */
export function adoptToken(token: string): void {
  adopt(token);
  tell({ type: "token", access: token });
}

/** A profile that was just saved: the navbar shows it at once, the next token will carry it. */
export function update(user: Partial<Member>): void {
  if (state.status === "member") become({ status: "member", user: { ...state.user, ...user } });
}
