import type { Page } from "@playwright/test";
import { book, bookingsOf, createSession, deleteSession, firstSlot, register, unique } from "./support/api";
import { answered, PICTURES } from "./support/guard";
import { bookingOf, calendarDay, chooseSlot, clock, confirmButton, confirmDialog } from "./support/pages";
import { expect, signIn, test } from "./support/test";

test.use({ viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true });

const WIDTHS = [390, 320];

async function expectNoSidewaysScroll(page: Page, where: string): Promise<void> {
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 844 });
    await expect
      .poll(() => page.evaluate(() => ({ layout: window.innerWidth, content: Math.max(document.documentElement.scrollWidth, document.body.scrollWidth) })), { message: `${where} at ${width}` })
      .toEqual({ layout: width, content: width });
  }
}

test("no public page scrolls sideways", async ({ page, market, creator, guard }) => {
  guard.allow(answered(404));
  const session = await market.session({ title: `${"Antidisestablishmentarianism".repeat(3)} ${unique()}`, description: `https://example.com/${"a".repeat(180)}`, price: "999999.99" });
  for (const path of ["/", "/?search=nothing-is-called-this&category=writing&price=25-75", `/sessions/${session.id}`, `/creators/${creator.id}`, "/login", "/login?tab=register", "/nowhere"]) {
    await page.goto(path);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    await expectNoSidewaysScroll(page, path);
  }
  await page.goto("/");
  await page.getByRole("button", { name: "Menu" }).tap();
  await expectNoSidewaysScroll(page, "open menu");
});

test("no page of a member scrolls sideways", async ({ page, other }) => {
  const creator = await register("creator", "Wolfeschlegelsteinhausenbergerdorff");
  const session = await createSession(creator, { title: `${"Donaudampfschifffahrtsgesellschaft".repeat(2)} ${unique()}`, price: "123456.78" });
  try {
    const slot = await firstSlot(session.id);
    await book(other, session.id, slot.start);
    await signIn(page, creator);
    await page.goto("/creator-dashboard");
    await expect(page.getByRole("region", { name: "Recent Bookings" }).getByText(other.email)).toBeVisible();
    await expectNoSidewaysScroll(page, "creator dashboard");
    await page.getByRole("button", { name: "Show as table" }).tap();
    await expectNoSidewaysScroll(page, "table of days");
    await page.getByRole("button", { name: "+ Create Session" }).first().tap();
    await expect(page.getByRole("dialog").getByLabel("Title")).toBeVisible();
    await expectNoSidewaysScroll(page, "create sheet");
    await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).tap();
    await page.getByRole("region", { name: "My Sessions" }).getByRole("button", { name: /^Delete/ }).tap();
    await expect(page.getByRole("dialog")).toContainText(other.last_name);
    await expectNoSidewaysScroll(page, "delete dialog");
    await page.goto("/profile");
    await expect(page.getByRole("button", { name: "Save Profile" })).toBeVisible();
    await expectNoSidewaysScroll(page, "profile");

    await page.context().clearCookies();
    await signIn(page, other);
    for (const path of ["/dashboard", "/dashboard?tab=past", "/dashboard?tab=cancelled"]) {
      await page.goto(path);
      await expect(page.getByRole("main").getByRole("heading", { level: path === "/dashboard" ? 3 : 2 }).first()).toBeAttached();
      await expectNoSidewaysScroll(page, path);
    }
    await page.goto("/dashboard");
    await bookingOf(page, session.title).getByRole("button", { name: "Cancel booking" }).tap();
    await expect(page.getByRole("dialog")).toBeVisible();
    await expectNoSidewaysScroll(page, "cancel dialog");
  } finally {
    await deleteSession(creator, session.id);
  }
});

test("no page of an admin scrolls sideways", async ({ page, admin, other, guard }) => {
  guard.allow(PICTURES);
  const creator = await register("creator", "Wolfeschlegelsteinhausenbergerdorff");
  const session = await createSession(creator, { title: `${"Donaudampfschifffahrtsgesellschaft".repeat(2)} ${unique()}`, price: "123456.78" });
  try {
    const booking = await book(other, session.id, (await firstSlot(session.id)).start);
    await signIn(page, admin);
    const main = page.getByRole("main");
    for (const [path, shown] of [
      ["/admin", main.getByRole("link", { name: /^Bookings: / })],
      ["/admin/users", main.getByRole("row").filter({ hasText: creator.email })],
      [`/admin/users/${creator.id}`, main.getByText("Logged in nowhere.").or(main.getByText("active").first())],
      ["/admin/users/create", main.getByLabel("Username")],
      ["/admin/sessions", main.getByRole("row").filter({ hasText: session.title })],
      [`/admin/sessions/${session.id}`, main.getByRole("row").filter({ hasText: other.last_name })],
      ["/admin/bookings", main.getByRole("row").filter({ hasText: session.title })],
      [`/admin/bookings/${booking.id}`, main.getByText(other.email)],
      ["/admin/oauth-apps", main.getByText("Google").first()],
      ["/admin/operations", main.getByText("Alive").first()],
    ] as const) {
      await page.goto(path);
      await expect(shown.first()).toBeVisible();
      await expectNoSidewaysScroll(page, path);
    }
    await page.goto("/admin/bookings");
    await page.getByRole("button", { name: "Filters" }).tap();
    await main.getByRole("checkbox").and(page.locator(":visible:enabled")).first().tap();
    await expect(page.getByRole("region", { name: "Selection" })).toBeVisible();
    await expectNoSidewaysScroll(page, "filters and selection");
  } finally {
    await deleteSession(creator, session.id);
  }
});

for (const width of WIDTHS) {
  test(`booking by the price bar and its sheet at ${width} px`, async ({ page, market, learner }) => {
    await page.setViewportSize({ width, height: 844 });
    const session = await market.session({ price: "40.00" });
    const slot = await firstSlot(session.id);
    await signIn(page, learner);
    await page.goto(`/sessions/${session.id}`);
    const open = page.getByRole("button", { name: "Choose date and time" });
    await expect(open).toBeInViewport({ ratio: 1 });
    await expect(page.getByText("$40.00").filter({ visible: true })).toBeInViewport();
    await open.tap();
    const sheet = page.getByRole("dialog", { name: "Book a seat" });
    await expect(sheet).toBeVisible();
    await expect(calendarDay(sheet, slot.start).or(sheet.getByRole("button", { name: "Next month" })).first()).toBeVisible();
    await chooseSlot(page, slot);
    await sheet.getByRole("button", { name: "Book Now" }).tap();
    await expect(confirmDialog(page)).toContainText("$40.00");
    await expect(confirmDialog(page)).toContainText(clock(slot.start));
    await expectNoSidewaysScroll(page, "confirmation");
    await page.setViewportSize({ width, height: 844 });
    await confirmButton(page).tap();
    await expect(page).toHaveURL("/dashboard");
    expect(await bookingsOf(learner, session.id)).toHaveLength(1);
  });
}
