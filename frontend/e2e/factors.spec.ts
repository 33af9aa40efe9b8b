import type { Page } from "@playwright/test";
import { call, Refused, register, type Person } from "./support/api";
import { expectAccessible } from "./support/axe";
import { answered } from "./support/guard";
import { pressOn, typeInto } from "./support/keyboard";
import { logInAs, logOut } from "./support/pages";
import { expect, signIn, test } from "./support/test";
import { App } from "./support/totp";

const dialog = (page: Page, name?: string | RegExp) => page.getByRole("dialog", { name });
const panel = (page: Page, name: string) => page.getByRole("region", { name });
const heading = (page: Page, name: string) => page.getByRole("heading", { level: 1, name });
const ownCodes = (page: Page) => dialog(page, "Your recovery codes").getByRole("listitem");

async function confirmPassword(page: Page, person: Person, action = "Continue"): Promise<void> {
  await dialog(page).getByLabel("Current password", { exact: true }).fill(person.password);
  await dialog(page).getByRole("button", { name: action, exact: true }).click();
}

async function keepCodes(page: Page): Promise<string[]> {
  await expect(ownCodes(page)).toHaveCount(10);
  const codes = await ownCodes(page).allTextContents();
  await dialog(page).getByRole("button", { name: "I have kept them" }).click();
  await expect(dialog(page)).toHaveCount(0);
  return codes;
}

