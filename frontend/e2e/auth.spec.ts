import type { Page, Request } from "@playwright/test";
import { book, bookingsOf, call, firstSlot, logIn, register, unique, WEB_URL, type Person } from "./support/api";
import { answered } from "./support/guard";
import { accountButton, bookingOf, confirmButton, logInAs, logOut, openConfirmation } from "./support/pages";
import { expect, signIn, test } from "./support/test";

const REFRESH = "/api/auth/refresh/";
const MINE = "**/api/bookings/my_bookings/**";
const isRefresh = (request: Request) => new URL(request.url()).pathname === REFRESH;

const refreshCookie = async (page: Page) => {
  const cookies = await page.context().cookies(`${WEB_URL}${REFRESH}`);
  const found = cookies.find(({ name }) => name.endsWith("refresh_token"));
  if (!found) throw new Error("no refresh cookie");
  return found;
};
const problem = (status: number, code: string) => ({ status, contentType: "application/problem+json", json: { title: code, status, code } });

test("the refresh token is out of reach of scripts and of every answer's body", async ({ page, learner }) => {
  const bodies: Promise<string>[] = [];
  page.on("response", (response) => {
    const type = response.headers()["content-type"] ?? "";
    if (/json|html|javascript/.test(type)) bodies.push(response.text().catch(() => ""));
  });
  await page.goto("/login");
  await logInAs(page, learner);
  await expect(accountButton(page)).toBeVisible();
  const first = await refreshCookie(page);
  await page.goto("/dashboard");
  await expect(accountButton(page)).toBeVisible();
  const second = await refreshCookie(page);

  expect(second).toMatchObject({ httpOnly: true, sameSite: "Strict", path: "/api/auth/" });
  expect(second.secure).toBe(WEB_URL.startsWith("https:"));
  expect(second.value).not.toBe(first.value);
  const within = await page.evaluate(() => [document.cookie, JSON.stringify({ ...localStorage }), JSON.stringify({ ...sessionStorage }), document.documentElement.outerHTML].join());
  const texts = await Promise.all(bodies);
  const answers = texts.filter((text) => text.includes('"access"'));
  expect(answers.length).toBeGreaterThanOrEqual(2);
  for (const text of answers) expect(Object.keys(JSON.parse(text) as object)).not.toContain("refresh");
  for (const { value } of [first, second]) {
    expect(within).not.toContain(value);
    for (const text of texts) expect(text).not.toContain(value);
  }
  // The access token is in memory only.
  for (const text of answers) expect(within).not.toContain((JSON.parse(text) as { access: string }).access);
});

test("a reload logs in silently, and a guest's page asks for nothing", async ({ page, learner, openBrowser }) => {
  await signIn(page, learner);
  await page.goto("/dashboard");
  await expect(accountButton(page)).toBeVisible();
  await page.reload();
  await expect(accountButton(page)).toBeVisible();
  await expect(page).toHaveURL("/dashboard");

  const guest = await openBrowser();
  let asked = 0;
  guest.on("request", (request) => {
    if (isRefresh(request)) asked += 1;
  });
  await guest.goto("/dashboard");
  await expect(guest).toHaveURL("/login?next=%2Fdashboard");
  expect(asked).toBe(0);
});

test("a refused access token is renewed once and the request, with its body, is sent again", async ({ page, market, learner, guard }) => {
  guard.allow(answered(401));
  const session = await market.session();
  const slot = await firstSlot(session.id);
  await signIn(page, learner);
  await openConfirmation(page, session, slot);
  let refreshed = 0;
  page.on("request", (request) => {
    if (isRefresh(request)) refreshed += 1;
  });
  const sent: { token?: string; body: string | null }[] = [];
  await page.route("**/api/bookings/", (route) => {
    const request = route.request();
    if (request.method() !== "POST") return route.continue();
    sent.push({ token: request.headers().authorization, body: request.postData() });
    return sent.length === 1 ? route.fulfill(problem(401, "unauthenticated")) : route.continue();
  });
  await confirmButton(page).click();
  await expect(page).toHaveURL("/dashboard");
  expect(await bookingsOf(learner, session.id)).toHaveLength(1);
  expect(sent).toHaveLength(2);
  expect(sent[1]?.body).toBe(sent[0]?.body);
  expect(sent[1]?.token).not.toBe(sent[0]?.token);
  expect(refreshed).toBe(1);
});

test("an access token that has run out is renewed before it is used", async ({ page, learner }) => {
  await page.clock.install();
  await signIn(page, learner);
  await page.goto("/dashboard");
  await expect(page.getByRole("heading", { name: "Active Bookings" })).toBeVisible();
  const order: string[] = [];
  page.on("request", (request) => {
    if (isRefresh(request)) order.push("refresh");
    else if (request.url().includes("my_bookings")) order.push("bookings");
  });
  await page.clock.fastForward("20:00");
  await page.getByRole("link", { name: "Past" }).click();
  await expect(page.getByRole("heading", { name: "Past", exact: true })).toBeAttached();
  expect(order[0]).toBe("refresh");
  expect(order.filter((each) => each === "refresh")).toHaveLength(1);
});

