import { defineConfig } from "@playwright/test";
import { EXECUTABLE, FLAGS } from "./chromium.mjs";

/** The running system that is tested: pages and API on one origin. */
const baseURL = process.env.WEB_URL ?? "http://localhost:8000";

export default defineConfig({
  testDir: "e2e",
  outputDir: "test-results",
  forbidOnly: Boolean(process.env.CI),
  fullyParallel: true,
  workers: 2,
  // A browser, a database and eight services share the machine: what passes the second time is reported as flaky, by name.
  retries: 1,
  timeout: 180_000,
  expect: { timeout: 20_000 },
  reporter: [["list"]],
  use: {
    baseURL,
    browserName: "chromium",
    launchOptions: { executablePath: EXECUTABLE, args: FLAGS },
    locale: "en-US",
    // Not the zone of the machine and not UTC: a time shown in the wrong zone is noticed.
    timezoneId: "Europe/Berlin",
    viewport: { width: 1280, height: 800 },
    screenshot: "only-on-failure",
    // Pictures and copies of the page at every step cost more than the tests themselves.
    trace: { mode: "retain-on-failure", screenshots: false, snapshots: false },
  },
});
