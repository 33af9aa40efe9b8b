import type { Page } from "@playwright/test";
import { book, bookingsOf, call, createSession, deleteSession, firstSlot, logIn, register, unique } from "./support/api";
import { answered, PICTURES } from "./support/guard";
import { logInAs } from "./support/pages";
import { expect, signIn, test } from "./support/test";

test.beforeEach(({ guard }) => guard.allow(PICTURES));

const heading = (page: Page) => page.getByRole("heading", { level: 1 });
const dialog = (page: Page) => page.getByRole("dialog");
const trail = (page: Page) => page.getByRole("region", { name: "Audit trail" });
/** What the page says of the last change. */
const notice = (page: Page) => page.getByRole("main").getByRole("status").filter({ has: page.getByRole("button", { name: "Dismiss" }) });

test("an account is opened, edited and given a role; the trail says who, what and why", async ({ page, admin, guard }) => {
  guard.allow(answered(409), answered(400));
  const taken = await register("user");
  const mark = unique();
  await signIn(page, admin);
  await page.goto("/admin/users");
  await page.getByRole("link", { name: "+ Create user" }).click();
  await page.getByLabel("First name").fill("Ludmila");
  await page.getByLabel("Last name").fill(mark);
  await page.getByLabel("E-mail").fill(taken.email);
  await page.getByLabel("Username").fill(`e2e-${mark}`);
  await page.getByLabel("Password", { exact: true }).fill("a kettle on the stove");
  await page.getByRole("button", { name: "Create user" }).click();
  await expect(page.getByText("Another account has this address.")).toBeVisible();
  await page.getByLabel("E-mail").fill(`e2e-${mark}@example.com`);
  await page.getByRole("button", { name: "Create user" }).click();
  await expect(heading(page)).toContainText(`Ludmila ${mark}`);
  const id = new URL(page.url()).pathname.split("/").at(-1)!;

  await page.getByRole("button", { name: "Edit", exact: true }).click();
  await dialog(page).getByLabel("First name").fill("Milena");
  await dialog(page).getByRole("button", { name: "Save changes" }).click();
  await expect(heading(page)).toContainText(`Milena ${mark}`);

  await page.getByRole("button", { name: "Change role" }).click();
  await dialog(page).getByLabel("New role").selectOption("Creator");
  await dialog(page).getByLabel("Reason").fill("Teaches from May on");
  await dialog(page).getByRole("button", { name: "Change role" }).click();
  await expect(notice(page)).toContainText("Creator");
  await expect(page.getByRole("main").getByText("Creator", { exact: true })).toBeVisible();
  const line = trail(page).getByRole("listitem").first();
  await expect(line).toContainText(admin.username);
  await expect(line).toContainText(/user.*creator/);
  await expect(line).toContainText("Teaches from May on");
  const person = await logIn(`e2e-${mark}@example.com`, "a kettle on the stove");
  expect(person).toMatchObject({ id, role: "creator" });
});

test("a creator is deactivated with what that cancels named first, and is back by undo", async ({ page, admin, learner }) => {
  const creator = await register("creator");
  const session = await createSession(creator, { price: "18.00" });
  await book(learner, session.id, (await firstSlot(session.id)).start);
  await signIn(page, admin);
  await page.goto(`/admin/users/${creator.id}`);
  await page.getByRole("button", { name: "Deactivate" }).click();
  await expect(dialog(page)).toContainText("1 upcoming booking");
  await expect(dialog(page)).toContainText("$18.00");
  await dialog(page).getByRole("button", { name: "Deactivate" }).click();
  await dialog(page).getByRole("button", { name: /^Yes: deactivate/ }).click();
  await expect(notice(page)).toContainText("is deactivated");
  await expect.poll(() => bookingsOf(learner, session.id)).toEqual([]);
  await expect(call("POST", "/api/auth/login/", { body: { email: creator.email, password: creator.password } })).rejects.toMatchObject({ status: 403 });
  await notice(page).getByRole("button", { name: "Undo" }).click();
  await expect(notice(page)).toContainText("Undone.");
  await expect.poll(() => call("GET", `/api/sessions/${session.id}/`).then(() => true, () => false)).toBe(true);
  await deleteSession(admin, session.id);
});

test("somebody is logged out everywhere, and is gone for good only when asked twice", async ({ page, admin, openBrowser, guard }) => {
  guard.allow(answered(401));
  const person = await register("user");
  const theirs = await openBrowser();
  await theirs.goto("/login?next=/profile");
  await logInAs(theirs, person);
  await expect(theirs.getByRole("heading", { level: 1 })).toBeVisible();

  await signIn(page, admin);
  await page.goto(`/admin/users/${person.id}`);
  await page.getByRole("button", { name: "Log out everywhere" }).click();
  await dialog(page).getByRole("button", { name: "Log out everywhere" }).click();
  await expect(notice(page)).toContainText("logged out everywhere");
  await expect(page.getByText("Logged in nowhere.")).toBeVisible();
  await theirs.reload();
  await expect(theirs).toHaveURL(/\/login/);

  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await dialog(page).getByRole("button", { name: "Delete account" }).click();
  await expect(dialog(page).getByRole("alert")).toBeVisible();
  expect(await call("GET", `/api/users/${person.id}/`, { as: admin })).toMatchObject({ email: person.email });
  await dialog(page).getByRole("button", { name: "Yes: delete account" }).click();
  await expect(notice(page)).toContainText("The account is deleted.");
  await expect(heading(page)).not.toContainText(person.last_name);
});