/** Two tabs whose token is refused at the same moment: the first refresh waits until both were refused. */
async function refusedAtOnce(first: Page, second: Page): Promise<{ refreshes: () => number }> {
  const context = first.context();
  let refreshes = 0;
  let refused = 0;
  let release: () => void;
  const both = new Promise<void>((resolve) => {
    release = resolve;
  });
  const good = new Set<string>();
  await context.route(`**${REFRESH}`, async (route) => {
    refreshes += 1;
    await both;
    const response = await route.fetch();
    good.add(`Bearer ${((await response.json()) as { access: string }).access}`);
    await route.fulfill({ response });
  });
  await context.route(MINE, async (route) => {
    if (good.has(route.request().headers().authorization ?? "")) return route.continue();
    await route.fulfill(problem(401, "unauthenticated"));
    refused += 1;
    if (refused === 2) release();
  });
  await Promise.all([first, second].map((page) => page.getByRole("link", { name: "Past" }).click()));
  await Promise.all([first, second].map((page) => expect(page.getByRole("heading", { name: "Past", exact: true })).toBeAttached()));
  return { refreshes: () => refreshes };
}

async function twoTabs(page: Page, person: Person): Promise<Page> {
  await signIn(page, person);
  const second = await page.context().newPage();
  for (const tab of [page, second]) {
    await tab.goto("/dashboard");
    // With its list: what it still asked for would be taken for what follows.
    await expect(tab.getByRole("heading", { name: "Active Bookings" })).toBeVisible();
  }
  return second;
}

test("two tabs share one refresh", async ({ page, learner, guard }) => {
  guard.allow(answered(401));
  const second = await twoTabs(page, learner);
  const { refreshes } = await refusedAtOnce(page, second);
  expect(refreshes()).toBe(1);
});

test("without a lock across tabs both refresh, and both stay logged in", async ({ page, context, learner, guard }) => {
  guard.allow(answered(401));
  await context.addInitScript(() => Object.defineProperty(navigator, "locks", { value: undefined }));
  const second = await twoTabs(page, learner);
  const { refreshes } = await refusedAtOnce(page, second);
  expect(refreshes()).toBe(2);
  await page.reload();
  await expect(accountButton(page)).toBeVisible();
});

test("logging out in one tab logs the others out", async ({ page, learner }) => {
  const second = await twoTabs(page, learner);
  const { value } = await refreshCookie(page);
  await logOut(page);
  await expect(second).toHaveURL(/\/login\?/);
  await expect(second.getByText("You were logged out in another tab.")).toBeVisible();
  await expect(accountButton(second)).toBeHidden();
  const response = await fetch(`${WEB_URL}${REFRESH}`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ refresh: value }) });
  expect(response.status).toBe(401);
});

test("a login that ended elsewhere leads to the login page and back to where one was", async ({ page, guard }) => {
  guard.allow(answered(401));
  const person = await register("user");
  await page.clock.install();
  await signIn(page, person);
  await page.goto("/dashboard");
  await expect(page.getByRole("heading", { name: "Active Bookings" })).toBeVisible();
  const password = "two herons at dusk";
  await call("POST", "/api/auth/password/change/", { as: await logIn(person.email, person.password), body: { current_password: person.password, new_password: password } });

  await page.clock.fastForward("20:00");
  await page.getByRole("link", { name: "Cancelled" }).click();
  await expect(page).toHaveURL(/\/login\?/);
  await expect(page.getByText("Your login has ended.")).toBeVisible();
  await logInAs(page, { email: person.email, password });
  await expect(page).toHaveURL("/dashboard?tab=cancelled");
  await expect(accountButton(page)).toBeVisible();
});

test("other sites get no refresh out of the cookie", async ({ page, learner }) => {
  await signIn(page, learner);
  const before = await refreshCookie(page);
  const attempts: Record<string, string>[] = [
    { "X-Auth-Mode": "cookie", "Sec-Fetch-Site": "cross-site", Origin: "https://elsewhere.example" },
    { "X-Auth-Mode": "cookie", "Sec-Fetch-Site": "same-site" },
    { "X-Auth-Mode": "cookie", "Sec-Fetch-Site": "none" },
    { "X-Auth-Mode": "cookie", Origin: "https://elsewhere.example" },
    { "X-Auth-Mode": "cookie" },
    { "Sec-Fetch-Site": "same-origin" },
  ];
  for (const headers of attempts) {
    const response = await page.request.post(REFRESH, { headers });
    expect(response.status(), JSON.stringify(headers)).toBe(403);
    expect(await response.text()).not.toContain("access");
  }
  expect((await page.request.get(REFRESH, { headers: { "X-Auth-Mode": "cookie", "Sec-Fetch-Site": "same-origin" } })).status()).toBe(405);
  expect((await refreshCookie(page)).value).toBe(before.value);
  const own = await page.request.post(REFRESH, { headers: { "X-Auth-Mode": "cookie", "Sec-Fetch-Site": "same-origin" } });
  expect(own.status()).toBe(200);
});

