import { readFile } from "node:fs/promises";
import type { Page } from "@playwright/test";
import { call, Refused, register } from "./support/api";
import { PICTURES } from "./support/guard";
import { expect, signIn, test } from "./support/test";

test.beforeEach(({ guard }) => guard.allow(PICTURES));

const heading = (page: Page, name: string) => page.getByRole("heading", { level: 1, name, exact: true });
const rowOf = (page: Page, text: string) => page.getByRole("main").getByRole("row").filter({ hasText: text });
const dialog = (page: Page) => page.getByRole("dialog");
/** What the page says of the last change. */
const notice = (page: Page) => page.getByRole("main").getByRole("status").filter({ has: page.getByRole("button", { name: "Dismiss" }) });

const READS = ["/api/users/", "/api/users/stats/", "/api/users/export.csv", "/api/admin/sessions/", "/api/admin/sessions/stats/", "/api/bookings/stats/", "/api/auth/oauth/apps/", ...["identity", "catalog", "booking"].map((service) => `/api/admin/${service}/operations/`)];

test("who is no admin gets nothing, neither page nor API", async ({ page, learner, creator }) => {
  await page.goto("/admin/users");
  await expect(page).toHaveURL(/\/login\?next=%2Fadmin%2Fusers/);
  for (const person of [learner, creator]) {
    const asked: string[] = [];
    page.on("request", (request) => asked.push(new URL(request.url()).pathname));
    await signIn(page, person);
    await page.goto("/admin/users");
    await expect(heading(page, "This page is for admins")).toBeVisible();
    await expect(page.getByRole("link", { name: "Admin", exact: true })).toHaveCount(0);
    expect(asked.filter((path) => path.startsWith("/api/admin/") || path.startsWith("/api/users/"))).toEqual([]);
    for (const path of READS) {
      const refusal = await call("GET", path, { as: person }).then(
        () => null,
        (error: unknown) => error as Refused,
      );
      expect(refusal?.status, path).toBe(403);
    }
    await page.context().clearCookies();
  }
});

test("an account is found by search and filters, which the address keeps", async ({ page, admin }) => {
  const found = await register("creator", "Ottilie");
  const other = await register("user", "Ottilie");
  await signIn(page, admin);
  await page.goto("/admin/users");
  await page.getByLabel("Search").fill(found.last_name);
  await expect(rowOf(page, found.email)).toBeVisible();
  await expect(page.getByText("1–1 of 1")).toBeVisible();
  await page.getByLabel("Search").fill("Ottilie");
  await expect(rowOf(page, other.email)).toBeVisible();
  await page.getByRole("button", { name: "Filters" }).click();
  await page.getByLabel("Role", { exact: true }).selectOption("Creator");
  await expect(rowOf(page, other.email)).toHaveCount(0);
  await expect(rowOf(page, found.email)).toBeVisible();
  await page.getByRole("button", { name: "E-mail" }).click();
  await expect(page.getByRole("columnheader", { name: "E-mail" })).toHaveAttribute("aria-sort", "ascending");

  await page.reload();
  await expect(page.getByLabel("Search")).toHaveValue("Ottilie");
  await expect(rowOf(page, found.email)).toBeVisible();
  await expect(rowOf(page, other.email)).toHaveCount(0);
  await expect(page.getByRole("columnheader", { name: "E-mail" })).toHaveAttribute("aria-sort", "ascending");
  await page.getByRole("button", { name: /^Remove filter Role/ }).click();
  await expect(rowOf(page, other.email)).toBeVisible();

  await page.getByLabel("Search").fill("nobody is called that");
  await expect(page.getByRole("heading", { name: "Nothing matches" })).toBeVisible();
  await page.getByRole("main").getByRole("button", { name: "Clear filters" }).last().click();
  await expect(page.getByLabel("Search")).toHaveValue("");
  await expect(page.getByRole("main").getByRole("row")).not.toHaveCount(0);
});

test("a list is exported as it is filtered", async ({ page, admin, learner }) => {
  await signIn(page, admin);
  await page.goto("/admin/users");
  await page.getByLabel("Search").fill(learner.email);
  await expect(page.getByText("1–1 of 1")).toBeVisible();
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Export CSV" }).click()]);
  expect(download.suggestedFilename()).toMatch(/^users-\d{4}-\d\d-\d\d\.csv$/);
  const lines = (await readFile(await download.path(), "utf8")).trim().split(/\r?\n/);
  expect(lines).toHaveLength(2);
  expect(lines[0]).toContain("email");
  expect(lines[1]).toContain(learner.email);
});

