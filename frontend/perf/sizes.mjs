// What a first visit of each kind of page loads, gzipped as it comes over the wire, against its budget.
// Usage: WEB_URL=http://localhost:8000 npm run sizes   (a running system with the demo data; exit 1 over budget)
// The admin area is measured where ADMIN_EMAIL and ADMIN_PASSWORD name an admin.
import { gzipSync } from "node:zlib";
import { chromium } from "@playwright/test";
import { EXECUTABLE, FLAGS } from "../chromium.mjs";

const WEB_URL = process.env.WEB_URL ?? "http://localhost:8000";
const CREATOR = { email: process.env.CREATOR_EMAIL ?? "creator@test.com", password: process.env.CREATOR_PASSWORD ?? "test123" };
const ADMIN = { email: process.env.ADMIN_EMAIL, password: process.env.ADMIN_PASSWORD };
const KB = 1000;

const [session] = await (await fetch(`${WEB_URL}/api/sessions/?page_size=1`)).json();
const pages = [
  { name: "home", path: "/", js: 160 },
  { name: "session", path: `/sessions/${session.id}`, js: 160 },
  { name: "creator", path: `/creators/${session.creator_details.id}`, js: 160 },
  { name: "login", path: "/login", js: 205 },
  { name: "dashboard", path: "/dashboard", js: 260, member: CREATOR },
  { name: "creator dashboard", path: "/creator-dashboard", js: 260, member: CREATOR },
  { name: "profile", path: "/profile", js: 260, member: CREATOR },
  // Its app comes by itself once it is known who is there: the lists are what everybody in it waits for.
  ...(ADMIN.email ? [{ name: "admin, a list", path: "/admin/users", js: 260, member: ADMIN, all: true }, { name: "admin, charts", path: "/admin", member: ADMIN }] : []),
];
const SHARED = { css: 12, fonts: 30, html: 10 };

const browser = await chromium.launch({ executablePath: EXECUTABLE, args: FLAGS });

/** Sizes in kB by kind. `lazy`: scripts that the page fetches by itself once it runs, on top of those its HTML names. */
async function measure({ path, member }) {
  const context = await browser.newContext({ baseURL: WEB_URL });
  const page = await context.newPage();
  if (member) {
    const login = await page.request.post("/api/auth/login/", { headers: { "X-Auth-Mode": "cookie", "Sec-Fetch-Site": "same-origin" }, data: member });
    if (!login.ok()) throw new Error(`login: ${login.status()}`);
  }
  // A stream would keep the network from ever being idle.
  await page.route("**/stream/**", (route) => route.abort());
  const seen = [];
  page.on("requestfinished", (request) => seen.push(request));
  const document = await page.goto(path, { waitUntil: "networkidle" });
  const html = await document.text();
  const named = new Set([...html.matchAll(/<script\b[^>]*\bsrc="([^"]+)"/g)].map(([, src]) => new URL(src, WEB_URL).pathname));
  const sizes = { status: document.status(), html: 0, css: 0, fonts: 0, js: 0, lazy: 0 };
  let plain = 0;
  for (const request of seen) {
    const { pathname } = new URL(request.url());
    const kind = { script: named.has(pathname) ? "js" : "lazy", stylesheet: "css", font: "fonts" }[request.resourceType()] ?? (request === document.request() ? "html" : null);
    if (!kind) continue;
    const response = await request.response();
    const { responseBodySize } = await request.sizes();
    // A web app without its gateway sends text as it is; it's counted as the gateway would send it.
    const isPlain = kind !== "fonts" && !("content-encoding" in response.headers());
    sizes[kind] += (isPlain ? gzipSync(await response.body()).length : responseBodySize) / KB;
    plain += isPlain ? 1 : 0;
  }
  await context.close();
  return { ...sizes, plain };
}

let over = 0;
let plain = 0;
const cell = (value, budget) => {
  const bad = budget !== undefined && value > budget;
  over += bad ? 1 : 0;
  return `${value.toFixed(1)}${budget === undefined ? "" : ` / ${budget}`}${bad ? " !" : ""}`.padStart(15);
};

console.log(`${"kB".padEnd(18)}${["JavaScript", "later scripts", "CSS", "fonts", "HTML"].map((title) => title.padStart(15)).join("")}`);
try {
  for (const each of pages) {
    const found = await measure(each);
    if (found.status !== 200) throw new Error(`${each.path} was answered ${found.status}`);
    console.log(`${each.name.padEnd(18)}${cell(each.all ? found.js + found.lazy : found.js, each.js)}${cell(each.all ? 0 : found.lazy)}${cell(found.css, SHARED.css)}${cell(found.fonts, SHARED.fonts)}${cell(found.html, SHARED.html)}`);
    plain += found.plain;
  }
} finally {
  await browser.close();
}
if (plain > 0) console.log(`${plain} answers came without compression and were counted compressed`);
if (over > 0) console.error(`${over} over budget`);
process.exitCode = over > 0 ? 1 : 0;
