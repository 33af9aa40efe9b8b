import type { Page } from "@playwright/test";
import { call, unique, WEB_URL, type Person } from "./support/api";
import { expectAccessible } from "./support/axe";
import { answered } from "./support/guard";
import { accountButton, logInAs, logOut } from "./support/pages";
import { expect, signIn, test } from "./support/test";

/** Log-in with Google and GitHub, at a provider that plays both (support/provider.mjs). */

type Someone = { sub: string; name: string; email: string };

const someone = (name = "Ada Lovelace"): Someone => ({ sub: String(Math.floor(Math.random() * 1e12)), name, email: `e2e-${unique()}@example.com` });

test.beforeEach(async ({ guard }) => {
  const answer = await fetch(`${WEB_URL}/api/auth/oauth/google/login/`, { redirect: "manual" });
  const target = answer.headers.get("location") ?? "";
  expect(target, "a provider has to be set up: make browser starts one").toMatch(/^http/);
  guard.allowOrigin(new URL(target).origin);
});

/** On the provider's page. */
async function choose(page: Page, { sub, name, email }: Someone, { verified = true, mode = "" } = {}): Promise<void> {
  await page.getByLabel("Account", { exact: true }).fill(sub);
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Verified").setChecked(verified);
  await page.getByLabel("Mode", { exact: true }).selectOption(mode);
  await page.getByRole("button", { name: "Continue" }).click();
}

async function continueWith(page: Page, name: "Google" | "GitHub"): Promise<void> {
  await page.getByRole("link", { name: `Continue with ${name}` }).click();
  await expect(page.getByRole("heading", { name: `Log in to ${name}` })).toBeVisible();
}

const linkedPanel = (page: Page) => page.getByRole("region", { name: "Linked accounts" });

async function openAccountPage(page: Page): Promise<void> {
  await page.goto("/profile/account");
  await expect(linkedPanel(page).getByRole("button", { name: /Google$/ })).toBeVisible();
}

async function link(page: Page, person: Pick<Person, "password">, who: Someone): Promise<void> {
  await linkedPanel(page).getByRole("button", { name: "Link Google" }).click();
  const dialog = page.getByRole("dialog", { name: "Link Google?" });
  await dialog.getByRole("button", { name: "Continue to Google" }).click();
  await dialog.getByLabel("Current password", { exact: true }).fill(person.password);
  await dialog.getByRole("button", { name: "Continue to Google" }).click();
  await choose(page, who);
}

for (const name of ["Google", "GitHub"] as const) {
  test(`signing up with ${name}, and logging in again`, async ({ page }) => {
    const ada = someone();
    await page.goto("/login");
    await continueWith(page, name);
    await choose(page, ada);
    await expect(page).toHaveURL("/");
    await expect(accountButton(page, /Ada Lovelace/)).toBeVisible();
    const { cookies } = await page.context().storageState();
    expect(cookies.find((cookie) => cookie.name.includes("refresh_token"))).toMatchObject({ httpOnly: true, sameSite: "Strict", path: "/api/auth/" });
    expect(cookies.filter((cookie) => cookie.name.includes("oauth_"))).toEqual([]);
    await page.goto("/profile");
    await expect(page.getByLabel("First name")).toHaveValue("Ada");
    await logOut(page);
    await page.goto("/login");
    await continueWith(page, name);
    await choose(page, { ...ada, email: `e2e-${unique()}@example.com` });
    await expect(accountButton(page, /Ada Lovelace/)).toBeVisible();
    await page.goto("/profile/account");
    await expect(page.getByText(ada.email).first()).toBeVisible();
  });
}

test("one comes back to where one was", async ({ page }) => {
  await page.goto("/dashboard?tab=past");
  await expect(page).toHaveURL(/\/login\?/);
  await continueWith(page, "Google");
  await choose(page, someone());
  await expect(page).toHaveURL("/dashboard?tab=past");
  await expect(accountButton(page)).toBeVisible();
});

test("who cancels is told so, and where they wanted to go isn't forgotten", async ({ page, learner }) => {
  await page.goto("/login?next=%2Fdashboard");
  await continueWith(page, "GitHub");
  await page.getByRole("button", { name: "Cancel" }).click();
  await expect(page.getByRole("status").filter({ hasText: "You cancelled" })).toBeVisible();
  await logInAs(page, learner);
  await expect(page).toHaveURL("/dashboard");
});

