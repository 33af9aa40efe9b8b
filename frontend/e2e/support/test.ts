import { test as base, type BrowserContext, type BrowserContextOptions, type Page } from "@playwright/test";
import { createSession, deleteSession, Refused, register, WEB_URL, type Person, type Session, type SessionFields } from "./api";
import { Guard } from "./guard";
import { makeAdmin } from "./operators";

export { expect } from "@playwright/test";

type Market = {
  /** A session of the worker's creator, gone again after the test. */
  session: (fields?: SessionFields) => Promise<Session>;
};

type TestFixtures = {
  guard: Guard;
  market: Market;
  /** Another browser, guarded as the first. Closed after the test. */
  openBrowser: (person?: Person, options?: BrowserContextOptions) => Promise<Page>;
};

type WorkerFixtures = { creator: Person; learner: Person; other: Person; admin: Person };

/** Playwright's test, with a guard over every page and people of its own. Tests of one worker share them, one after another. */
export const test = base.extend<TestFixtures, WorkerFixtures>({
  creator: [async ({}, provide) => provide(await register("creator")), { scope: "worker" }],
  learner: [async ({}, provide) => provide(await register("user")), { scope: "worker" }],
  other: [async ({}, provide) => provide(await register("user", "Sam")), { scope: "worker" }],
  admin: [async ({}, provide) => provide(await makeAdmin()), { scope: "worker" }],

  guard: [
    async ({ context }, provide) => {
      const guard = new Guard();
      guard.watch(context);
      await provide(guard);
      guard.check();
    },
    { auto: true },
  ],

  market: async ({ creator }, provide) => {
    const made: Session[] = [];
    await provide({
      session: async (fields) => {
        const session = await createSession(creator, fields);
        made.push(session);
        return session;
      },
    });
    for (const { id } of made) await deleteSession(creator, id).catch(ignoreGone);
  },

  openBrowser: async ({ browser, guard, contextOptions }, provide) => {
    const contexts: BrowserContext[] = [];
    await provide(async (person, options = {}) => {
      const context = await browser.newContext({ ...contextOptions, baseURL: WEB_URL, ...options });
      contexts.push(context);
      guard.watch(context);
      const page = await context.newPage();
      if (person) await signIn(page, person);
      return page;
    });
    for (const context of contexts) await context.close();
  },
});

function ignoreGone(error: unknown): void {
  if (!(error instanceof Refused && error.status === 404)) throw error;
}

/** Logs the browser in without its pages: the cookies are what a login leaves behind. */
export async function signIn(page: Page, { email, password }: Pick<Person, "email" | "password">): Promise<void> {
  const response = await page.request.post("/api/auth/login/", {
    headers: { "X-Auth-Mode": "cookie", "Sec-Fetch-Site": "same-origin" },
    data: { email, password },
  });
  if (!response.ok()) throw new Error(`login: ${response.status()} ${await response.text()}`);
}