async function setUpApp(page: Page, person: Person): Promise<App> {
  await panel(page, "Authenticator app").getByRole("button", { name: "Set up" }).click();
  await confirmPassword(page, person);
  const picture = dialog(page).getByRole("img", { name: "QR code for your authenticator app" });
  await expect.poll(() => picture.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBeGreaterThan(0);
  const secret = await dialog(page).getByText(/^([A-Z2-7]{4} ?){8}$/).textContent();
  const app = new App(secret!.replaceAll(" ", ""));
  await dialog(page).getByLabel("Code that the app shows now").fill(await app.code());
  await dialog(page).getByRole("button", { name: "Turn on" }).click();
  return app;
}

/** A device with a fingerprint reader whose user is there, as Chromium imagines it. */
async function addAuthenticator(page: Page): Promise<void> {
  const client = await page.context().newCDPSession(page);
  await client.send("WebAuthn.enable", { enableUI: false });
  await client.send("WebAuthn.addVirtualAuthenticator", {
    options: { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
  });
}

test("an authenticator app: set up, then codes and recovery codes to log in", async ({ page, guard }) => {
  guard.allow(answered(403), answered(401));
  const person = await register("user");
  await signIn(page, person);
  await page.goto("/profile/security");
  const app = await setUpApp(page, person);
  await expectAccessible(page, "recovery codes");
  const codes = await keepCodes(page);
  await expect(panel(page, "Authenticator app").getByText("On", { exact: true })).toBeVisible();
  await expect(panel(page, "Recovery codes").getByText("10 of 10 left")).toBeVisible();
  await expectAccessible(page, "security page");

  await logOut(page);
  await page.goto("/login?next=/dashboard");
  await logInAs(page, person);
  await expect(heading(page, "One more step")).toBeVisible();
  await expect(page.getByLabel("Code", { exact: true })).toBeFocused();
  await expectAccessible(page, "second step");
  await page.getByLabel("Code", { exact: true }).fill("000 000");
  await page.getByRole("button", { name: "Log in", exact: true }).click();
  await expect(page.getByRole("alert").filter({ hasText: "4 tries are left" })).toBeVisible();
  await page.getByLabel("Code", { exact: true }).fill(await app.code());
  await page.getByRole("button", { name: "Log in", exact: true }).click();
  await expect(page).toHaveURL("/dashboard");

  // By the keyboard alone, with a recovery code.
  await logOut(page);
  await page.goto("/login?next=/profile/security");
  await logInAs(page, person);
  await pressOn(page, page.getByRole("button", { name: "Use a recovery code" }));
  await expect(page.getByLabel("Recovery code")).toBeFocused();
  await page.keyboard.type(codes[0]!.toUpperCase());
  await page.keyboard.press("Enter");
  await expect(panel(page, "Recovery codes").getByText("9 of 10 left")).toBeVisible();

  // It was good once.
  const again = await call("POST", "/api/auth/login/", { body: { email: person.email, password: person.password } }).catch((error: Refused) => error);
  const { challenge } = (again as Refused).problem;
  const answer = await call("POST", "/api/auth/login/second-factor/", { body: { challenge, method: "recovery_code", code: codes[0] } }).catch((error: Refused) => error);
  expect((answer as Refused).status).toBe(401);

  await panel(page, "Authenticator app").getByRole("button", { name: "Turn off" }).click();
  await expectAccessible(page, "turning off");
  await confirmPassword(page, person, "Turn off");
  await expect(panel(page, "Authenticator app").getByText("Off", { exact: true })).toBeVisible();
  await expect(panel(page, "Recovery codes")).toHaveCount(0);
});

test("a passkey: added, used instead of a password and as a second step, removed", async ({ page, guard }) => {
  guard.allow(answered(403));
  await addAuthenticator(page);
  // The imagined user takes every offer at once: here nothing is offered, they have to ask.
  await page.addInitScript(() => {
    PublicKeyCredential.isConditionalMediationAvailable = () => Promise.resolve(false);
  });
  const person = await register("user");
  await signIn(page, person);
  await page.goto("/profile/security");
  await panel(page, "Passkeys").getByRole("button", { name: "Add a passkey" }).click();
  await dialog(page).getByLabel("Name").fill("Blue laptop");
  await expectAccessible(page, "adding a passkey");
  await confirmPassword(page, person);
  await keepCodes(page);
  const row = panel(page, "Passkeys").getByRole("listitem").filter({ hasText: "Blue laptop" });
  await expect(row).toContainText("Never used");
  await expectAccessible(page, "security page with a passkey");

  await logOut(page);
  await page.goto("/login?next=/profile/security");
  await page.getByRole("button", { name: "Continue with a passkey" }).click();
  await expect(row).toContainText("Last used");

  await row.getByRole("button", { name: "Rename: Blue laptop" }).click();
  await dialog(page).getByLabel("Name").fill("Red laptop");
  await dialog(page).getByRole("button", { name: "Save" }).click();
  const renamed = panel(page, "Passkeys").getByRole("listitem").filter({ hasText: "Red laptop" });
  await expect(renamed).toBeVisible();

  await logOut(page);
  await page.goto("/login?next=/profile/security");
  await logInAs(page, person);
  await page.getByRole("button", { name: "Use your passkey" }).click();
  await expect(renamed).toBeVisible();

  await renamed.getByRole("button", { name: "Remove: Red laptop" }).click();
  await confirmPassword(page, person, "Remove");
  await expect(panel(page, "Passkeys").getByText("No passkeys yet.")).toBeVisible();
  await expect(dialog(page)).toHaveCount(0);
});

test("the browser offers a passkey where the e-mail address goes", async ({ page }) => {
  await addAuthenticator(page);
  const person = await register("user");
  await signIn(page, person);
  await page.goto("/profile/security");
  await panel(page, "Passkeys").getByRole("button", { name: "Add a passkey" }).click();
  await confirmPassword(page, person);
  await keepCodes(page);
  await logOut(page);
  // The imagined user takes the offer at once.
  await page.goto("/login?next=/dashboard");
  await expect(page).toHaveURL("/dashboard");
});

test("a login that began elsewhere is finished here, on a phone", async ({ page, guard }) => {
  guard.allow(answered(401));
  await page.setViewportSize({ width: 390, height: 844 });
  const person = await register("user");
  await signIn(page, person);
  await page.goto("/profile/security");
  const app = await setUpApp(page, person);
  await keepCodes(page);
  await expectAccessible(page, "security page");
  await page.getByRole("button", { name: "Menu" }).click();
  await page.getByRole("banner").getByRole("button", { name: "Log out" }).click();
  await expect(page).toHaveURL("/");

  await page.goto("/login#second_factor=of-another-day&methods=totp");
  await page.getByLabel("Code", { exact: true }).fill("000000");
  await page.getByRole("button", { name: "Log in", exact: true }).click();
  await expect(page.getByRole("status").filter({ hasText: "Log in again." })).toBeVisible();
  await expect(heading(page, "Welcome back")).toBeVisible();

  const refused = (await call("POST", "/api/auth/login/", { body: { email: person.email, password: person.password } }).catch((error: Refused) => error)) as Refused;
  await page.goto(`/login#second_factor=${String(refused.problem.challenge)}&methods=totp,recovery_code&next=%2Fdashboard`);
  await expect(heading(page, "One more step")).toBeVisible();
  expect(new URL(page.url()).hash).toBe("");
  await expectAccessible(page, "second step");
  await typeInto(page, page.getByLabel("Code", { exact: true }), await app.code());
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL("/dashboard");
});
