import AxeBuilder from "@axe-core/playwright";
import { expect, type Page } from "@playwright/test";

const WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

/** The rules that look at colours. The others find the same in either theme. */
const COLOURS = ["color-contrast", "link-in-text-block"];

/** No violation of WCAG 2.2 A and AA in what the page shows now, in either theme. */
export async function expectAccessible(page: Page, state: string): Promise<void> {
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await settled(page);
    // No frames of other origins here: the mode that opens no page of its own is enough.
    const axe = new AxeBuilder({ page }).setLegacyMode();
    const { violations } = await (colorScheme === "light" ? axe.withTags(WCAG) : axe.withRules(COLOURS)).analyze();
    const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html.slice(0, 160)} — ${failureSummary}`).join(" | ")}`);
    expect.soft(found, `${state}, ${colorScheme}, ${page.viewportSize()?.width} px`).toEqual([]);
  }
}

/** What moves to an end has got there: colours under way have no contrast of their own. */
async function settled(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const moving = () => document.getAnimations().filter((animation) => animation.effect?.getComputedTiming().iterations !== Infinity);
    // A change of theme starts its transitions with the next frame.
    do {
      await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
      await Promise.allSettled(moving().map((animation) => animation.finished));
    } while (moving().some(({ playState }) => playState === "running"));
  });
}
