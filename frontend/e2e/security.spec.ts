import { book, firstSlot } from "./support/api";
import { bookingOf } from "./support/pages";
import { expect, signIn, test } from "./support/test";

type Directives = Map<string, string[]>;

function directives(policy: string | undefined): Directives {
  return new Map(
    (policy ?? "").split(";").map((directive) => {
      const [name = "", ...sources] = directive.trim().split(/\s+/);
      return [name, sources];
    }),
  );
}

const nonceOf = (policy: Directives) => policy.get("script-src")?.find((source) => source.startsWith("'nonce-"))?.slice(7, -1);

test("every page carries a policy with a nonce of its own, on every script", async ({ request, market, creator }) => {
  const session = await market.session();
  const nonces = new Set<string>();
  const paths = ["/", "/", "/?search=python", `/sessions/${session.id}`, `/creators/${creator.id}`, "/login", "/dashboard", "/creator-dashboard", "/profile", "/nowhere"];
  for (const path of paths) {
    const response = await request.get(path);
    const policy = directives(response.headers()["content-security-policy"]);
    const scripts = policy.get("script-src");
    expect(scripts, path).toBeDefined();
    expect(scripts, path).not.toContain("'unsafe-inline'");
    expect(scripts, path).not.toContain("'unsafe-eval'");
    expect(scripts?.filter((source) => !source.startsWith("'")), `${path}: hosts that scripts may come from`).toEqual([]);
    expect(policy.get("object-src"), path).toEqual(["'none'"]);
    expect(policy.get("base-uri"), path).toEqual(["'none'"]);
    expect(policy.get("frame-ancestors"), path).toEqual(["'none'"]);
    expect(policy.get("connect-src") ?? policy.get("default-src"), path).toEqual(["'self'"]);
    const nonce = nonceOf(policy) ?? "";
    expect(nonce.length, path).toBeGreaterThanOrEqual(16);
    nonces.add(nonce);

    const html = await response.text();
    const tags = [...html.matchAll(/<script\b([^>]*)>/g)].map(([, attributes = ""]) => attributes).filter((attributes) => !attributes.includes("application/ld+json"));
    expect(tags.length, path).toBeGreaterThan(0);
    for (const tag of tags) expect(tag, path).toContain(`nonce="${nonce}"`);
    expect(response.headers()["x-content-type-options"], path).toBe("nosniff");
    expect(response.headers()["referrer-policy"], path).toBeTruthy();
    expect(response.headers()["x-powered-by"], path).toBeUndefined();
  }
  expect(nonces.size).toBe(paths.length);
});

test("no page of a visitor complains or asks elsewhere", async ({ page, market, creator }) => {
  const session = await market.session();
  for (const path of ["/", "/?category=writing&sort=price", `/sessions/${session.id}`, `/creators/${creator.id}`, "/login", "/login?tab=register"]) {
    await page.goto(path, { waitUntil: "networkidle" });
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  }
});

test("no page of a member complains or asks elsewhere", async ({ page, market, creator, learner }) => {
  const session = await market.session();
  await book(learner, session.id, (await firstSlot(session.id)).start);
  await signIn(page, learner);
  for (const path of ["/dashboard?tab=past", "/dashboard?tab=cancelled", "/profile", `/sessions/${session.id}`]) {
    await page.goto(path, { waitUntil: "networkidle" });
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  }
  await page.goto("/dashboard");
  await expect(bookingOf(page, session.title)).toBeVisible();
  await page.context().clearCookies();
  await signIn(page, creator);
  for (const period of ["7", "30", "all"]) {
    await page.goto(`/creator-dashboard?period=${period}`);
    await expect(page.getByRole("region", { name: "Recent Bookings" }).getByRole("row").filter({ hasText: learner.email }).first()).toBeVisible();
    await expect(page.getByRole("heading", { name: "Revenue by day" })).toBeVisible();
  }
});

test("the guard of all these tests sees what it is there for", async ({ page, guard }) => {
  await page.route("https://elsewhere.example/**", (route) => route.fulfill({ body: "" }));
  await page.goto("/");
  await page.evaluate(() => {
    document.body.insertAdjacentHTML("beforeend", `<img src="/icon.svg" alt="" onload="window.pwned = 1">`);
    void fetch("https://elsewhere.example/beacon").catch(() => undefined);
    setTimeout(() => {
      throw new Error("nobody catches this");
    });
  });
  await expect.poll(() => guard.problems.join("\n")).toMatch(/uncaught: .*nobody catches this/);
  await expect.poll(() => guard.problems.join("\n")).toMatch(/inline event handler.*script-src/);
  await expect.poll(() => guard.problems.join("\n")).toMatch(/elsewhere\.example\/beacon.*connect-src/);
  expect(await page.evaluate(() => "pwned" in window)).toBe(false);
  guard.take();
  await page.goto("https://elsewhere.example/");
  expect(guard.take()).toEqual(["foreign request: https://elsewhere.example/"]);
});