test("after a login, only paths of this site are gone to", async ({ page, learner, openBrowser }) => {
  await page.goto("/login?next=https://elsewhere.example/");
  await logInAs(page, learner);
  await expect(page).toHaveURL("/");
  await expect(accountButton(page)).toBeVisible();
  const member = await openBrowser(learner);
  for (const next of ["//elsewhere.example", "/\\elsewhere.example", "/\t/elsewhere.example", "javascript:document.title='taken'", "\\\\elsewhere.example", "/.//elsewhere.example"]) {
    await member.goto(`/login?next=${encodeURIComponent(next)}`);
    await expect(member, next).toHaveURL("/");
    await expect(member, next).not.toHaveTitle("taken");
  }
  await member.goto(`/login?next=${encodeURIComponent("/dashboard?tab=past")}`);
  await expect(member).toHaveURL("/dashboard?tab=past");
});

test("an unknown e-mail and a wrong password get the same text", async ({ page, learner, guard }) => {
  guard.allow(answered(401));
  await page.goto("/login");
  const told = page.getByRole("tabpanel").getByRole("alert").filter({ hasText: /./ });
  await logInAs(page, { email: `nobody-${unique()}@example.com`, password: learner.password });
  await expect(told).toBeVisible();
  const unknown = await told.textContent();
  await page.reload();
  await logInAs(page, { email: learner.email, password: "not the password" });
  await expect(told).toBeVisible();
  expect(await told.textContent()).toBe(unknown);
  await expect(page.getByLabel("Password", { exact: true })).toBeFocused();
});

test("too many tries: the wait is shown, counts down and ends", async ({ page, learner, guard }) => {
  guard.allow(answered(429));
  await page.route("**/api/auth/login/", (route) => route.fulfill({ ...problem(429, "too_many_requests"), headers: { "Retry-After": "6" } }), { times: 1 });
  await page.goto("/login");
  await logInAs(page, learner);
  const told = page.getByRole("tabpanel").getByRole("alert").filter({ hasText: "again in" });
  const submit = page.getByRole("tabpanel").getByRole("button", { name: "Log in" });
  await expect(told).toContainText(/\b[1-6] s/);
  await expect(submit).toBeDisabled();
  await expect(told).toBeHidden();
  await submit.click();
  await expect(accountButton(page)).toBeVisible();
});

test("registering: the first bad field is focused, a taken e-mail is told at its field, and then one is in", async ({ page, learner, guard }) => {
  guard.allow(answered(409));
  await page.goto("/login?tab=register");
  const form = page.getByRole("tabpanel");
  const create = form.getByRole("button", { name: "Create account" });
  await create.click();
  await expect(form.getByLabel("E-mail")).toBeFocused();
  await expect(form.getByLabel("E-mail")).toHaveAttribute("aria-invalid", "true");
  const mark = unique();
  await form.getByLabel("First name").fill("Ines");
  await form.getByLabel("Last name").fill(`Test${mark}`);
  await form.getByLabel("E-mail").fill(learner.email);
  await form.getByLabel("Username").fill(`e2e-${mark}`);
  await form.getByLabel("Password", { exact: true }).fill(learner.password);
  await create.click();
  await expect(form.getByLabel("E-mail")).toBeFocused();
  await expect(form.getByRole("alert").filter({ hasText: "There is an account" })).toBeVisible();
  await form.getByLabel("E-mail").fill(`e2e-${mark}@example.com`);
  await create.click();
  await expect(accountButton(page)).toContainText(`Ines Test${mark}`);
});

test("what one person saw is gone when the next logs in", async ({ page, market, learner, other }) => {
  const session = await market.session();
  const slot = await firstSlot(session.id);
  await book(learner, session.id, slot.start);
  await signIn(page, learner);
  await page.goto("/dashboard");
  await expect(bookingOf(page, session.title)).toBeVisible();
  await logOut(page);
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Log in" }).click();
  await logInAs(page, other);
  // Without an answer only what was kept could be shown.
  await page.route(MINE, () => undefined);
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Dashboard", exact: true }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Sam" })).toBeVisible();
  await expect(bookingOf(page, session.title)).toHaveCount(0);
});
