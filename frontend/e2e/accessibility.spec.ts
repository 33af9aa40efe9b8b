import type { Page } from "@playwright/test";
import { book, firstSlot, register } from "./support/api";
import { expectAccessible } from "./support/axe";
import { answered, PICTURES, UNANSWERED } from "./support/guard";
import { accountButton, bookingOf, chooseSlot, confirmButton, confirmDialog, logInAs } from "./support/pages";
import { expect, signIn, test } from "./support/test";

const heading = (page: Page) => page.getByRole("heading", { level: 1 });
const dialog = (page: Page) => page.getByRole("dialog");

async function visit(page: Page, path: string): Promise<void> {
  await page.goto(path);
  await expect(heading(page)).toBeVisible();
}

for (const width of [1280, 390]) {
  test.describe(`${width} px`, () => {
    test.use({ viewport: { width, height: 844 }, contextOptions: { reducedMotion: "reduce" } });
    const isPhone = width < 768;

    test("start page, hosts, what isn't there", async ({ page, market, creator, guard }) => {
      guard.allow(answered(404));
      await market.session();
      await visit(page, "/");
      await expectAccessible(page, "start page");
      if (isPhone) {
        await page.getByRole("button", { name: "Menu" }).click();
        await expectAccessible(page, "open menu");
      }
      await visit(page, "/?search=nothing-is-called-this");
      await expectAccessible(page, "no results");
      await visit(page, `/creators/${creator.id}`);
      await expectAccessible(page, "host");
      await visit(page, "/sessions/not-an-id");
      await expectAccessible(page, "not found");
    });

    test("login and registration", async ({ page, learner, guard }) => {
      guard.allow(answered(401));
      await visit(page, "/login?reason=expired");
      await expectAccessible(page, "login after an end");
      await logInAs(page, { email: learner.email, password: "not the password" });
      await expect(page.getByRole("tabpanel").getByRole("alert").filter({ hasText: /./ })).toBeVisible();
      await expectAccessible(page, "refused login");
      await page.getByRole("tab", { name: "Sign up" }).click();
      await expectAccessible(page, "registration");
      await page.getByRole("button", { name: "Create account" }).click();
      await expect(page.getByLabel("E-mail")).toHaveAttribute("aria-invalid", "true");
      await expectAccessible(page, "registration with errors");
    });

    const openPanel = async (page: Page, { id }: { id: string }) => {
      await visit(page, `/sessions/${id}`);
      if (isPhone) await page.getByRole("button", { name: "Choose date and time" }).click();
      await expect(page.getByRole("grid")).toBeVisible();
    };

    test("a session", async ({ page, market, creator, learner }) => {
      const session = await market.session({ timezone: "America/New_York" });
      const slot = await firstSlot(session.id);
      await visit(page, `/sessions/${session.id}`);
      await expectAccessible(page, "session");
      await openPanel(page, session);
      await chooseSlot(page, slot);
      await expectAccessible(page, "chosen time of a visitor");
      await book(learner, session.id, slot.start);
      await signIn(page, learner);
      await openPanel(page, session);
      await expect(page.getByText(/You have a seat on/)).toBeVisible();
      await expectAccessible(page, "already booked");
      await page.context().clearCookies();
      await signIn(page, creator);
      await visit(page, `/sessions/${session.id}`);
      await expect(page.getByRole("link", { name: "Open Creator Dashboard" }).filter({ visible: true })).toBeVisible();
      await expectAccessible(page, "own session");
    });

    test("booking", async ({ page, market, learner, other, guard }) => {
      guard.allow(answered(409));
      const session = await market.session({ max_participants: 1, timezone: "America/New_York" });
      const slot = await firstSlot(session.id);
      await signIn(page, learner);
      await openPanel(page, session);
      await chooseSlot(page, slot);
      await expectAccessible(page, "chosen time");
      await page.getByRole("button", { name: "Book Now" }).click();
      await expect(confirmDialog(page)).toBeVisible();
      await expectAccessible(page, "confirmation");
      await book(other, session.id, slot.start);
      await confirmButton(page).click();
      await expect(page.getByRole("button", { name: /nearest/ })).toBeVisible();
      await expectAccessible(page, "just taken");
      await page.getByRole("button", { name: /nearest/ }).click();
      await page.getByRole("button", { name: "Book Now" }).click();
      await confirmButton(page).click();
      await expect(page.getByText("Your seat is booked.")).toBeVisible();
      await expectAccessible(page, "booked, with its notice");
    });

    test("dashboard", async ({ page, context, market, learner, guard }) => {
      guard.allow(UNANSWERED);
      const session = await market.session();
      const second = await market.session({ timezone: "America/New_York" });
      await book(learner, session.id, (await firstSlot(session.id)).start);
      await book(learner, second.id, (await firstSlot(second.id)).start);
      await signIn(page, learner);
      await visit(page, "/dashboard");
      await expect(bookingOf(page, second.title)).toBeVisible();
      await expectAccessible(page, "active bookings");
      if (!isPhone) {
        await accountButton(page).click();
        await expectAccessible(page, "open account menu");
        await page.keyboard.press("Escape");
      }
      await bookingOf(page, session.title).getByRole("button", { name: "Cancel booking" }).click();
      await expect(dialog(page)).toBeVisible();
      await expectAccessible(page, "cancel dialog");
      await dialog(page).getByRole("button", { name: "Yes, cancel it" }).click();
      await expect(dialog(page)).toBeHidden();
      await page.getByRole("link", { name: "Cancelled" }).click();
      await expect(bookingOf(page, session.title)).toBeVisible();
      await expectAccessible(page, "cancelled bookings");
      await page.getByRole("link", { name: "Past" }).click();
      await expect(page.getByRole("heading", { name: "Nothing behind you yet" })).toBeVisible();
      await expectAccessible(page, "empty list");
      await context.setOffline(true);
      await expect(page.getByRole("status").filter({ hasText: "offline" })).toBeVisible();
      await expectAccessible(page, "offline");
      await context.setOffline(false);
      await page.route("**/api/bookings/**", (route) => route.abort());
      await page.goto("/dashboard");
      await expect(page.getByRole("button", { name: "Retry" })).toBeVisible();
      await expectAccessible(page, "error with Retry");
    });

    test("creator dashboard", async ({ page, market, creator, learner }) => {
      const session = await market.session();
      await book(learner, session.id, (await firstSlot(session.id)).start);
      await signIn(page, creator);
      await visit(page, "/creator-dashboard");
      const sessions = page.getByRole("region", { name: "My Sessions" });
      await expect(sessions.getByRole("link", { name: session.title })).toBeVisible();
      await expect(page.getByRole("region", { name: "Recent Bookings" }).getByRole("row").filter({ hasText: session.title })).toBeVisible();
      await expectAccessible(page, "creator dashboard");
      await page.getByRole("button", { name: "Show as table" }).click();
      await expectAccessible(page, "table of days");
      await sessions.getByRole("row").filter({ hasText: session.title }).getByRole("button", { name: /^Delete/ }).click();
      await expect(dialog(page)).toContainText(learner.last_name);
      await expectAccessible(page, "delete dialog");
      await dialog(page).getByRole("button", { name: "Keep it" }).click();
      await page.getByRole("button", { name: "+ Create Session" }).first().click();
      await expect(dialog(page).getByLabel("Title")).toBeVisible();
      await expectAccessible(page, "create sheet");
      await dialog(page).getByLabel("Duration (minutes)").fill("1");
      await dialog(page).getByRole("button", { name: "Create", exact: true }).click();
      await expect(dialog(page).getByLabel("Title")).toHaveAttribute("aria-invalid", "true");
      await expectAccessible(page, "create sheet with errors");
      await page.keyboard.press("Escape");
      await expect(page.getByRole("dialog", { name: "Throw your changes away?" })).toBeVisible();
      await expectAccessible(page, "question about unsaved changes");
    });

    test("empty creator dashboard and profile", async ({ page, learner }) => {
      const creator = await register("creator");
      await signIn(page, creator);
      await visit(page, "/creator-dashboard");
      await expect(page.getByRole("heading", { name: "No sessions yet" })).toBeVisible();
      await expectAccessible(page, "empty creator dashboard");
      await visit(page, "/profile");
      await expect(page.getByRole("button", { name: "Save Profile" })).toBeVisible();
      await expectAccessible(page, "profile");
      await page.getByLabel("Avatar URL").fill("nonsense");
      await page.getByLabel("New password", { exact: true }).fill("short");
      await page.getByRole("button", { name: "Save Profile" }).click();
      await expect(page.getByLabel("Avatar URL")).toHaveAttribute("aria-invalid", "true");
      await page.locator("input[type=file]").setInputFiles({ name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("hello") });
      await expect(page.getByRole("alert").filter({ hasText: "no JPEG, PNG, WebP or GIF" })).toBeVisible();
      await expectAccessible(page, "profile with errors");
      await visit(page, "/profile/account");
      await page.getByRole("button", { name: "Delete my account…" }).click();
      await expect(dialog(page).getByText("You have no upcoming bookings.")).toBeVisible();
      await dialog(page).getByRole("button", { name: "Delete my account" }).click();
      await expect(dialog(page).getByRole("alert")).toBeVisible();
      await expectAccessible(page, "deletion of the account");
      await page.context().clearCookies();
      await signIn(page, learner);
      await visit(page, "/creator-dashboard");
      await expect(page.getByRole("heading", { name: "This page is for creators" })).toBeVisible();
      await expectAccessible(page, "refused page");
    });

    test("admin area", async ({ page, market, admin, learner, creator, guard }) => {
      guard.allow(PICTURES);
      const session = await market.session();
      const booking = await book(learner, session.id, (await firstSlot(session.id)).start);
      await signIn(page, admin);
      const main = page.getByRole("main");
      await visit(page, "/admin");
      await expect(main.getByRole("link", { name: /^Bookings: / })).toBeVisible();
      await expectAccessible(page, "statistics");

      await visit(page, "/admin/users");
      await page.getByLabel("Search").fill(learner.email);
      await expect(main.getByText("1–1 of 1")).toBeVisible();
      await page.getByRole("button", { name: "Filters" }).click();
      await main.getByRole("row").filter({ hasText: learner.email }).getByRole("checkbox").check();
      await expectAccessible(page, "accounts, with filters and a selection");
      await page.getByRole("region", { name: "Selection" }).getByRole("button", { name: "Deactivate" }).click();
      await expect(dialog(page)).toContainText("1 will change.");
      await expectAccessible(page, "question before many are changed");

      await visit(page, `/admin/users/${creator.id}`);
      await expect(main.getByRole("region", { name: "Audit trail" }).getByRole("listitem").first()).toBeVisible();
      await expectAccessible(page, "account");
      await page.getByRole("button", { name: "Edit", exact: true }).click();
      await expect(dialog(page).getByLabel("First name")).toBeVisible();
      await expectAccessible(page, "editing an account");
      await visit(page, "/admin/users/create");
      await page.getByRole("button", { name: "Create user" }).click();
      await expect(page.getByLabel("E-mail")).toHaveAttribute("aria-invalid", "true");
      await expectAccessible(page, "new account with errors");

      await visit(page, "/admin/sessions?search=nothing-is-called-this");
      await expect(page.getByRole("heading", { name: "Nothing matches" })).toBeVisible();
      await expectAccessible(page, "empty list");
      await page.getByRole("button", { name: "+ Create session" }).click();
      await dialog(page).getByLabel("Creator").fill(creator.last_name);
      await expect(dialog(page).getByRole("option").first()).toBeVisible();
      await expectAccessible(page, "new session, choosing its creator");

      await visit(page, `/admin/sessions/${session.id}`);
      await expect(main.getByRole("row").filter({ hasText: learner.last_name })).toBeVisible();
      await expectAccessible(page, "session of somebody's");
      await page.getByRole("button", { name: "Delete" }).click();
      await expect(dialog(page)).toContainText("1 upcoming booking");
      await dialog(page).getByRole("button", { name: "Delete" }).click();
      await expect(dialog(page).getByRole("alert")).toBeVisible();
      await expectAccessible(page, "asked a second time");

      await visit(page, "/admin/bookings");
      await expect(main.getByRole("row").filter({ hasText: session.title })).toBeVisible();
      await expectAccessible(page, "bookings");
      await visit(page, `/admin/bookings/${booking.id}`);
      await expect(main.getByText(learner.email)).toBeVisible();
      await expectAccessible(page, "booking of somebody's");
      await visit(page, "/admin/oauth-apps");
      await expect(main.getByText("Google").first()).toBeVisible();
      await expectAccessible(page, "OAuth apps");
      await visit(page, "/admin/operations");
      await expect(main.getByText("Alive").first()).toBeVisible();
      await expectAccessible(page, "operations");
      await visit(page, "/admin/nowhere");
      await expectAccessible(page, "no such page of the admin area");

      await page.context().clearCookies();
      await signIn(page, learner);
      await visit(page, "/admin");
      await expectAccessible(page, "refused admin area");
    });
  });
}
