import { expect, type Locator, type Page } from "@playwright/test";

const MOST = 120;

/** Tabs on until the element has the focus, which must be seen there. */
export async function tabTo(page: Page, target: Locator): Promise<void> {
  await expect(target).toBeVisible();
  const handle = await target.elementHandle();
  for (let presses = 0; presses < MOST; presses += 1) {
    await page.keyboard.press("Tab");
    if (await page.evaluate((element) => document.activeElement === element, handle)) {
      await expectSeen(target);
      return;
    }
  }
  throw new Error(`the keyboard doesn't reach ${target}`);
}

async function expectSeen(target: Locator): Promise<void> {
  await expect
    .poll(() =>
      target.evaluate((element) => {
        const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element);
        return (outlineStyle !== "none" && parseFloat(outlineWidth) >= 1) || boxShadow !== "none";
      }), { message: `focus can be seen on ${target}` })
    .toBe(true);
}

export async function pressOn(page: Page, target: Locator, key: "Enter" | "Space" = "Enter"): Promise<void> {
  await tabTo(page, target);
  await page.keyboard.press(key);
}

/** Replaces what a field holds. */
export async function typeInto(page: Page, target: Locator, text: string): Promise<void> {
  await tabTo(page, target);
  await page.keyboard.press("ControlOrMeta+A");
  await page.keyboard.type(text);
}
