import { register, unique, WEB_URL, createSession, deleteSession } from "./support/api";
import { answered } from "./support/guard";
import { expect, test } from "./support/test";

const HOSTILE = `</script><script>window.pwned=1</script><img src=x onerror=window.pwned=2>`;

/** Whatever address the site thinks it has: the same path here. */
const here = (url: string | null) => {
  const { pathname, search } = new URL(url ?? "");
  return `${WEB_URL}${pathname}${search}`;
};

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("a session's page says what link previews and search engines need", async ({ page, market, creator }) => {
    const session = await market.session({ title: `Reading "Fog & Harbour" ${unique()}`, description: "Slow pages,\n\nread aloud." });
    const response = await page.goto(`/sessions/${session.id}`);
    expect(response?.status()).toBe(200);
    await expect(page.getByRole("heading", { level: 1 })).toHaveText(session.title);
    await expect(page).toHaveTitle(new RegExp(`^Reading "Fog & Harbour"`));
    const content = (name: string) => page.locator(`meta[name="${name}"], meta[property="${name}"]`).getAttribute("content");
    expect(await content("description")).toContain("Slow pages, read aloud.");
    expect(await content("og:title")).toBe(session.title);
    expect(await content("og:description")).toContain("Slow pages");
    expect(await content("og:type")).toBeTruthy();
    expect(new URL((await content("og:url")) ?? "").pathname).toBe(`/sessions/${session.id}`);
    expect(await content("twitter:card")).toBe("summary_large_image");
    expect(new URL((await page.locator('link[rel="canonical"]').getAttribute("href")) ?? "").pathname).toBe(`/sessions/${session.id}`);
    const data = JSON.parse((await page.locator('script[type="application/ld+json"]').textContent()) ?? "") as Record<string, unknown>;
    expect(data).toMatchObject({ "@context": "https://schema.org", name: session.title, offers: { price: "40.00", priceCurrency: "USD" } });
    expect(data.provider).toMatchObject({ name: `${creator.first_name} ${creator.last_name}` });

    const image = await page.request.get(here(await content("og:image")));
    expect(image.headers()["content-type"]).toBe("image/png");
    const png = await image.body();
    expect(png.subarray(1, 4).toString()).toBe("PNG");
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([1200, 630]);
  });

  test("a search is a form that the browser sends", async ({ page, market }) => {
    const word = `quillwork${unique()}`;
    const session = await market.session({ title: `Evenings of ${word}`, price: "30.00" });
    await page.goto("/");
    await page.getByLabel("Search sessions").fill(word);
    await page.getByRole("combobox", { name: /^Price/ }).selectOption("25-75");
    // The list that everybody sees is kept for a second.
    await expect(async () => {
      await page.getByRole("button", { name: "Search" }).click();
      await expect(page.getByRole("link", { name: session.title })).toBeVisible({ timeout: 1_000 });
    }).toPass();
    expect(new URL(page.url()).searchParams.get("search")).toBe(word);
    await expect(page.getByRole("main").getByRole("article")).toHaveCount(1);
    await expect(page.getByRole("status").filter({ hasText: "1 session" })).toBeVisible();
    await page.getByRole("combobox", { name: /^Price/ }).selectOption("150-");
    await page.getByRole("button", { name: "Search" }).click();
    await expect(page.getByRole("heading", { name: "Nothing matches yet" })).toBeVisible();
    await page.getByRole("link", { name: "Clear filters" }).first().click();
    await expect(page).toHaveURL("/");
    await expect(page.getByRole("main").getByRole("article")).not.toHaveCount(0);
  });

  test("a host's page lists what they offer", async ({ page, market, creator }) => {
    const session = await market.session();
    await expect(async () => {
      await page.goto(`/creators/${creator.id}`);
      await expect(page.getByRole("link", { name: session.title })).toBeVisible({ timeout: 1_000 });
    }).toPass();
    await expect(page).toHaveTitle(new RegExp(`^${creator.first_name} ${creator.last_name}`));
    const data = JSON.parse((await page.locator('script[type="application/ld+json"]').textContent()) ?? "") as Record<string, unknown>;
    expect(data["@type"]).toBe("ProfilePage");
  });
});

