import { register } from "./support/api";
import { expectAccessible } from "./support/axe";
import { answered } from "./support/guard";
import { accountButton } from "./support/pages";
import { expect, signIn, test } from "./support/test";

const devices = (page: Parameters<typeof signIn>[0]) => page.getByRole("region", { name: "Devices" });

test("somebody logs another device out", async ({ page, openBrowser, guard }) => {
  guard.allow(answered(401));
  const person = await register("user"); // and logged in by it: a device that is no browser
  await signIn(page, person);
  const other = await openBrowser(person, { userAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0" });
  await other.goto("/dashboard");
  await expect(accountButton(other)).toBeVisible();

  await page.goto("/profile");
  await page.getByRole("navigation", { name: "Profile pages" }).getByRole("link", { name: "Security" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Security" })).toBeFocused();
  await expect(devices(page).getByRole("listitem")).toHaveCount(3);
  await expect(devices(page).getByRole("listitem").filter({ hasText: "This device" })).toHaveCount(1);
  await devices(page).getByRole("button", { name: "Log out Firefox on Linux" }).click();
  const dialog = page.getByRole("dialog", { name: "Log out Firefox on Linux?" });
  await expectAccessible(page, "question about a device");
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await devices(page).getByRole("button", { name: "Log out Firefox on Linux" }).click();
  await dialog.getByRole("button", { name: "Log out" }).click();
  await expect(dialog).toBeHidden();
  await expect(devices(page).getByRole("listitem")).toHaveCount(2);
  await expect(devices(page).getByText("Firefox on Linux")).toHaveCount(0);

  // There it is over with the next thing that it asks.
  await other.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Profile" }).click();
  await other.getByRole("navigation", { name: "Profile pages" }).getByRole("link", { name: "Security" }).click();
  await expect(other).toHaveURL(/\/login\?next=%2Fprofile%2Fsecurity&reason=expired/);
  await expect(accountButton(page)).toBeVisible();
});

test("somebody logs out everywhere else, then here, too", async ({ page, openBrowser, guard }) => {
  guard.allow(answered(401));
  const person = await register("user");
  await signIn(page, person);
  const other = await openBrowser(person);
  await page.goto("/profile/security");
  await expect(devices(page).getByRole("listitem")).toHaveCount(3);
  await devices(page).getByRole("button", { name: "Log out everywhere" }).click();
  await expectAccessible(page, "question about all devices");
  await page.getByRole("dialog").getByRole("button", { name: "Log out all others" }).click();
  await expect(devices(page).getByRole("listitem")).toHaveCount(1);
  await expect(devices(page).getByRole("listitem")).toContainText("This device");
  await other.goto("/dashboard");
  await expect(other).toHaveURL(/\/login\?/);

  await devices(page).getByRole("button", { name: "Log out everywhere" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Log out here, too" }).click();
  await expect(page).toHaveURL("/");
  await expect(page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Log in" })).toBeVisible();
  await page.reload();
  await expect(page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Log in" })).toBeVisible();
});

test("the security page is accessible", async ({ page, learner }) => {
  await signIn(page, learner);
  await page.goto("/profile/security");
  await expect(devices(page).getByRole("listitem").first()).toBeVisible();
  await expectAccessible(page, "security");
});
