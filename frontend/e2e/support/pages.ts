import { expect, type Locator, type Page } from "@playwright/test";
import type { Slot } from "./api";

/** What people do on pages, by what they see there. */

export const ZONE = "Europe/Berlin";

const part = (start: string, options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat("en-US", { timeZone: ZONE, ...options }).format(new Date(start));

const monthName = (start: string) => part(start, { month: "long", year: "numeric" });
/** "2:00 PM", whatever space stands before the letters. */
export const clock = (start: string) => new RegExp(`\\b${part(start, { hour: "numeric", minute: "2-digit" }).replace(/\s/, "\\s")}`);
/** The date as lists of bookings show it: "Nov 24, 2026". */
export const day = (start: string) => part(start, { month: "short", day: "numeric", year: "numeric" });
const dayOfMonth = (start: string) => Number(part(start, { day: "numeric" }));

export async function logInAs(page: Page, { email, password }: { email: string; password: string }): Promise<void> {
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("tabpanel").getByRole("button", { name: "Log in" }).click();
}

/** By the navbar: shown once the page knows who is there. */
export const accountButton = (page: Page, name: string | RegExp = "") => page.getByRole("button", { name: name === "" ? /^Account: / : name });

export async function logOut(page: Page): Promise<void> {
  await accountButton(page).click();
  await page.getByRole("banner").getByRole("button", { name: "Log out" }).click();
  await expect(page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Log in" })).toBeVisible();
}

export const calendarDay = (page: Page | Locator, start: string) =>
  page.getByRole("gridcell").getByRole("button", { name: new RegExp(`${part(start, { month: "long" })} ${dayOfMonth(start)}(st|nd|rd|th), ${part(start, { year: "numeric" })}`) });

export const timeButton = (page: Page | Locator, { start }: Pick<Slot, "start">) => page.getByRole("region", { name: "Choose a time" }).getByRole("button", { name: clock(start) });

export async function chooseDay(page: Page, { start }: Pick<Slot, "start">): Promise<void> {
  const grid = page.getByRole("grid");
  await expect(grid).toBeVisible();
  // Three weeks ahead is the next month at most.
  if ((await grid.getAttribute("aria-label")) !== monthName(start)) await page.getByRole("button", { name: "Next month" }).click();
  await expect(grid).toHaveAccessibleName(monthName(start));
  await calendarDay(page, start).click();
}

export async function chooseSlot(page: Page, slot: Pick<Slot, "start">): Promise<void> {
  await chooseDay(page, slot);
  await timeButton(page, slot).click();
  await expect(timeButton(page, slot)).toHaveAttribute("aria-pressed", "true");
}

export const confirmDialog = (page: Page) => page.getByRole("dialog", { name: "Confirm your booking" });
export const confirmButton = (page: Page) => confirmDialog(page).getByRole("button", { name: /^Confirm/ });

export async function openConfirmation(page: Page, session: { id: string }, slot: Pick<Slot, "start">): Promise<void> {
  await page.goto(`/sessions/${session.id}`);
  await chooseSlot(page, slot);
  await page.getByRole("button", { name: "Book Now" }).click();
  await expect(confirmButton(page)).toBeVisible();
}

/** The booking of a session on the dashboard, next one or listed. */
export const bookingOf = (page: Page, title: string) => page.getByRole("article", { name: title }).or(page.getByRole("listitem").filter({ has: page.getByRole("heading", { name: title }) }));
