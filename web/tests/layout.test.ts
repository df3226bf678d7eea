/** Every scene in both languages, at telephone and desk width, in both colour schemes: nothing cut, faint, foreign or jumping. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser } from "playwright-core";
import { openBrowser, TestDesk } from "./browser.ts";
import { faint, overflowing, places } from "./layout.ts";
import { BOARD_SCENES, SCENES } from "./scenes.ts";

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
const LATIN_ALLOWED = /Cordboard|Anna|support|sales|Meridian Garden Supplies|Order|second call today|EN|RU|olga|order|Boris|Clara|Dmitri|Elena|Fedor|Galina|Hector|Irina|Konstantin|clara|dmitri|elena|fedor|galina|hector|irina|konstantin|anna|boris|CSV|from|activity|paid|zone|shifts\.csv|to|number|agent|since|source|consent_at|note|callers\.csv|the user name of an agent|fair|night|partner|sip:duty@partner\.example|partner\.example|\bms\b|the|price list|new|Pharmacy|\b[REXT]\b/g;

/** Everything wrong with what is drawn now. */
async function wrongWith(desk: TestDesk, language: string): Promise<string[]> {
  const found = [...(await overflowing(desk.page)), ...(await faint(desk.page))];
  const text = await desk.page.innerText("#page");
  if (/undefined|null|NaN|\[object/.test(text)) found.push(`a text is missing: ${text}`);
  const latin = language === "ru" ? text.replace(LATIN_ALLOWED, "").match(/[A-Za-z]{2,}/g) : null;
  if (latin !== null) found.push(`foreign words: ${latin.join(", ")}`);
  found.push(...desk.complaints.splice(0).filter((complaint) => complaint.startsWith("policy")));
  return found;
}

for (const look of LOOKS) {
  test(`all scenes fit and can be read: ${look.language}, ${look.width} px, ${look.dark ? "dark" : "light"}`, async () => {
    const desk = await TestDesk.open(browser, look);
    try {
      const wrong: string[] = [];
      const seen = new Map<string, Record<string, string>>();
      for (const scene of SCENES.filter(({ signedIn }) => !signedIn)) {
        desk.server.forgetTries();
        await desk.page.reload();
        await scene.enter(desk);
        wrong.push(...(await wrongWith(desk, look.language)).map((what) => `${scene.name}: ${what}`));
      }
      desk.server.forgetTries();
      await desk.page.reload();
      await desk.signIn();
      for (const scene of SCENES.filter(({ signedIn }) => signedIn)) {
        await desk.page.keyboard.press("Escape");
        desk.centre.reset();
        await desk.stage("idle_not_ready");
        await scene.enter(desk);
        wrong.push(...(await wrongWith(desk, look.language)).map((what) => `${scene.name}: ${what}`));
        seen.set(scene.name, await places(desk.page));
      }
      assert.deepEqual(wrong, []);
      for (const [name, place] of seen) assert.deepEqual(place, seen.get("offline"), `something jumps in ${name}`);
    } finally {
      await desk.close();
    }
  });
}

for (const look of LOOKS) {
  test(`the supervisors' scenes fit and can be read: ${look.language}, ${look.width} px, ${look.dark ? "dark" : "light"}`, async () => {
    const desk = await TestDesk.supervising(browser, look);
    try {
      const wrong: string[] = [];
      for (const scene of BOARD_SCENES) {
        await desk.page.reload();
        await desk.page.locator("[data-agent]").first().waitFor();
        await scene.enter(desk);
        wrong.push(...(await wrongWith(desk, look.language)).map((what) => `${scene.name}: ${what}`));
      }
      assert.deepEqual(wrong, []);
    } finally {
      await desk.close();
    }
  });
}
