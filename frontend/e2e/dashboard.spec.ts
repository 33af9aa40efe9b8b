import { readFile } from "node:fs/promises";
import { book, bookingsOf, firstSlot, openSlots } from "./support/api";
import { answered } from "./support/guard";
import { bookingOf, day } from "./support/pages";
import { expect, signIn, test } from "./support/test";

test("cancelling says what happens, frees the seat and is listed", async ({ page, market, learner }) => {
  const session = await market.session({ max_participants: 1 });
  const slot = await firstSlot(session.id);
  await book(learner, session.id, slot.start);
  await signIn(page, learner);
  await page.goto("/dashboard");
  await bookingOf(page, session.title).getByRole("button", { name: "Cancel booking" }).click();
  const dialog = page.getByRole("dialog", { name: "Cancel this booking?" });
  await expect(dialog).toContainText(session.title);
  await expect(dialog).toContainText(day(slot.start));
  await dialog.getByRole("button", { name: "Yes, cancel it" }).click();
  await expect(dialog).toBeHidden();
  await expect(bookingOf(page, session.title)).toHaveCount(0);
  await expect.poll(async () => (await openSlots(session.id)).map(({ start }) => start)).toContain(slot.start);

  await page.getByRole("link", { name: "Cancelled" }).click();
  await expect(page).toHaveURL("/dashboard?tab=cancelled");
  await expect(bookingOf(page, session.title)).toContainText("Cancelled");
});

test("a cancellation shows at once; where it fails the booking comes back, with a word", async ({ page, market, learner, guard }) => {
  guard.allow(answered(503));
  const session = await market.session();
  const slot = await firstSlot(session.id);
  await book(learner, session.id, slot.start);
  await signIn(page, learner);
  await page.goto("/dashboard");
  let refuse: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    refuse = resolve;
  });
  await page.route("**/api/bookings/*/", async (route) => {
    if (route.request().method() !== "PATCH") return route.continue();
    await held;
    return route.fulfill({ status: 503, contentType: "application/problem+json", json: { title: "Unavailable", status: 503, code: "unavailable" } });
  });
  await bookingOf(page, session.title).getByRole("button", { name: "Cancel booking" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Yes, cancel it" }).click();
  await expect(bookingOf(page, session.title)).toHaveCount(0);
  refuse();
  await expect(bookingOf(page, session.title)).toContainText("Confirmed");
  await expect(page.getByRole("alert").filter({ hasText: session.title })).toBeVisible();
  expect(await bookingsOf(learner, session.id)).toHaveLength(1);
});

test("a booking can be taken along as a calendar file", async ({ page, market, learner }) => {
  const session = await market.session();
  const slot = await firstSlot(session.id);
  await book(learner, session.id, slot.start);
  await signIn(page, learner);
  await page.goto("/dashboard");
  const downloading = page.waitForEvent("download");
  await bookingOf(page, session.title).getByRole("button", { name: "Add to calendar" }).click();
  const download = await downloading;
  expect(download.suggestedFilename()).toMatch(/\.ics$/);
  const text = await readFile(await download.path(), "utf8");
  expect(text).toContain(`DTSTART:${slot.start.replaceAll(/[-:]/g, "")}`);
  expect(text).toContain(`DTEND:${slot.end.replaceAll(/[-:]/g, "")}`);
});
