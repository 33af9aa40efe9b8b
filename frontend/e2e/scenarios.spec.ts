import type { Locator, Page } from "@playwright/test";
import { bookingsOf, call, cancelBooking, deleteSession, logIn, openSlots, ownSessions, PREFIX, register, type Person, type Session, type Slot } from "./support/api";
import { PICTURES } from "./support/guard";
import { accountButton, bookingOf, chooseSlot, clock, confirmButton, confirmDialog, day, logInAs, logOut, ZONE } from "./support/pages";
import { expect, test } from "./support/test";

/** The four stories that must work in the browser, word for word, with the demo's accounts. One after another: they share them. */
test.describe.configure({ mode: "default" });

const CREATOR = { email: "creator@test.com", password: "test123" };
const USER = { email: "user@test.com", password: "test123" };

test("a user books", async ({ page }) => {
  const user = await logIn(USER.email, USER.password);
  const { session, slot } = await somethingToBook(user);

  await page.goto("/login");
  await logInAs(page, USER);
  await expect(page).toHaveURL("/");
  await expect(page.getByRole("main").getByRole("article")).not.toHaveCount(0);
  await page.getByRole("link", { name: session.title }).click();
  await expect(page.getByRole("heading", { level: 1, name: session.title })).toBeVisible();
  await chooseSlot(page, slot);
  await page.getByRole("button", { name: "Book Now" }).click();
  await expect(confirmDialog(page)).toContainText(session.price);
  await expect(confirmDialog(page)).toContainText(clock(slot.start));
  await confirmButton(page).click();

  await expect(page).toHaveURL("/dashboard");
  await expect(page.getByRole("heading", { name: "Active Bookings" })).toBeVisible();
  const [booking] = await bookingsOf(user, session.id);
  try {
    const row = bookingOf(page, session.title);
    await expect(row).toContainText("Confirmed");
    await expect(row).toContainText(session.price);
    await expect(row).toContainText(day(slot.start));
    await expect(row).toContainText(clock(slot.start));
    expect(booking).toMatchObject({ booking_date: slot.start, status: "confirmed", amount: session.price });
  } finally {
    if (booking) await cancelBooking(user, booking.id);
  }
});

/** A session on the first page of the demo's that the user holds no seat in yet, and a time. */
async function somethingToBook(user: Person): Promise<{ session: Session; slot: Slot }> {
  const sessions = await call<Session[]>("GET", "/api/sessions/?page_size=8");
  for (const session of sessions) {
    // What other tests publish may be gone in a moment.
    if (session.creator_details.username.startsWith(PREFIX) || session.price === "0.00") continue;
    if ((await bookingsOf(user, session.id)).length > 0) continue;
    const [slot] = await openSlots(session.id);
    if (slot) return { session, slot };
  }
  throw new Error("no session on the start page can be booked: enter the demo data first");
}

test("a creator manages", async ({ page, learner }) => {
  const creator = await logIn(CREATOR.email, CREATOR.password);
  const before = new Set((await ownSessions(creator)).map(({ id }) => id));

  await page.goto("/login");
  await logInAs(page, CREATOR);
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Creator Dashboard" }).click();
  try {
    await page.getByRole("button", { name: "+ Create Session" }).click();
    await fillSession(page.getByRole("dialog"), { title: "Advanced Python", duration: "90", price: "99.99", seats: "20" });
    await page.getByRole("dialog").getByRole("button", { name: "Create", exact: true }).click();
    await expect(page.getByRole("dialog")).toBeHidden();

    const [made] = (await ownSessions(creator)).filter(({ id }) => !before.has(id));
    if (!made) throw new Error("no session was created");
    expect(made).toMatchObject({ title: "Advanced Python", duration: 90, price: "99.99", max_participants: 20 });
    const row = page.getByRole("region", { name: "My Sessions" }).getByRole("row").filter({ has: page.locator(`a[href$="${made.id}"]`) });
    await expect(row).toContainText("Advanced Python");
    await expect(row).toContainText("1 h 30 min");
    await expect(row).toContainText("$99.99");

    await row.getByRole("button", { name: "Edit" }).click();
    const sheet = page.getByRole("dialog");
    await expect(sheet.getByLabel("Title")).toHaveValue("Advanced Python");
    await sheet.getByLabel("Title").fill("Advanced Python, in depth");
    await sheet.getByLabel("Max participants").fill("18");
    await sheet.getByRole("button", { name: "Update" }).click();
    await expect(sheet).toBeHidden();
    await expect(row).toContainText("Advanced Python, in depth");
    await expect(row).toContainText("18");

    const revenue = await revenueShown(page);
    const [slot] = await openSlots(made.id);
    if (!slot) throw new Error("the creator has no free time in three weeks");
    await call("POST", "/api/bookings/", { as: learner, body: { session: made.id, booking_date: slot.start } });
    const booked = page.getByRole("region", { name: "Recent Bookings" }).getByRole("row").filter({ hasText: learner.email });
    await expect(booked.first()).toContainText("Advanced Python, in depth");
    await expect(booked.first()).toContainText("$99.99");
    await expect(booked.first()).toContainText(learner.last_name);
    await expect.poll(() => revenueShown(page)).toBe(revenue + 99_99);

    await row.getByRole("button", { name: "Delete" }).click();
    const question = page.getByRole("dialog");
    await expect(question).toContainText(learner.last_name);
    await question.getByRole("button", { name: "Delete session" }).click();
    await expect(question).toBeHidden();
    await expect(row).toHaveCount(0);
  } finally {
    await removeNew(creator, before);
  }
});

