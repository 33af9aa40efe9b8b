import type { Page } from "@playwright/test";
import { book, firstSlot, register } from "./support/api";
import { UNANSWERED } from "./support/guard";
import { expect, signIn, test } from "./support/test";

const STREAM = "**/api/bookings/creator_stats/stream/**";
const LISTS = /creator_bookings/;

const recent = (page: Page, email: string) => page.getByRole("region", { name: "Recent Bookings" }).getByRole("row").filter({ hasText: email });
const revenue = (page: Page) => page.locator("dl > div").filter({ has: page.locator("dt", { hasText: /^Revenue$/ }) }).locator("dd").first();

/** Marks the document: a reload would lose it. */
const mark = (page: Page) => page.evaluate(() => document.documentElement.setAttribute("data-same-document", ""));
const isSameDocument = (page: Page) => page.locator("html[data-same-document]");

test("a booking made elsewhere appears without a reload, pushed by the stream", async ({ page, market, creator, other }) => {
  const session = await market.session({ price: "31.25" });
  const slot = await firstSlot(session.id);
  await signIn(page, creator);
  await page.goto("/creator-dashboard");
  await expect(page.getByText("Live", { exact: true })).toBeVisible();
  await expect(page.getByRole("region", { name: "My Sessions" }).getByRole("link", { name: session.title })).toBeVisible();
  await mark(page);
  const before = await revenue(page).textContent();
  await book(other, session.id, slot.start);
  await expect(recent(page, other.email).filter({ hasText: session.title })).toContainText("$31.25");
  await expect(revenue(page)).not.toHaveText(before ?? "");
  await expect(isSameDocument(page)).toBeAttached();
});

test("while the stream stands, nothing is polled", async ({ page }) => {
  const creator = await register("creator");
  await page.clock.install();
  await signIn(page, creator);
  await page.goto("/creator-dashboard");
  await expect(page.getByText("Live", { exact: true })).toBeVisible();
  await expect(page.getByRole("heading", { name: "No bookings yet" })).toBeVisible();
  let asked = 0;
  page.on("request", (request) => {
    if (LISTS.test(request.url())) asked += 1;
  });
  await page.clock.fastForward(20_000);
  await expect(page.getByText("Live", { exact: true })).toBeVisible();
  expect(asked).toBe(0);
});

test("a refused stream is made up for by polling", async ({ page, market, creator, other, guard }) => {
  guard.allow(UNANSWERED);
  const session = await market.session({ price: "31.75" });
  const slot = await firstSlot(session.id);
  await page.route(STREAM, (route) => route.abort());
  await signIn(page, creator);
  await page.goto("/creator-dashboard");
  await expect(page.getByText(/^Updates every/)).toBeVisible();
  await expect(page.getByRole("region", { name: "My Sessions" }).getByRole("link", { name: session.title })).toBeVisible();
  await mark(page);
  await book(other, session.id, slot.start);
  await expect(recent(page, other.email).filter({ hasText: session.title })).toContainText("$31.75");
  await expect(isSameDocument(page)).toBeAttached();
});
