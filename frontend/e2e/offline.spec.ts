import { book, firstSlot } from "./support/api";
import { answered, UNANSWERED } from "./support/guard";
import { bookingOf, calendarDay } from "./support/pages";
import { expect, signIn, test } from "./support/test";

test("an unreachable API is told with Retry, which recovers", async ({ page, market, learner, guard }) => {
  guard.allow(UNANSWERED);
  const session = await market.session();
  const slot = await firstSlot(session.id);
  await book(learner, session.id, slot.start);
  await signIn(page, learner);
  await page.route("**/api/bookings/**", (route) => route.abort());
  await page.goto("/dashboard");
  const failure = page.getByRole("main").getByRole("alert");
  await expect(failure).toContainText("can't reach the server");
  await page.unroute("**/api/bookings/**");
  await failure.getByRole("button", { name: "Retry" }).click();
  await expect(bookingOf(page, session.title)).toBeVisible();
  await expect(failure).toBeHidden();
});

test("the booking panel fails by itself: the page stays, Retry brings the times", async ({ page, market, guard }) => {
  guard.allow(UNANSWERED);
  const session = await market.session();
  const slot = await firstSlot(session.id);
  await page.route("**/api/bookings/availability/**", (route) => route.abort());
  await page.goto(`/sessions/${session.id}`);
  await expect(page.getByRole("heading", { level: 1, name: session.title })).toBeVisible();
  const panel = page.getByRole("complementary", { name: "Book a seat" });
  await expect(panel.getByRole("alert")).toContainText("can't reach the server");
  await page.unroute("**/api/bookings/availability/**");
  await panel.getByRole("button", { name: "Retry" }).click();
  await expect(calendarDay(panel, slot.start)).toBeVisible();
});

test("a fault on the other side is told with its request's id", async ({ page, creator, guard }) => {
  guard.allow(answered(503));
  await signIn(page, creator);
  await page.route("**/api/bookings/creator_stats/?**", (route) =>
    route.fulfill({ status: 503, contentType: "application/problem+json", json: { title: "Unavailable", status: 503, code: "unavailable", request_id: "a1b2c3d4" } }),
  );
  await page.goto("/creator-dashboard");
  const failure = page.getByRole("alert").filter({ hasText: "a1b2c3d4" });
  await expect(failure.getByRole("button", { name: "Retry" })).toBeVisible();
  await expect(page.getByRole("heading", { name: "My Sessions" })).toBeVisible();
});

test("without a network a banner says so until it is back", async ({ page, context, guard }) => {
  // What the page was still fetching ahead of time.
  guard.allow(UNANSWERED);
  await page.goto("/");
  const banner = page.getByRole("status").filter({ hasText: "offline" });
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await expect(banner).toBeHidden();
  await context.setOffline(true);
  await expect(banner).toBeVisible();
  await context.setOffline(false);
  await expect(banner).toBeHidden();
});
