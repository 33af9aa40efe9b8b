import { readFile } from "node:fs/promises";
import sharp from "sharp";
import { book, createSession, firstSlot, register, type Person } from "./support/api";
import { answered } from "./support/guard";
import { accountButton, bookingOf, logInAs } from "./support/pages";
import { expect, signIn, test } from "./support/test";
import type { Page } from "@playwright/test";

/** What people keep with us and take away again: their picture, their data, their account. */

const photo = (format: "png" | "jpeg" = "jpeg") =>
  sharp({ create: { width: 640, height: 480, channels: 3, background: "#1d5b4f" } })
    .toFormat(format)
    .toBuffer();

const chooser = (page: Page) => page.locator("input[type=file]");
const group = (page: Page) => page.getByRole("group", { name: "Your picture" });
/** The picture in the navbar, once it is really there. */
async function navbarShowsPicture(page: Page): Promise<void> {
  const image = accountButton(page).locator("img");
  await expect(image).toHaveAttribute("src", /^\/media\/avatars\//);
  await expect.poll(() => image.evaluate((found: HTMLImageElement) => found.complete && found.naturalWidth > 0)).toBe(true);
}

test("a picture is uploaded, seen at once and after a reload, and removed", async ({ page }) => {
  const person = await register("user");
  await signIn(page, person);
  await page.goto("/profile");
  await expect(page.getByText("60% complete")).toBeVisible();
  await chooser(page).setInputFiles({ name: "me.jpg", mimeType: "image/jpeg", buffer: await photo() });
  await expect(page.getByText("Picture saved.").first()).toBeVisible();
  await navbarShowsPicture(page);
  await expect(page.getByText("80% complete")).toBeVisible();

  await page.reload();
  await navbarShowsPicture(page);
  // What is saved with the form leaves the picture as it is.
  await page.getByLabel("First name").fill("Noor");
  await page.getByRole("button", { name: "Save Profile" }).click();
  await expect(accountButton(page)).toContainText("Noor");
  await navbarShowsPicture(page);

  await page.getByRole("button", { name: "Remove picture" }).click();
  await expect(page.getByText("Picture removed.").first()).toBeVisible();
  await expect(accountButton(page).locator("img")).toHaveCount(0);
  await expect(page.getByRole("button", { name: "Upload a picture" })).toBeVisible();
});

test("a picture is dropped on its place", async ({ page }) => {
  await signIn(page, await register("user"));
  await page.goto("/profile");
  const files = await page.evaluateHandle((bytes) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([Uint8Array.from(bytes)], "me.png", { type: "image/png" }));
    return transfer;
  }, [...(await photo("png"))]);
  await group(page).dispatchEvent("dragenter", { dataTransfer: files });
  await expect(page.getByText("Drop it to use it")).toBeVisible();
  await group(page).dispatchEvent("drop", { dataTransfer: files });
  await navbarShowsPicture(page);
});

test("what can't be a picture is refused before it is sent, or after", async ({ page, guard }) => {
  await signIn(page, await register("user"));
  await page.goto("/profile");
  const alert = group(page).getByRole("alert");
  await chooser(page).setInputFiles({ name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("hello") });
  await expect(alert).toHaveText(/no JPEG, PNG, WebP or GIF/);
  await chooser(page).setInputFiles({ name: "large.png", mimeType: "image/png", buffer: Buffer.alloc(10 * 2 ** 20 + 1) });
  await expect(alert).toHaveText(/larger than 10 MiB/);
  // Called a picture, and none.
  guard.allow(answered(415), answered(400));
  await chooser(page).setInputFiles({ name: "me.png", mimeType: "image/png", buffer: Buffer.from("<svg xmlns='http://www.w3.org/2000/svg'/>") });
  await expect(alert).toHaveText(/no JPEG, PNG, WebP or GIF/);
  await chooser(page).setInputFiles({ name: "me.jpg", mimeType: "image/jpeg", buffer: (await photo()).subarray(0, 400) });
  await expect(alert).toHaveText(/damaged/);
  // Another choice takes the message away.
  await chooser(page).setInputFiles({ name: "me.jpg", mimeType: "image/jpeg", buffer: await photo() });
  await navbarShowsPicture(page);
  await expect(alert).toHaveCount(0);
});