test("the whole story", async ({ page, admin, guard }) => {
  guard.allow(PICTURES);
  const creator = await logIn(CREATOR.email, CREATOR.password);
  const user = await logIn(USER.email, USER.password);
  const before = new Set((await ownSessions(creator)).map(({ id }) => id));
  try {
    await page.goto("/login");
    await logInAs(page, CREATOR);
    await expect(page).toHaveURL(/\/creator-dashboard/);
    for (const fields of [
      { title: "Python Masterclass", price: "99.99", duration: "120", seats: "10" },
      { title: "React Workshop", price: "149.99", duration: "90", seats: "10" },
    ]) {
      await page.getByRole("button", { name: "+ Create Session" }).click();
      await fillSession(page.getByRole("dialog"), fields);
      await page.getByRole("dialog").getByRole("button", { name: "Create", exact: true }).click();
      await expect(page.getByRole("dialog")).toBeHidden();
      await expect(page.getByRole("region", { name: "My Sessions" }).getByRole("link", { name: fields.title })).toBeVisible();
    }
    const revenue = await revenueShown(page);
    await logOut(page);

    const masterclass = (await ownSessions(creator)).find(({ id, title }) => !before.has(id) && title === "Python Masterclass");
    if (!masterclass) throw new Error("no session was created");
    const slot = await nextAtTwo(masterclass.id);
    await page.goto("/login");
    await logInAs(page, USER);
    await page.getByLabel("Search sessions").fill("Python Masterclass");
    await page.getByRole("button", { name: "Search" }).click();
    await page.locator(`main a[href$="${masterclass.id}"]`).click();
    await chooseSlot(page, slot);
    await page.getByRole("button", { name: "Book Now" }).click();
    await expect(confirmDialog(page)).toContainText("$99.99");
    await confirmButton(page).click();
    await expect(page).toHaveURL("/dashboard");
    const [booking] = await bookingsOf(user, masterclass.id);
    expect(booking).toMatchObject({ booking_date: slot.start, status: "confirmed", amount: "99.99" });
    const own = bookingOf(page, "Python Masterclass");
    await expect(own).toContainText("Confirmed");
    await expect(own).toContainText(/2:00\sPM/);
    await logOut(page);

    await page.goto("/login");
    await logInAs(page, CREATOR);
    await expect(page).toHaveURL(/\/creator-dashboard/);
    const booked = page.getByRole("region", { name: "Recent Bookings" }).getByRole("row").filter({ hasText: "Python Masterclass" }).first();
    await expect(booked).toContainText(USER.email);
    await expect(booked).toContainText(day(slot.start));
    await expect(booked).toContainText("Confirmed");
    await expect(booked).toContainText("$99.99");
    // It comes by the broker, the list above doesn't.
    await expect.poll(() => revenueShown(page)).toBe(revenue + 99_99);
    await logOut(page);

    await page.goto("/login");
    await logInAs(page, admin);
    await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Admin" }).click();
    await expect(page.getByRole("heading", { level: 1, name: "System statistics" })).toBeVisible();
    for (const name of ["Accounts", "Creators", "Sessions", "Bookings", "Net revenue, USD"]) {
      await expect(page.getByRole("main").getByRole("link", { name: new RegExp(`^${name}: \\D*[1-9]`) })).toBeVisible();
    }
    const area = page.getByRole("navigation", { name: "Admin area" });
    const rows = page.getByRole("main").getByRole("row");
    await area.getByRole("link", { name: "Users" }).click();
    await page.getByLabel("Search").fill(USER.email);
    await expect(rows.filter({ hasText: USER.email })).toContainText("Active");
    await area.getByRole("link", { name: "Sessions" }).click();
    for (const title of ["Python Masterclass", "React Workshop"]) await expect(rows.filter({ hasText: title }).first()).toContainText("Test Creator");
    await area.getByRole("link", { name: "Bookings" }).click();
    const theirs = rows.filter({ has: page.locator(`a[href$="${booking?.id}"]`) });
    await expect(theirs).toContainText("Python Masterclass");
    await expect(theirs).toContainText("Test User");
    await expect(theirs).toContainText("$99.99");
  } finally {
    await removeNew(creator, before);
  }
});

