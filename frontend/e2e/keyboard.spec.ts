import { bookingsOf, firstSlot, ownSessions, register, unique, deleteSession, book } from "./support/api";
import { pressOn, tabTo, typeInto } from "./support/keyboard";
import { accountButton, bookingOf, calendarDay, confirmButton, confirmDialog, timeButton } from "./support/pages";
import { expect, signIn, test } from "./support/test";

test("a user books", async ({ page, market, learner }) => {
  const session = await market.session();
  const slot = await firstSlot(session.id);
  await page.goto("/login");
  await typeInto(page, page.getByLabel("E-mail"), learner.email);
  await typeInto(page, page.getByLabel("Password", { exact: true }), learner.password);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL("/");
  await expect(page.getByRole("heading", { level: 1 })).toBeFocused();

  await typeInto(page, page.getByLabel("Search sessions"), session.title);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\?search=/);
  await pressOn(page, page.getByRole("link", { name: session.title }));
  await expect(page.getByRole("heading", { level: 1, name: session.title })).toBeFocused();

  // Into the calendar, on to the day by arrow keys, to a time and through the dialog.
  const days = page.getByRole("grid").getByRole("button");
  await expect(days.first()).toBeAttached();
  await tabTo(page, page.getByRole("grid").locator("button[tabindex='0']"));
  const target = calendarDay(page, slot.start);
  const focused = () => page.evaluate(() => document.activeElement?.closest("[role=gridcell] button")?.getAttribute("aria-label"));
  const wanted = () => target.evaluateAll(([button]) => button?.getAttribute("aria-label"));
  for (let days = 0; (await focused()) !== (await wanted()); days += 1) {
    expect(days).toBeLessThan(40);
    const before = await focused();
    await page.keyboard.press("ArrowRight");
    // Into a month that is still being drawn, too: pressed once more meanwhile, it would pass the day.
    await expect.poll(async () => (await focused()) ?? before).not.toBe(before);
  }
  await page.keyboard.press("Enter");
  await pressOn(page, timeButton(page, slot), "Space");
  await pressOn(page, page.getByRole("button", { name: "Book Now" }));
  await expect(confirmDialog(page)).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(confirmDialog(page)).toBeHidden();
  await expect(page.getByRole("button", { name: "Book Now" })).toBeFocused();
  await page.keyboard.press("Enter");
  await pressOn(page, confirmButton(page));
  await expect(page).toHaveURL("/dashboard");
  await expect(page.getByRole("heading", { level: 1 })).toBeFocused();
  await expect(bookingOf(page, session.title)).toContainText("Confirmed");
  expect(await bookingsOf(learner, session.id)).toHaveLength(1);
});

test("a creator manages", async ({ page, other }) => {
  const creator = await register("creator");
  await signIn(page, creator);
  await page.goto("/");
  await pressOn(page, page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Creator Dashboard" }));
  await expect(page.getByRole("heading", { level: 1, name: "Creator Dashboard" })).toBeFocused();
  const title = `Advanced Python ${unique()}`;
  const sheet = page.getByRole("dialog");
  await pressOn(page, page.getByRole("button", { name: "+ Create Session" }).first());
  await typeInto(page, sheet.getByLabel("Title"), title);
  await typeInto(page, sheet.getByLabel("Duration (minutes)"), "90");
  await typeInto(page, sheet.getByLabel("Max participants"), "20");
  await typeInto(page, sheet.getByLabel("Price"), "99.99");
  await pressOn(page, sheet.getByRole("button", { name: "Create", exact: true }));
  await expect(sheet).toBeHidden();
  const row = page.getByRole("region", { name: "My Sessions" }).getByRole("row").filter({ hasText: title });
  await expect(row).toContainText("$99.99");
  const [made] = await ownSessions(creator);
  if (!made) throw new Error("no session was created");
  try {
    await pressOn(page, row.getByRole("button", { name: "Edit" }));
    await typeInto(page, sheet.getByLabel("Max participants"), "18");
    await pressOn(page, sheet.getByRole("button", { name: "Update" }));
    await expect(sheet).toBeHidden();
    await expect(row.getByRole("button", { name: "Edit" })).toBeFocused();
    await expect(row).toContainText("18");
    await book(other, made.id, (await firstSlot(made.id)).start);
    await expect(page.getByRole("region", { name: "Recent Bookings" }).getByRole("row").filter({ hasText: other.email })).toContainText("$99.99");
    await pressOn(page, row.getByRole("button", { name: "Delete" }));
    await expect(sheet).toContainText(other.last_name);
    await pressOn(page, sheet.getByRole("button", { name: "Delete session" }));
    await expect(sheet).toBeHidden();
    await expect(row).toHaveCount(0);
  } finally {
    for (const { id } of await ownSessions(creator)) await deleteSession(creator, id);
  }
});

test("profile", async ({ page, guard }) => {
  // Nothing answers there; people see their initials.
  guard.allow(/\/media\/avatars\//);
  const person = await register("user");
  await signIn(page, person);
  await page.goto("/");
  await pressOn(page, page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Profile" }));
  await expect(page.getByRole("heading", { level: 1, name: "Profile" })).toBeFocused();
  await typeInto(page, page.getByLabel("Avatar URL"), "https://images.example.com/noor.png");
  await typeInto(page, page.getByLabel("First name"), "Noor");
  await typeInto(page, page.getByLabel("Last name"), "van Dijk");
  await typeInto(page, page.getByLabel("Current password"), person.password);
  await typeInto(page, page.getByLabel("New password", { exact: true }), "a lantern on the quay");
  await typeInto(page, page.getByLabel("New password again"), "a lantern on the quay");
  await pressOn(page, page.getByRole("button", { name: "Save Profile" }));
  await expect(page.getByRole("main").getByRole("status").filter({ hasText: /saved/ })).toBeVisible();
  await page.reload();
  await expect(accountButton(page)).toContainText("Noor van Dijk");
  await pressOn(page, accountButton(page));
  await expect(page.getByRole("button", { name: "Log out" })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("button", { name: "Log out" })).toBeHidden();
  await expect(accountButton(page)).toBeFocused();
});

test("the first stop on a page skips to its content", async ({ page }) => {
  await page.goto("/");
  await page.keyboard.press("Tab");
  const skip = page.getByRole("link", { name: "Skip to the content" });
  await expect(skip).toBeFocused();
  await expect(skip).toBeInViewport();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("main")).toBeFocused();
  await page.keyboard.press("Tab");
  await expect(page.getByRole("main").locator(":focus")).toBeAttached();
});