test("many at once: counted before, asked, and taken back", async ({ page, admin }) => {
  const people = [await register("user", "Balthazar"), await register("user", "Balthazar")];
  await call("PATCH", `/api/users/${people[0]!.id}/`, { as: admin, body: { is_active: false } });
  await signIn(page, admin);
  await page.goto("/admin/users");
  await page.getByLabel("Search").fill("Balthazar");
  // What is selected before a filter is set isn't selected any more.
  await expect(page).toHaveURL(/search=Balthazar/);
  await page.getByRole("button", { name: "Filters" }).click();
  for (const { email } of people) {
    await expect(rowOf(page, email)).toBeVisible();
    await rowOf(page, email).getByRole("checkbox").check();
  }
  const bar = page.getByRole("region", { name: "Selection" });
  await expect(bar).toContainText("2 selected");
  await bar.getByRole("button", { name: "Deactivate" }).click();
  await expect(dialog(page)).toContainText("1 will change.");
  await expect(dialog(page)).toContainText("1 stays as it is");
  expect(await call("GET", `/api/users/${people[1]!.id}/`, { as: admin })).toMatchObject({ is_active: true });
  await dialog(page).getByLabel("Reason").fill("Spring cleaning");
  await dialog(page).getByRole("button", { name: "Deactivate" }).click();
  await expect(dialog(page).getByRole("alert")).toContainText("won't bring back bookings");
  await dialog(page).getByRole("button", { name: "Yes: deactivate" }).click();
  await expect(notice(page)).toContainText("1 done, 1 left as they were");
  await expect(rowOf(page, people[1]!.email)).toContainText("Deactivated");
  const [line] = await call<{ action: string; actor: string; reason: string }[]>("GET", `/api/users/${people[1]!.id}/audit/`, { as: admin });
  expect(line).toMatchObject({ actor: admin.id, reason: "Spring cleaning" });

  await notice(page).getByRole("button", { name: "Undo" }).click();
  await expect(notice(page)).toContainText("Undone.");
  await expect(rowOf(page, people[1]!.email)).toContainText("Active");
  // Who was deactivated before stays so.
  await expect(rowOf(page, people[0]!.email)).toContainText("Deactivated");
});

test("Back and Forward, and the navbar, lead where they say", async ({ page, admin, learner }) => {
  await signIn(page, admin);
  await page.goto(`/admin/users?search=${encodeURIComponent(learner.email)}`);
  await rowOf(page, learner.email).getByRole("link").click();
  await expect(heading(page, `Kim ${learner.last_name}`)).toBeVisible();
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Admin" }).click();
  await expect(heading(page, "System statistics")).toBeVisible();
  await page.goBack();
  await expect(heading(page, `Kim ${learner.last_name}`)).toBeVisible();
  await page.goBack();
  await expect(page.getByLabel("Search")).toHaveValue(learner.email);
  await expect(page.getByText("1–1 of 1")).toBeVisible();
  await page.goForward();
  await expect(heading(page, `Kim ${learner.last_name}`)).toBeVisible();
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Profile" }).click();
  await expect(heading(page, "Profile")).toBeVisible();
  await page.goBack();
  await expect(heading(page, `Kim ${learner.last_name}`)).toBeVisible();
});

test("a list has pages, and goes to its last one where an address asks for more", async ({ page, admin }) => {
  await signIn(page, admin);
  await page.goto("/admin/bookings?page=2");
  await expect(page.getByText(/^21–40 of/)).toBeVisible();
  await page.getByRole("button", { name: "Previous" }).click();
  await expect(page.getByText(/^1–20 of/)).toBeVisible();
  await page.getByLabel("Rows per page").selectOption("50");
  await expect(page).toHaveURL(/page_size=50/);
  await expect(page.getByText(/^1–50 of/)).toBeVisible();
  await page.goto("/admin/bookings?page=300&status=confirmed");
  await expect(page).not.toHaveURL(/page=300/);
  await expect(page.getByRole("button", { name: "Next" })).toBeDisabled();
});