test("profile", async ({ page, guard }) => {
  // Nothing answers there; people see their initials.
  guard.allow(PICTURES);
  // A password as short as the demo's can't be set again, so this story has a person of its own.
  const person = await register("user");
  await page.goto("/login");
  await logInAs(page, person);
  await expect(accountButton(page)).toContainText(`Kim ${person.last_name}`);
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Profile" }).click();
  await page.getByLabel("First name").fill("Noor");
  await page.getByLabel("Last name").fill("van Dijk");
  await page.getByLabel("Avatar URL").fill("https://images.example.com/noor.png");
  await page.getByLabel("Current password").fill(person.password);
  await page.getByLabel("New password", { exact: true }).fill("a harbour in the fog");
  await page.getByLabel("New password again").fill("a harbour in the fog");
  await page.getByRole("button", { name: "Save Profile" }).click();
  await expect(page.getByRole("main").getByRole("status").filter({ hasText: /saved/ })).toBeVisible();
  await expect(accountButton(page)).toContainText("Noor van Dijk");

  await page.reload();
  await expect(accountButton(page)).toContainText("Noor van Dijk");
  await expect(page.getByLabel("Avatar URL")).toHaveValue("https://images.example.com/noor.png");
  await logOut(page);
  await page.goto("/login");
  await logInAs(page, { email: person.email, password: "a harbour in the fog" });
  await expect(accountButton(page)).toContainText("Noor van Dijk");
});

type Fields = { title: string; duration: string; price: string; seats: string };

async function fillSession(sheet: Locator, fields: Fields): Promise<void> {
  await sheet.getByLabel("Title").fill(fields.title);
  await sheet.getByLabel("Duration (minutes)").fill(fields.duration);
  await sheet.getByLabel("Price").fill(fields.price);
  await sheet.getByLabel("Max participants").fill(fields.seats);
}

/** The revenue of all time that the dashboard shows, in cents. */
async function revenueShown(page: Page): Promise<number> {
  const tab = page.getByRole("link", { name: "All time" });
  if ((await tab.getAttribute("aria-current")) === null) {
    await tab.click();
    await expect(page).toHaveURL(/period=all/);
    await expect(page.getByText("Since you began").first()).toBeVisible();
  }
  const figure = page.locator("dl > div").filter({ has: page.locator("dt", { hasText: /^Revenue$/ }) }).locator("dd").first();
  await expect(figure).toContainText(/\$[\d,]+\.\d\d/);
  const [, amount = ""] = /\$([\d,]+\.\d\d)/.exec((await figure.textContent()) ?? "") ?? [];
  expect(amount).not.toBe("");
  return Math.round(Number(amount.replaceAll(",", "")) * 100);
}

/** Tomorrow 14:00; where somebody who tried this by hand has that hour taken, the next day. */
async function nextAtTwo(session: string): Promise<Slot> {
  const hour = (start: string) => new Intl.DateTimeFormat("en-GB", { timeZone: ZONE, hour: "2-digit", minute: "2-digit" }).format(new Date(start));
  const tomorrow = new Intl.DateTimeFormat("en-CA", { timeZone: ZONE }).format(Date.now() + 86_400_000);
  const from = new Date(Date.now() + 3_600_000).toISOString();
  const to = new Date(Date.now() + 14 * 86_400_000).toISOString();
  const slots = await call<Slot[]>("GET", `/api/bookings/availability/?${new URLSearchParams({ session, from, to })}`);
  const slot = slots.find(({ start, seats_left }) => seats_left > 0 && hour(start) === "14:00" && new Intl.DateTimeFormat("en-CA", { timeZone: ZONE }).format(new Date(start)) >= tomorrow);
  if (!slot) throw new Error("the creator is busy at 14:00 for two weeks");
  return slot;
}

async function removeNew(creator: Person, before: Set<string>): Promise<void> {
  for (const { id } of await ownSessions(creator)) if (!before.has(id)) await deleteSession(creator, id);
}
