import type { Page } from "@playwright/test";
import { register } from "./support/api";
import { expectAccessible } from "./support/axe";
import { answered } from "./support/guard";
import { linkIn, mailTo } from "./support/mail";
import { accountButton, logInAs } from "./support/pages";
import { expect, signIn, test } from "./support/test";

const VERIFY = "Confirm your e-mail address";
const RESET = "Set a new password";
const heading = (page: Page) => page.getByRole("heading", { level: 1 });
const banner = (page: Page) => page.getByRole("region", { name: "Your e-mail address" });

test("who registers confirms the address by the mailed link", async ({ page, guard }) => {
  guard.allow(answered(400));
  const person = await register("user", "Vera");
  const link = linkIn(await mailTo(person.email, VERIFY));
  await signIn(page, person);
  await page.goto("/dashboard");
  await expect(banner(page)).toContainText(person.email);
  await expectAccessible(page, "dashboard with an unconfirmed address");
  await page.goto(link);
  await expect(heading(page)).toHaveText("Your address is confirmed");
  await expect(page).not.toHaveURL(/token/);
  await expectAccessible(page, "confirmed address");
  await page.getByRole("link", { name: "Continue" }).click();
  await expect(heading(page)).toBeFocused();
  await expect(page.getByRole("heading", { name: "Active Bookings" })).toBeVisible();
  await expect(banner(page)).toHaveCount(0);
  // Opened once more, the link has done what it was for.
  await page.goto("/");
  await page.goto(link);
  await expect(heading(page)).toHaveText("Your address is confirmed");
});

test("an old link offers a new one; a banner can be put away", async ({ page, guard }) => {
  guard.allow(answered(400));
  const person = await register("user", "Vera");
  await mailTo(person.email, VERIFY);
  await page.goto("/verify-email#token=not-a-token");
  await expect(heading(page)).toHaveText("This link isn't good any more");
  await expectAccessible(page, "link that isn't good");
  await page.getByRole("link", { name: "Log in for a new link" }).click();
  await logInAs(page, person);
  await page.getByRole("button", { name: "Send a new link" }).click();
  await expect(page.getByText("A new link is on its way")).toBeVisible();
  await mailTo(person.email, VERIFY, 1);
  await page.goto("/dashboard");
  await banner(page).getByRole("button", { name: "Not now" }).click();
  await page.reload();
  await expect(page.getByRole("heading", { name: "Active Bookings" })).toBeVisible();
  await expect(banner(page)).toHaveCount(0);
});

test("a forgotten password is replaced, and the other device is logged out", async ({ page, openBrowser, guard }) => {
  guard.allow(answered(400), answered(401));
  const person = await register("user", "Rosa");
  const other = await openBrowser(person);
  await other.goto("/dashboard");
  await expect(accountButton(other)).toBeVisible();

  await page.goto("/login");
  await page.getByRole("link", { name: "Forgot your password?" }).click();
  await expect(heading(page)).toHaveText("Forgot your password?");
  await expectAccessible(page, "forgotten password");
  await page.getByLabel("E-mail").fill(person.email);
  await page.getByRole("button", { name: "Send me a link" }).click();
  await expect(heading(page)).toHaveText("Look into your mail");
  await expectAccessible(page, "link on its way");

  const link = linkIn(await mailTo(person.email, RESET));
  await page.goto(link);
  await expect(heading(page)).toHaveText("Set a new password");
  await expect(page).not.toHaveURL(/token/);
  await expectAccessible(page, "new password");
  await page.getByLabel("New password", { exact: true }).fill("password");
  await page.getByRole("button", { name: "Set password" }).click();
  await expect(page.getByLabel("New password", { exact: true })).toHaveAttribute("aria-invalid", "true");
  await page.getByLabel("New password", { exact: true }).fill("a louder river runs");
  await page.getByRole("button", { name: "Set password" }).click();
  await expect(page.getByText("Your new password is set")).toBeVisible();

  await logInAs(page, person);
  await expect(page.getByRole("tabpanel").getByRole("alert").filter({ hasText: /./ })).toBeVisible();
  await logInAs(page, { ...person, password: "a louder river runs" });
  await expect(accountButton(page)).toBeVisible();
  await mailTo(person.email, "Your password was changed");

  await other.reload();
  await expect(other).toHaveURL(/\/login/);
  // The link was good once.
  await page.goto("/");
  await page.goto(link);
  await page.getByLabel("New password", { exact: true }).fill("a third river runs");
  await page.getByRole("button", { name: "Set password" }).click();
  await expect(heading(page)).toHaveText("This link isn't good any more");
});

test("an address changes when the new one confirms it", async ({ page, guard }) => {
  guard.allow(answered(400));
  const person = await register("user", "Mira");
  const newEmail = `new-${person.email}`;
  await page.goto(linkIn(await mailTo(person.email, VERIFY)));
  await expect(heading(page)).toHaveText("Your address is confirmed");
  await signIn(page, person);
  await page.goto("/profile/account");
  const panel = page.getByRole("region", { name: "E-mail address" });
  await expect(panel.getByText("Confirmed", { exact: true })).toBeVisible();
  await panel.getByRole("button", { name: "Change address" }).click();
  await expect(panel.getByLabel("New e-mail")).toBeFocused();
  await expectAccessible(page, "change of address");
  await panel.getByLabel("New e-mail").fill(newEmail);
  await panel.getByLabel("Current password", { exact: true }).fill("not the password");
  await panel.getByRole("button", { name: "Send a link there" }).click();
  await expect(panel.getByLabel("Current password", { exact: true })).toHaveAttribute("aria-invalid", "true");
  await panel.getByLabel("Current password", { exact: true }).fill(person.password);
  await panel.getByRole("button", { name: "Send a link there" }).click();
  await expect(panel.getByText(`We've sent a link to ${newEmail}`)).toBeVisible();
  await expect(panel.getByRole("button", { name: "Change address" })).toBeFocused();
  await expect(panel.getByText(person.email, { exact: true })).toBeVisible();
  await mailTo(person.email, "Your e-mail address is about to change");

  const link = linkIn(await mailTo(newEmail, "Confirm your new e-mail address"));
  await page.goto(link);
  await expect(heading(page)).toHaveText("Your new address is set");
  await expectAccessible(page, "changed address");
  await page.getByRole("link", { name: "Continue" }).click();
  await expect(panel.getByText(newEmail, { exact: true })).toBeVisible();
  await mailTo(person.email, "Your e-mail address was changed");
  await page.goto("/");
  await page.goto(link);
  await expect(heading(page)).toHaveText("This link isn't good any more");
});

test.describe("on a phone", () => {
  test.use({ viewport: { width: 390, height: 844 } });

  test("pages of mailed links fit", async ({ page, guard }) => {
    guard.allow(answered(400));
    const person = await register("user", "Pia");
    await signIn(page, person);
    for (const [path, title] of [
      ["/reset-password", "Forgot your password?"],
      ["/reset-password#token=none", "Set a new password"],
      ["/verify-email#token=none", "This link isn't good any more"],
      ["/change-email#token=none", "This link isn't good any more"],
      ["/profile/account", "Account"],
      ["/dashboard", /Pia/],
    ] as const) {
      await page.goto("/");
      await page.goto(path);
      await expect(heading(page)).toHaveText(title);
      await expectAccessible(page, path);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    }
  });
});
