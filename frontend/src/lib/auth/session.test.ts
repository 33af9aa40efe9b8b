import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

const PATIENCE = { timeout: 20_000 };

type Auth = typeof import("./session");

const token = (name: string, lifetime = 900) => {
  const claims = { sub: "u1", role: "user", username: name, given_name: "Zoë", exp: Math.floor(Date.now() / 1000) + lifetime, jti: Math.random() };
  const bytes = new TextEncoder().encode(JSON.stringify(claims));
  return `h.${btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")}.s`;
};
const json = (status: number, body: unknown) => new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/json" } });
const loginAnswer = (access: string) => json(200, { user: { first_name: "Zoë", last_name: "", avatar: null }, access });

let auth: Auth;
let answer: (request: Request) => Response | Promise<Response>;
let calls: Request[];

beforeEach(async () => {
  vi.resetModules();
  calls = [];
  vi.stubGlobal("fetch", async (input: RequestInfo, init?: RequestInit) => {
    const request = input instanceof Request ? input : new Request(new URL(input, "http://localhost"), init);
    calls.push(request);
    return answer(request);
  });
  document.cookie = "signed_in=1; path=/";
  auth = await import("./session");
});
afterEach(() => vi.unstubAllGlobals());

const refreshes = () => calls.filter((call) => call.url.endsWith("/refresh/"));
const post = () => new Request("http://localhost/api/bookings/", { method: "POST", body: '{"a":1}' });

describe("refresh", () => {
  it("is asked for in cookie mode, and the token is never a part of it", async () => {
    answer = () => json(200, { access: token("ada") });
    await auth.start();
    expect(refreshes()).toHaveLength(1);
    expect(refreshes()[0]?.headers.get("x-auth-mode")).toBe("cookie");
    expect(await refreshes()[0]?.text()).toBe("");
    expect(auth.authState()).toMatchObject({ status: "member", user: { username: "ada", first_name: "Zoë" } });
  });

  it("finds the person's picture, which no token tells", async () => {
    answer = (request) => json(200, request.url.endsWith("/profile/") ? { id: "u1", avatar: "https://images.example/a.png" } : { access: token("ada") });
    await auth.start();
    await vi.waitFor(() => expect(auth.authState()).toMatchObject({ user: { avatar: "https://images.example/a.png" } }), PATIENCE);
    await auth.refresh();
    expect(auth.authState()).toMatchObject({ user: { avatar: "https://images.example/a.png" } });
    expect(calls.filter((call) => call.url.endsWith("/profile/"))).toHaveLength(1);
  });

  it("isn't tried where nobody logged in", async () => {
    document.cookie = "signed_in=; Max-Age=0; path=/";
    await auth.start();
    expect(calls).toHaveLength(0);
    expect(auth.authState().status).toBe("guest");
  });

  it("is one for many calls that met a 401, and each is sent again with its body", async () => {
    const old = token("ada");
    const fresh = token("ada");
    answer = () => loginAnswer(old);
    await auth.login("a@b.c", "x");
    const bodies: string[] = [];
    answer = async (request) => {
      if (request.url.endsWith("/refresh/")) return json(200, { access: fresh });
      bodies.push(await request.text());
      return request.headers.get("authorization") === `Bearer ${fresh}` ? json(201, {}) : json(401, {});
    };
    const answers = await Promise.all([auth.authorizedFetch(post()), auth.authorizedFetch(post()), auth.authorizedFetch(post())]);
    expect(answers.map((each) => each.status)).toEqual([201, 201, 201]);
    expect(refreshes()).toHaveLength(1);
    expect(new Set(bodies)).toEqual(new Set(['{"a":1}']));
  });

  it("comes before a call whose token is about to end", async () => {
    answer = () => loginAnswer(token("ada", 5));
    await auth.login("a@b.c", "x");
    answer = (request) => (request.url.endsWith("/refresh/") ? json(200, { access: token("ada") }) : json(201, {}));
    expect((await auth.authorizedFetch(post())).status).toBe(201);
    expect(refreshes()).toHaveLength(1);
  });

  it("that is refused ends the login; one that meets a fault doesn't", async () => {
    answer = () => loginAnswer(token("ada", 5));
    await auth.login("a@b.c", "x");
    answer = () => json(503, {});
    await expect(auth.refresh()).rejects.toMatchObject({ status: 503 });
    expect(auth.authState().status).toBe("member");
    answer = () => json(401, {});
    expect(await auth.refresh()).toBe(false);
    expect(auth.authState()).toEqual({ status: "guest", reason: "expired" });
  });
});

describe("logout", () => {
  it("forgets the person even when the server can't be told", async () => {
    answer = () => loginAnswer(token("ada"));
    await auth.login("a@b.c", "x");
    answer = () => Promise.reject(new TypeError("offline"));
    await auth.logout();
    expect(auth.accessToken()).toBeNull();
    expect(auth.authState().status).toBe("guest");
  });

  it("in another tab ends this one too", async () => {
    answer = () => loginAnswer(token("ada"));
    await auth.login("a@b.c", "x");
    const other = new BroadcastChannel("auth");
    other.postMessage({ type: "logout" });
    await vi.waitFor(() => expect(auth.authState().status).toBe("guest"), PATIENCE);
    other.close();
  });
});
