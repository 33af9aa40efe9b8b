import type { Page } from "@playwright/test";
import { book, call, firstSlot } from "./support/api";
import { expectAccessible } from "./support/axe";
import { hurry, poison } from "./support/poison";
import { expect, signIn, test } from "./support/test";

/** A poisoned projection differs from the bookings until it is mended: one after another. */
test.describe.configure({ mode: "default" });

const dialog = (page: Page) => page.getByRole("dialog");
/** What the page says of the last change. */
const notice = (page: Page) => page.getByRole("main").getByRole("status").filter({ has: page.getByRole("button", { name: "Dismiss" }) });

test("a poison message is found, read and sent again", async ({ page, market, admin, creator, learner }) => {
  const session = await market.session({ price: "31.41" });
  const revenue = async () => {
    const { revenue } = await call<{ revenue: { gross: string }[] }>("GET", "/api/bookings/creator_stats/", { as: creator });
    return Number(revenue[0]?.gross ?? 0);
  };
  const before = await revenue();
  const mend = await poison(session.id);
  const booking = await book(learner, session.id, (await firstSlot(session.id)).start);
  try {
    await hurry(booking.id);
    await signIn(page, admin);
    await page.goto("/admin/operations");
    const row = page.getByRole("row").filter({ hasText: booking.id });
    await expect(row).toContainText("booking.booking.created.v1");
    await expect(row).toContainText("no_ink");
    await expect(page.getByRole("region", { name: "Booking", exact: true })).toContainText("Needs a look");
    await expectAccessible(page, "operations with a dead letter");
    await row.getByRole("button", { name: "booking.booking.created.v1" }).click();
    await expect(dialog(page)).toContainText("Why it died");
    await expect(dialog(page).getByRole("region", { name: "Payload" })).toContainText(`"amount": "31.41"`);
    await expect(dialog(page).getByRole("region", { name: "Headers" })).toContainText("correlation-id");
    await expectAccessible(page, "dead letter");
    expect(await revenue()).toBe(before);
  } finally {
    await mend();
  }
  await dialog(page).getByRole("button", { name: "Send again" }).click();
  await expect(dialog(page)).toContainText("Send 1 dead letter again?");
  await dialog(page).getByLabel("Reason").fill("The ink is back");
  await dialog(page).getByRole("button", { name: "Send again" }).click();
  await expect(notice(page)).toContainText("1 dead letter sent again.");
  await expect(page.getByRole("row").filter({ hasText: booking.id })).toHaveCount(0);
  await expect.poll(revenue).toBeCloseTo(before + 31.41, 2);
  const lines = await call<{ action: string; reason: string }[]>("GET", `/api/admin/booking/audit/?actor=${admin.id}`, { as: admin });
  expect(lines.map(({ reason }) => reason)).toContain("The ink is back");
});

test("every service says how it is; revenue is checked and rebuilt with the outcome shown", async ({ page, admin }) => {
  await signIn(page, admin);
  await page.goto("/admin/operations");
  for (const service of ["identity", "catalog", "booking"] as const) {
    const state = await call<{ version: string; database: { revision: string } }>("GET", `/api/admin/${service}/operations/`, { as: admin });
    const card = page.getByRole("region", { name: service[0]!.toUpperCase() + service.slice(1), exact: true });
    await expect(card).toContainText(state.version);
    await expect(card).toContainText(state.database.revision);
    await expect(card.getByText("Alive")).toBeVisible();
  }
  const jobs = page.getByRole("region", { name: "Jobs" }).getByRole("listitem");
  for (const [action, outcome] of [
    ["Check revenue", "Revenue agrees with the bookings."],
    ["Rebuild revenue", "Made anew:"],
  ] as const) {
    await page.getByRole("button", { name: action }).click();
    await dialog(page).getByRole("button", { name: action }).click();
    await expect(notice(page)).toContainText(action);
    const job = jobs.filter({ hasText: `Booking: ${action}` }).filter({ hasText: admin.username }).first();
    await expect(job).toContainText("Done", { timeout: 60_000 });
    await expect(job).toContainText(outcome);
  }
});

test("a service that doesn't answer is shown as such, and the others go on", async ({ page, admin, guard }) => {
  guard.allow(/responded with a status of 503/);
  await signIn(page, admin);
  await page.route("**/api/admin/catalog/**", (route) => route.fulfill({ status: 503, contentType: "application/problem+json", body: JSON.stringify({ type: "about:blank", title: "Service Unavailable", status: 503, code: "unavailable" }) }));
  await page.goto("/admin/operations");
  await expect(page.getByRole("region", { name: "Catalog", exact: true })).toContainText("Doesn't answer");
  await expect(page.getByRole("region", { name: "Identity", exact: true }).getByText("Alive")).toBeVisible();
  await expectAccessible(page, "operations without the catalogue");
});
