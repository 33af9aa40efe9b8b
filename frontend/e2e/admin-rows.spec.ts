import type { Page } from "@playwright/test";
import { book, bookablePrice, bookingsOf, call, firstSlot, type Session } from "./support/api";
import { logInAs } from "./support/pages";
import { expect, signIn, test } from "./support/test";

const heading = (page: Page) => page.getByRole("heading", { level: 1 });
const dialog = (page: Page) => page.getByRole("dialog");
const fact = (page: Page, name: string) => page.locator("dl > div").filter({ has: page.locator("dt", { hasText: new RegExp(`^${name}$`) }) }).locator("dd");
const trail = (page: Page) => page.getByRole("region", { name: "Audit trail" });
/** What the page says of the last change. */
const notice = (page: Page) => page.getByRole("main").getByRole("status").filter({ has: page.getByRole("button", { name: "Dismiss" }) });

test("a price that an admin edits reaches who books, and the audit trail", async ({ page, market, admin, learner }) => {
  const session = await market.session({ price: "40.00" });
  const { start } = await firstSlot(session.id);
  expect(await bookablePrice(learner, session.id, start)).toBe("40.00");
  await page.goto("/login?next=/admin/sessions");
  await logInAs(page, admin);
  await page.getByLabel("Search").fill(session.title);
  await page.getByRole("link", { name: session.title }).click();
  await expect(heading(page)).toHaveText(session.title);
  await page.getByRole("button", { name: "Edit", exact: true }).click();
  await dialog(page).getByLabel("Price").fill("55.50");
  await dialog(page).getByLabel("Reason").fill("A typing error");
  await dialog(page).getByRole("button", { name: "Update" }).click();
  await expect(dialog(page)).toBeHidden();
  await expect(fact(page, "Price")).toHaveText("$55.50");
  await expect.poll(() => bookablePrice(learner, session.id, start)).toBe("55.50");
  const line = trail(page).getByRole("listitem").first();
  await expect(line).toContainText(admin.username);
  await expect(line).toContainText(/40\.00.*55\.50/);
  await expect(line).toContainText("A typing error");
});

test("a session is made for a creator, closed, opened again by undo, and deleted with its bookings", async ({ page, admin, creator, learner }) => {
  await signIn(page, admin);
  await page.goto("/admin/sessions");
  await page.getByRole("button", { name: "+ Create session" }).click();
  const sheet = dialog(page);
  await sheet.getByLabel("Creator").fill(creator.last_name);
  await sheet.getByRole("option", { name: creator.email }).click();
  await sheet.getByLabel("Title").fill("Letters to Nobody");
  await sheet.getByLabel("Price").fill("12.00");
  await sheet.getByRole("button", { name: "Create", exact: true }).click();
  await expect(heading(page)).toHaveText("Letters to Nobody");
  await expect(fact(page, "Creator")).toContainText(creator.last_name);
  const id = new URL(page.url()).pathname.split("/").at(-1)!;
  expect(await call<Session>("GET", `/api/sessions/${id}/`)).toMatchObject({ title: "Letters to Nobody", creator_details: { id: creator.id } });
  await book(learner, id, (await firstSlot(id)).start);

  await page.getByRole("button", { name: "Deactivate" }).click();
  await dialog(page).getByRole("button", { name: "Deactivate" }).click();
  await expect(notice(page)).toContainText("The session is inactive.");
  await expect(fact(page, "Public")).toContainText("No");
  await notice(page).getByRole("button", { name: "Undo" }).click();
  await expect(fact(page, "Public")).toHaveText("Yes");

  await page.getByRole("button", { name: "Delete" }).click();
  await expect(dialog(page)).toContainText("1 upcoming booking");
  await expect(dialog(page)).toContainText("$12.00");
  await dialog(page).getByRole("button", { name: "Delete" }).click();
  await expect(dialog(page).getByRole("alert")).toContainText("Nothing brings it back");
  expect(await bookingsOf(learner, id)).toHaveLength(1);
  await dialog(page).getByRole("button", { name: "Yes: delete" }).click();
  await expect(notice(page)).toContainText("is deleted");
  await expect(page.getByRole("button", { name: "Edit", exact: true })).toHaveCount(0);
  await expect.poll(() => bookingsOf(learner, id)).toEqual([]);
  await expect(page.getByRole("region", { name: "Its bookings" }).getByRole("row").filter({ hasText: learner.last_name })).toContainText("Cancelled");
});

test("a booking is cancelled with a reason that its booker sees", async ({ page, market, admin, learner, openBrowser }) => {
  const session = await market.session();
  const booking = await book(learner, session.id, (await firstSlot(session.id)).start);
  await signIn(page, admin);
  await page.goto("/admin/bookings");
  await page.getByLabel("Search").fill(learner.email);
  await expect(page).toHaveURL(/search=/);
  const row = page.getByRole("row").filter({ hasText: session.title });
  await expect(row).toContainText("Confirmed");
  await row.locator(`a[href$="${booking.id}"]`).click();
  await page.getByRole("button", { name: "Cancel booking" }).click();
  await dialog(page).getByLabel("Reason").fill("The room is flooded");
  await dialog(page).getByRole("button", { name: "Cancel booking" }).click();
  await dialog(page).getByRole("button", { name: "Yes: cancel booking" }).click();
  await expect(notice(page)).toBeVisible();
  await expect(page.getByRole("button", { name: "Cancel booking" })).toHaveCount(0);
  await expect(trail(page).getByRole("listitem").first()).toContainText(admin.username);
  const theirs = await openBrowser(learner);
  await theirs.goto("/dashboard?tab=cancelled");
  await expect(theirs.getByText("The room is flooded")).toBeVisible();
});

test("bookings are found by who gives the session and which it is", async ({ page, market, admin, creator, learner, other }) => {
  const session = await market.session();
  const another = await market.session();
  await book(learner, session.id, (await firstSlot(session.id)).start);
  await book(other, another.id, (await firstSlot(another.id)).start);
  await signIn(page, admin);
  await page.goto("/admin/bookings");
  await page.getByRole("button", { name: "Filters" }).click();
  await page.getByRole("combobox", { name: "Creator" }).fill(creator.last_name);
  await page.getByRole("option", { name: creator.email }).click();
  await expect(page).toHaveURL(new RegExp(`creator=${creator.id}`));
  await expect(page.getByRole("row").filter({ hasText: session.title })).toBeVisible();
  await expect(page.getByRole("row").filter({ hasText: another.title })).toBeVisible();
  await page.getByRole("combobox", { name: "Session" }).fill(session.title);
  await page.getByRole("option", { name: session.title }).click();
  await expect(page.getByRole("row").filter({ hasText: another.title })).toHaveCount(0);
  await expect(page.getByRole("row").filter({ hasText: session.title })).toContainText(learner.last_name);
  await page.getByRole("button", { name: /^Remove filter Session/ }).click();
  await expect(page.getByRole("row").filter({ hasText: another.title })).toBeVisible();
  await expect(page.getByRole("combobox", { name: "Session" })).toHaveValue("");
});