test("hostile text stays text", async ({ page, request }) => {
  const creator = await register("creator", HOSTILE.slice(0, 100));
  const session = await createSession(creator, { title: HOSTILE, description: `${HOSTILE}\n\n"quoted" & <b>bold</b>` });
  try {
    for (const path of [`/sessions/${session.id}`, `/creators/${creator.id}`]) {
      const html = await (await request.get(path)).text();
      expect(html).not.toContain("</script><script>window.pwned");
      expect(html).not.toContain("<img src=x");
      const [, json = ""] = /<script type="application\/ld\+json"[^>]*>(.*?)<\/script>/s.exec(html) ?? [];
      expect(json).not.toContain("<");
      expect(json).toContain("window.pwned");
      expect(() => JSON.parse(json) as unknown).not.toThrow();
      await page.goto(path);
      await expect(page.getByRole("heading", { level: 1 })).toContainText("</script><script>window.pwned=1</script>");
      expect(await page.evaluate(() => "pwned" in window)).toBe(false);
    }
    await page.goto(`/?search=${encodeURIComponent(HOSTILE)}`);
    await expect(page.getByRole("status").filter({ hasText: "window.pwned" })).toBeVisible();
    expect(await page.evaluate(() => "pwned" in window)).toBe(false);
  } finally {
    await deleteSession(creator, session.id);
  }
});

test("what isn't there answers 404, with a page", async ({ page, guard }) => {
  guard.allow(answered(404));
  for (const path of ["/sessions/00000000-0000-4000-8000-000000000000", "/sessions/not-an-id", "/creators/00000000-0000-4000-8000-000000000000", "/nowhere/at/all"]) {
    const response = await page.goto(path);
    expect(response?.status(), path).toBe(404);
    await expect(page.getByRole("heading", { level: 1 }), path).toBeVisible();
    await expect(page.locator('meta[name="robots"][content*="noindex"]').first(), path).toBeAttached();
  }
  await page.getByRole("main").getByRole("link").first().click();
  await expect(page).toHaveURL("/");
});

test("robots and the sitemap lead to public pages only", async ({ request, market, creator }) => {
  const session = await market.session();
  const robots = await (await request.get("/robots.txt")).text();
  for (const path of ["/api/", "/dashboard", "/creator-dashboard", "/profile"]) expect(robots).toContain(`Disallow: ${path}`);
  const [, sitemap = ""] = /^Sitemap: (\S+)$/m.exec(robots) ?? [];
  await expect(async () => {
    const xml = await (await request.get(here(sitemap))).text();
    const paths = [...xml.matchAll(/<loc>([^<]+)<\/loc>/g)].map(([, url = ""]) => new URL(url).pathname);
    expect(paths).toEqual(expect.arrayContaining(["/", `/sessions/${session.id}`, `/creators/${creator.id}`]));
    expect(paths.filter((path) => !/^\/(sessions\/.*|creators\/.*)?$/.test(path))).toEqual([]);
  }).toPass();
});

test("the site's picture is where browsers and phones look for it", async ({ page, request }) => {
  await page.goto("/");
  const linked = await page.locator('link[rel="icon"], link[rel="apple-touch-icon"]').evaluateAll((links) => links.map((link) => link.getAttribute("href") ?? ""));
  expect(linked.map((href) => href.split("?")[0])).toEqual(expect.arrayContaining(["/favicon.ico", "/icon.svg", "/apple-icon.png"]));
  // Chromium asks for the first without being told to, also where there is no page.
  for (const [path, type] of [["/favicon.ico", "image/x-icon"], ...linked.slice(1).map((href) => [href, /^image\//] as const)] as const) {
    const answer = await request.get(path);
    expect(answer.status()).toBe(200);
    expect(answer.headers()["content-type"]).toMatch(type);
  }
});
