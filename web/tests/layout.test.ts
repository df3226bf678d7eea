/** Every scene in both languages, at telephone and desk width, in both colour schemes: nothing cut, faint, foreign or jumping. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser } from "playwright-core";
import { openBrowser, TestDesk } from "./browser.ts";
import { faint, overflowing, places } from "./layout.ts";
import { SCENES } from "./scenes.ts";

let browser: Browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser.close());

const LOOKS = [
  { language: "en", width: 360, height: 780, dark: false },
  { language: "ru", width: 360, height: 780, dark: true },
  { language: "en", width: 1280, height: 860, dark: true },
  { language: "ru", width: 1280, height: 860, dark: false },
] as const;

/** Latin words that Russian text may hold: names, keys, what the callers and queues are called. */
const LATIN_ALLOWED = /Cordboard|Anna|support|sales|Meridian Garden Supplies|Order|second call today|EN|RU|\b[RE]\b/g;

for (const look of LOOKS) {
  test(`all scenes fit and can be read: ${look.language}, ${look.width} px, ${look.dark ? "dark" : "light"}`, async () => {
    const wrong: string[] = [];
    const seen = new Map<string, Record<string, string>>();
    for (const scene of SCENES) {
      const desk = scene.signedIn ? await TestDesk.signedIn(browser, look) : await TestDesk.open(browser, look);
      try {
        await scene.enter(desk);
        const found = [...(await overflowing(desk.page)), ...(await faint(desk.page))];
        const text = await desk.page.innerText("#page");
        if (/undefined|null|NaN|\[object/.test(text)) found.push(`a text is missing: ${text}`);
        const latin = look.language === "ru" ? text.replace(LATIN_ALLOWED, "").match(/[A-Za-z]{2,}/g) : null;
        if (latin !== null) found.push(`foreign words: ${latin.join(", ")}`);
        found.push(...desk.complaints.filter((complaint) => complaint.startsWith("policy")));
        wrong.push(...found.map((what) => `${scene.name}: ${what}`));
        if (scene.signedIn) seen.set(scene.name, await places(desk.page));
      } finally {
        await desk.close();
      }
    }
    assert.deepEqual(wrong, []);
    const first = seen.get("offline");
    for (const [name, place] of seen) assert.deepEqual(place, first, `something jumps in ${name}`);
  });
}
