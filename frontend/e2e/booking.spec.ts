import type { Page, Route } from "@playwright/test";
import { book, bookablePrice, bookingsOf, changeSession, firstSlot, openSlots, type Slot } from "./support/api";
import { answered, UNANSWERED } from "./support/guard";
import { bookingOf, calendarDay, chooseDay, chooseSlot, clock, confirmButton, confirmDialog, logInAs, openConfirmation, timeButton } from "./support/pages";
import { expect, signIn, test } from "./support/test";

const CREATE = "**/api/bookings/";
const isBooking = (route: Route) => route.request().method() === "POST";

/** Two open starts of one day, which don't overlap. */
async function twoSlots(session: string): Promise<[Slot, Slot]> {
  const slots = await openSlots(session);
  const first = slots[0];
  const second = slots.find((slot) => first && slot.start >= first.end);
  if (!first || !second) throw new Error("no two open times");
  return [first, second];
}

test("a time without seats can't be chosen, and says so", async ({ page, market, other }) => {
  const session = await market.session({ max_participants: 1 });
  const [taken, open] = await twoSlots(session.id);
  await book(other, session.id, taken.start);
  await page.goto(`/sessions/${session.id}`);
  await chooseDay(page, open);
  await expect(timeButton(page, open)).toBeEnabled();
  await expect(timeButton(page, taken)).toBeDisabled();
  await expect(timeButton(page, taken)).toContainText("Sold out");
});

test("a price that changes while somebody looks is shown and confirmed anew", async ({ page, market, creator, learner, other, guard }) => {
  guard.allow(answered(409));
  const session = await market.session({ price: "40.00" });
  const slot = await firstSlot(session.id);
  await signIn(page, learner);
  await openConfirmation(page, session, slot);
  await expect(confirmButton(page)).toContainText("$40.00");
  await changeSession(creator, session.id, { price: "45.50" });
  await expect.poll(() => bookablePrice(other, session.id, slot.start)).toBe("45.50");

  await confirmButton(page).click();
  await expect(confirmDialog(page).getByRole("alert")).toContainText("$45.50");
  expect(await bookingsOf(learner, session.id)).toEqual([]);
  await expect(confirmButton(page)).toContainText("$45.50");
  await confirmButton(page).click();
  await expect(page).toHaveURL("/dashboard");
  expect(await bookingsOf(learner, session.id)).toMatchObject([{ amount: "45.50" }]);
});

test("a seat that was just taken: the month stays, the nearest time is offered and can be had", async ({ page, market, learner, other, guard }) => {
  guard.allow(answered(409));
  const session = await market.session({ max_participants: 1 });
  const slot = await firstSlot(session.id);
  await signIn(page, learner);
  await openConfirmation(page, session, slot);
  const month = await page.getByRole("grid", { includeHidden: true }).getAttribute("aria-label");
  await book(other, session.id, slot.start);
  // Around the taken hour the host is busy: the nearest is where the next one begins.
  const [nearest] = await openSlots(session.id);
  if (!nearest) throw new Error("no open time");

  await confirmButton(page).click();
  await expect(confirmDialog(page)).toBeHidden();
  await expect(page.getByRole("alert").filter({ hasText: "just taken" })).toBeVisible();
  await expect(page.getByRole("grid")).toHaveAccessibleName(month ?? "");
  const offer = page.getByRole("button", { name: /nearest/ });
  await expect(offer).toContainText(clock(nearest.start));
  await offer.click();
  await expect(timeButton(page, nearest)).toHaveAttribute("aria-pressed", "true");
  await page.getByRole("button", { name: "Book Now" }).click();
  await confirmButton(page).click();
  await expect(page).toHaveURL("/dashboard");
  expect(await bookingsOf(learner, session.id)).toMatchObject([{ booking_date: nearest.start }]);
});

test("a visitor's choice outlives the login", async ({ page, market, learner }) => {
  const session = await market.session();
  const [, slot] = await twoSlots(session.id);
  await page.goto(`/sessions/${session.id}`);
  await chooseSlot(page, slot);
  await page.getByRole("link", { name: "Log in to book" }).click();
  await logInAs(page, learner);
  await expect(page).toHaveURL(new RegExp(`/sessions/${session.id}`));
  await expect(timeButton(page, slot)).toHaveAttribute("aria-pressed", "true");
  await page.getByRole("button", { name: "Book Now" }).click();
  await expect(confirmDialog(page)).toContainText(clock(slot.start));
});

test("one's own session isn't for booking", async ({ page, market, creator }) => {
  const session = await market.session();
  await signIn(page, creator);
  await page.goto(`/sessions/${session.id}`);
  await expect(page.getByRole("heading", { name: "This is your session" })).toBeVisible();
  await expect(page.getByRole("grid")).toBeHidden();
  await expect(page.getByRole("button", { name: "Book Now" })).toBeHidden();
});