test("the profile says what is missing, and leads there", async ({ page }) => {
  await signIn(page, await register("user"));
  await page.goto("/profile");
  await page.getByRole("button", { name: "A few words about you" }).click();
  await expect(page.getByLabel("Bio")).toBeFocused();
  await page.getByRole("button", { name: "A picture of you" }).click();
  await expect(page.getByRole("button", { name: "Upload a picture" })).toBeFocused();
  await page.getByLabel("Bio").fill("Paints boats, mostly at dawn.");
  await page.getByRole("button", { name: "Save Profile" }).click();
  await expect(page.getByText("80% complete")).toBeVisible();
  await expect(page.getByRole("button", { name: "A few words about you" })).toHaveCount(0);
});

test("one's data comes as one file", async ({ page, learner, market }) => {
  const session = await market.session();
  const booking = await book(learner, session.id, (await firstSlot(session.id)).start);
  await signIn(page, learner);
  await page.goto("/profile/account");
  const coming = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download my data" }).click();
  const download = await coming;
  expect(download.suggestedFilename()).toMatch(/^my-sessions-data-\d{4}-\d\d-\d\d\.json$/);
  const data = JSON.parse(await readFile(await download.path(), "utf8")) as {
    account: { profile: { email: string } };
    sessions: { sessions: unknown[] };
    bookings: { bookings: { id: string }[] };
  };
  expect(data.account.profile.email).toBe(learner.email);
  expect(data.sessions.sessions).toEqual([]);
  expect(data.bookings.bookings.map(({ id }) => id)).toContain(booking.id);
  await expect(page.getByText("Your data is in your downloads.").first()).toBeVisible();
});

test("a creator deletes their account", async ({ page, openBrowser, guard, learner }) => {
  const creator: Person = await register("creator");
  const session = await createSession(creator);
  await book(learner, session.id, (await firstSlot(session.id)).start);
  await signIn(page, creator);
  await page.goto("/profile/account");
  await page.getByRole("button", { name: "Delete my account…" }).click();
  const dialog = page.getByRole("dialog", { name: "Delete your account?" });
  await expect(dialog).toContainText("You have no upcoming bookings.");
  await expect(dialog).toContainText("Your 1 session can't be found or booked any more.");
  await expect(dialog).toContainText("1 upcoming booking of your sessions is cancelled");
  const submit = dialog.getByRole("button", { name: "Delete my account" });

  await dialog.getByLabel(/^Type .+ to confirm$/).fill("somebody-else");
  await submit.click();
  await expect(dialog.getByRole("alert")).toHaveText("This isn't your username.");
  guard.allow(answered(400), answered(401));
  await dialog.getByLabel(/^Type .+ to confirm$/).fill(creator.username);
  await dialog.getByLabel("Current password").fill("not my password");
  await submit.click();
  await expect(dialog.getByRole("alert")).toHaveText(/not your current password/);
  await dialog.getByLabel("Current password").fill(creator.password);
  await submit.click();

  await expect(page).toHaveURL(/\/$/);
  await expect(page.getByText("Your account was deleted.").first()).toBeVisible();
  await expect(page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Log in" })).toBeVisible();
  await page.goto("/login");
  await logInAs(page, creator);
  await expect(page.getByRole("alert").filter({ hasText: /don't match/ })).toBeVisible();

  const theirs = await openBrowser(learner);
  // It comes by the broker.
  await expect(async () => {
    await theirs.goto("/dashboard?tab=cancelled");
    await expect(bookingOf(theirs, session.title)).toContainText("The host isn't here any more.", { timeout: 5_000 });
  }).toPass();
});