test("an address that belongs to an account is refused; linked there, the provider opens it", async ({ page, guard, openBrowser }) => {
  guard.allow(answered(400));
  // Signed up with a provider, so that the address is known to be theirs.
  const ada = someone();
  await page.goto("/login");
  await continueWith(page, "GitHub");
  await choose(page, ada);
  await expect(accountButton(page)).toBeVisible();

  const other = await openBrowser();
  const google = { ...someone("Countess Lovelace"), email: ada.email };
  await other.goto("/login");
  await continueWith(other, "Google");
  await choose(other, google);
  await expect(other.getByRole("status").filter({ hasText: "There is an account with this e-mail address" })).toBeVisible();
  await expect(accountButton(other)).toBeHidden();

  await openAccountPage(page);
  await linkedPanel(page).getByRole("button", { name: "Link Google" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Continue to Google" }).click();
  await choose(page, google);
  await expect(linkedPanel(page).getByText("Google is linked")).toBeVisible();
  await continueWith(other, "Google");
  await choose(other, google);
  await expect(accountButton(other, /Ada Lovelace/)).toBeVisible();
});

test("linking asks for the password, unlinking too, and the last way to log in stays", async ({ page, guard, other }) => {
  guard.allow(answered(400), answered(409));
  const ada = someone();
  await signIn(page, other);
  await openAccountPage(page);
  await link(page, other, ada);
  await expect(page).toHaveURL("/profile/account");
  await expect(linkedPanel(page).getByText("Google is linked")).toBeVisible();
  await expect(linkedPanel(page).getByText(ada.email)).toBeVisible();
  // Told once.
  await page.reload();
  await expect(linkedPanel(page).getByRole("button", { name: "Unlink Google" })).toBeVisible();
  await expect(linkedPanel(page).getByText("Google is linked")).toBeHidden();

  await linkedPanel(page).getByRole("button", { name: "Unlink Google" }).click();
  const dialog = page.getByRole("dialog", { name: "Unlink Google?" });
  await dialog.getByRole("button", { name: "Unlink Google" }).click();
  await dialog.getByLabel("Current password", { exact: true }).fill("not the password");
  await dialog.getByRole("button", { name: "Unlink Google" }).click();
  await expect(dialog.getByRole("alert").filter({ hasText: "not your current password" })).toBeVisible();
  await dialog.getByLabel("Current password", { exact: true }).fill(other.password);
  await dialog.getByRole("button", { name: "Unlink Google" }).click();
  await expect(linkedPanel(page).getByRole("button", { name: "Link Google" })).toBeVisible();
  await logOut(page);

  await page.goto("/login");
  await continueWith(page, "Google");
  await choose(page, someone());
  await expect(accountButton(page)).toBeVisible();
  await openAccountPage(page);
  await linkedPanel(page).getByRole("button", { name: "Unlink Google" }).click();
  await dialog.getByRole("button", { name: "Unlink Google" }).click();
  await expect(dialog.getByRole("alert").filter({ hasText: "no way left to log in" })).toBeVisible();
});

test("somebody else's answer from the provider logs nobody in, and links nothing", async ({ page, openBrowser, learner }) => {
  const attacker = await openBrowser();
  await attacker.goto("/login");
  await continueWith(attacker, "Google");
  // The attacker keeps the address that their browser is sent back to.
  const form = await attacker.locator("form").getAttribute("action");
  const mallory = someone("Mallory");
  let stolen = new URL(form ?? "", attacker.url()).href;
  for (const options of [{ method: "POST", form: { ...mallory, verified: "yes", choice: "continue" } }, { method: "GET" }]) {
    const answer = await attacker.request.fetch(stolen, { ...options, maxRedirects: 0 });
    stolen = new URL(answer.headers().location ?? "", stolen).href;
  }
  expect(stolen).toContain("/accounts/google/login/callback/?code=");

  await page.goto(stolen);
  await expect(page.getByRole("status").filter({ hasText: "in another browser" })).toBeVisible();
  await signIn(page, learner);
  await page.goto(stolen);
  await openAccountPage(page);
  await expect(linkedPanel(page).getByRole("button", { name: "Link Google" })).toBeVisible();
});

test("a provider that lies, or fails, is told kindly", async ({ page }) => {
  for (const [mode, text] of [
    ["wrong nonce", "That log-in didn't work."],
    ["unsigned", "That log-in didn't work."],
    ["token endpoint fails", "The provider doesn't answer right now."],
    ["token endpoint refuses the app", "The provider doesn't accept this site right now."],
  ] as const) {
    await page.goto("/login");
    await continueWith(page, "Google");
    await choose(page, someone(), { mode });
    await expect(page.getByRole("status").filter({ hasText: text }), mode).toBeVisible();
  }
  await page.goto("/login");
  await continueWith(page, "Google");
  await choose(page, someone(), { verified: false });
  await expect(page.getByRole("status").filter({ hasText: "hasn't verified your e-mail address" })).toBeVisible();
});

test("only providers that are set up are offered", async ({ page }) => {
  const offered = await call<{ name: string }[]>("GET", "/api/auth/oauth/providers/");
  await page.goto("/login");
  await expect(page.getByRole("link", { name: /^Continue with / })).toHaveText(offered.map(({ name }) => `Continue with ${name}`));
});

for (const width of [1280, 390]) {
  test(`what is told and asked is accessible at ${width} px`, async ({ page, guard, learner }) => {
    guard.allow(answered(400));
    await page.setViewportSize({ width, height: 844 });
    await page.goto("/login?reason=oauth_email_taken");
    await expect(page.getByRole("link", { name: "Continue with GitHub" })).toBeVisible();
    await expectAccessible(page, "a refusal on the login page");
    await signIn(page, learner);
    await page.goto("/profile/account?reason=oauth_identity_taken");
    await expect(linkedPanel(page).getByText("Another account here")).toBeVisible();
    await linkedPanel(page).getByRole("button", { name: "Link GitHub" }).click();
    const confirm = page.getByRole("dialog").getByRole("button", { name: "Continue to GitHub" });
    await confirm.click();
    await page.getByLabel("Current password", { exact: true }).fill("not the password");
    await confirm.click();
    await expect(page.getByRole("dialog").getByText("not your current password")).toBeVisible();
    await expectAccessible(page, "linking, with a wrong password");
    await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();
    await expectAccessible(page, "a refusal among the linked accounts");
  });
}