test("a session that is closed meanwhile says so, and nothing is booked", async ({ page, market, creator, learner, guard }) => {
  guard.allow(answered(409));
  const session = await market.session();
  const slot = await firstSlot(session.id);
  await signIn(page, learner);
  await openConfirmation(page, session, slot);
  await changeSession(creator, session.id, { status: "inactive" });
  await expect.poll(() => openSlots(session.id).then((slots) => slots.length, () => 0)).toBe(0);
  await confirmButton(page).click();
  await expect(page.getByRole("heading", { name: "Not open for booking" })).toBeVisible();
  await expect(page.getByRole("button", { name: "Book Now" })).toBeHidden();
  expect(await bookingsOf(learner, session.id)).toEqual([]);
});

test("a seat that one holds already is named, and its time can't be chosen again", async ({ page, market, learner }) => {
  const session = await market.session();
  const slot = await firstSlot(session.id);
  await book(learner, session.id, slot.start);
  await signIn(page, learner);
  await page.goto(`/sessions/${session.id}`);
  await expect(page.getByText(/You have a seat on/)).toContainText(clock(slot.start));
  await chooseDay(page, slot);
  await expect(timeButton(page, slot)).toBeDisabled();
  await expect(timeButton(page, slot)).toContainText("You have this seat");
});

test("a double click books once", async ({ page, market, learner }) => {
  const session = await market.session();
  const slot = await firstSlot(session.id);
  await signIn(page, learner);
  await openConfirmation(page, session, slot);
  let sent = 0;
  await page.route(CREATE, (route) => {
    if (isBooking(route)) sent += 1;
    return route.continue();
  });
  await confirmButton(page).dblclick();
  await expect(page).toHaveURL("/dashboard");
  await expect(bookingOf(page, session.title)).toHaveCount(1);
  expect(await bookingsOf(learner, session.id)).toHaveLength(1);
  expect(sent).toBe(1);
});

test("an answer that got lost: trying again repeats the attempt instead of booking anew", async ({ page, market, learner, guard }) => {
  guard.allow(UNANSWERED);
  const session = await market.session();
  const slot = await firstSlot(session.id);
  await signIn(page, learner);
  await openConfirmation(page, session, slot);
  const attempts: (string | undefined)[] = [];
  await page.route(CREATE, async (route) => {
    if (!isBooking(route)) return route.continue();
    attempts.push(route.request().headers()["idempotency-key"]);
    if (attempts.length > 1) return route.continue();
    await route.fetch();
    return route.abort();
  });
  await confirmButton(page).click();
  await expect(confirmDialog(page).getByRole("alert")).toContainText("can't reach");
  expect(await bookingsOf(learner, session.id)).toHaveLength(1);
  await confirmButton(page).click();
  await expect(page).toHaveURL("/dashboard");
  expect(await bookingsOf(learner, session.id)).toHaveLength(1);
  expect(attempts).toEqual([attempts[0], attempts[0]]);
  expect(attempts[0]).toBeTruthy();
});

test("two people, one seat, at once: one has it, the other is told kindly", async ({ openBrowser, market, learner, other, guard }) => {
  guard.allow(answered(409));
  const session = await market.session({ max_participants: 1 });
  const slot = await firstSlot(session.id);
  const pages = await Promise.all([openBrowser(learner), openBrowser(other)]);
  await Promise.all(pages.map((page) => openConfirmation(page, session, slot)));
  await holdUntilBoth(pages);
  await Promise.all(pages.map((page) => confirmButton(page).click()));

  const booked = (page: Page) => page.getByText("Your seat is booked.");
  const told = (page: Page) => page.getByRole("alert").filter({ hasText: "just taken" });
  await Promise.all(pages.map((page) => expect(booked(page).or(told(page)).first()).toBeVisible()));
  const outcomes = await Promise.all(pages.map(async (page) => ((await told(page).isVisible()) ? "told" : "booked")));
  expect(outcomes.toSorted()).toEqual(["booked", "told"]);
  const loser = pages[outcomes.indexOf("told")] as Page;
  await expect(loser.getByRole("button", { name: /nearest/ })).toBeVisible();
  await expect(calendarDay(loser, slot.start)).toBeVisible();
  const seats = await Promise.all([bookingsOf(learner, session.id), bookingsOf(other, session.id)]);
  expect(seats.flat()).toHaveLength(1);
});

/** Lets the pages' bookings go only when both are on their way. */
async function holdUntilBoth(pages: Page[]): Promise<void> {
  let waiting = 0;
  let release: () => void;
  const all = new Promise<void>((resolve) => {
    release = resolve;
  });
  for (const page of pages) {
    await page.route(CREATE, async (route) => {
      if (isBooking(route)) {
        waiting += 1;
        if (waiting === pages.length) release();
        await all;
      }
      await route.continue();
    });
  }
}
