// Lighthouse against a running system: medians of five for the start page and a session, on a phone and on a desktop.
// Usage: WEB_URL=http://localhost:8000 npm run lighthouse   (exit 1 where a goal isn't reached; RUNS=5)
import { launch } from "chrome-launcher";
import lighthouse, { desktopConfig } from "lighthouse";
import { EXECUTABLE, FLAGS } from "../../chromium.mjs";

const WEB_URL = process.env.WEB_URL ?? "http://localhost:8000";
const RUNS = Number(process.env.RUNS ?? 5);
const CATEGORIES = ["performance", "accessibility", "best-practices", "seo"];
const FORMS = {
  mobile: { config: undefined, goals: { performance: 90, LCP: 2000, CLS: 0.02, TBT: 250 } },
  desktop: { config: desktopConfig, goals: { performance: 98, LCP: 2000, CLS: 0.02, TBT: 250 } },
};
const METRICS = { LCP: "largest-contentful-paint", CLS: "cumulative-layout-shift", TBT: "total-blocking-time" };

const [session] = await (await fetch(`${WEB_URL}/api/sessions/?page_size=1`)).json();
const PAGES = { home: "/", session: `/sessions/${session.id}` };

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

/** One run in a browser of its own. Categories in points of 100, times in ms. */
async function once(path, config) {
  const chrome = await launch({ chromePath: EXECUTABLE, chromeFlags: ["--headless", ...FLAGS], ignoreDefaultFlags: true });
  try {
    const { lhr } = await lighthouse(new URL(path, WEB_URL).href, { port: chrome.port, logLevel: "error", onlyCategories: CATEGORIES }, config);
    if (lhr.runtimeError) throw new Error(lhr.runtimeError.message);
    const points = CATEGORIES.map((id) => [id, Math.round((lhr.categories[id]?.score ?? 0) * 100)]);
    const metrics = Object.entries(METRICS).map(([name, id]) => [name, lhr.audits[id]?.numericValue ?? Number.NaN]);
    const failed = CATEGORIES.slice(1).flatMap((id) => lhr.categories[id].auditRefs.filter((ref) => ref.weight > 0 && lhr.audits[ref.id].score !== null && lhr.audits[ref.id].score < 1).map((ref) => ref.id));
    return { values: Object.fromEntries([...points, ...metrics]), failed };
  } finally {
    await chrome.kill();
  }
}

let missed = 0;
const titles = [...CATEGORIES, ...Object.keys(METRICS)];
console.log(`${`median of ${RUNS}`.padEnd(18)}${titles.map((title) => title.padStart(16)).join("")}`);
for (const [form, { config, goals }] of Object.entries(FORMS)) {
  for (const [name, path] of Object.entries(PAGES)) {
    const runs = [];
    for (let run = 0; run < RUNS; run += 1) runs.push(await once(path, config));
    const cells = titles.map((title) => {
      const value = median(runs.map(({ values }) => values[title]));
      const goal = goals[title] ?? 100;
      const good = title in METRICS ? value <= goal : value >= goal;
      missed += good ? 0 : 1;
      return `${title === "CLS" ? value.toFixed(3) : Math.round(value)} / ${goal}${good ? "" : " !"}`.padStart(16);
    });
    console.log(`${`${name}, ${form}`.padEnd(18)}${cells.join("")}`);
    const failed = new Set(runs.flatMap((run) => run.failed));
    if (failed.size > 0) console.log(`  not passed: ${[...failed].join(", ")}`);
  }
}
if (missed > 0) console.error(`${missed} of the goals not reached`);
process.exitCode = missed > 0 ? 1 : 0;
