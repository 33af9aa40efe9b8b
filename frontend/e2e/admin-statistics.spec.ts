import type { Page } from "@playwright/test";
import { call } from "./support/api";
import { expect, signIn, test } from "./support/test";

const DAY = 86_400_000;
const day = (back: number) => new Date(Date.now() - back * DAY).toISOString().slice(0, 10);
/** Days that are over: what other tests do meanwhile is of today. */
const PERIOD = { from: day(25), to: day(5) };

const figure = (page: Page, name: string) => page.getByRole("main").getByRole("link", { name: new RegExp(`^${name}: `) });
const number = (text: string | null) => Number(/: \D*([\d,]+(\.\d+)?)/.exec(text ?? "")?.[1]?.replaceAll(",", ""));
const total = (page: Page) => page.getByRole("navigation", { name: "Pages" }).getByRole("status");

test("figures agree with each other and lead to their rows", async ({ page, admin }) => {
  const stats = await call<{ bookings: { total: number }; revenue: { currency: string; gross: string }[]; series: { currency: string; bookings: number; gross: string }[] }>(
    "GET",
    `/api/bookings/stats/?${new URLSearchParams(PERIOD)}`,
    { as: admin },
  );
  expect(stats.bookings.total).toBeGreaterThan(0);
  expect(stats.series.reduce((sum, { bookings }) => sum + bookings, 0)).toBe(stats.bookings.total);
  await signIn(page, admin);
  for (const name of ["Bookings", "Registrations", "New sessions"]) {
    await page.goto(`/admin?${new URLSearchParams(PERIOD)}`);
    await expect(figure(page, name)).toBeVisible();
    const shown = number(await figure(page, name).textContent());
    if (name === "Bookings") expect(shown).toBe(stats.bookings.total);
    await figure(page, name).click();
    if (shown === 0) await expect(page.getByRole("heading", { name: "Nothing matches" })).toBeVisible();
    else await expect(total(page)).toHaveText(new RegExp(`of ${shown.toLocaleString("en-US")}$`));
  }
});

test("the revenue of a currency is the sum of the rows behind it", async ({ page, admin }) => {
  const currency = "USD";
  const query = { created_from: PERIOD.from, created_to: PERIOD.to, currency, page_size: "100" };
  const rows: { amount: string }[] = [];
  for (let page = 1; ; page += 1) {
    const more = await call<{ amount: string }[]>("GET", `/api/bookings/?${new URLSearchParams({ ...query, page: String(page) })}`, { as: admin });
    rows.push(...more);
    if (more.length < 100) break;
  }
  const gross = rows.reduce((sum, { amount }) => sum + Math.round(Number(amount) * 100), 0) / 100;
  await signIn(page, admin);
  await page.goto(`/admin?${new URLSearchParams({ ...PERIOD, currency })}`);
  await expect(page.getByText(`of ${gross.toLocaleString("en-US", { style: "currency", currency })} booked`)).toBeVisible();
});

test("a period is chosen, and kept in the address", async ({ page, admin }) => {
  await signIn(page, admin);
  await page.goto("/admin");
  await page.getByRole("link", { name: "90 days" }).click();
  await expect(page).toHaveURL(/period=90/);
  await page.reload();
  await expect(page.getByRole("link", { name: "90 days" })).toHaveAttribute("aria-current", "page");
});
