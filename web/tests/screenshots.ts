/** `npm run screenshots`: a picture of every state, language, width and colour scheme in web/screenshots. */

import { mkdirSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { openBrowser, TestDesk } from "./browser.ts";
import { BOARD_SCENES, SCENES } from "./scenes.ts";

const FOLDER = fileURLToPath(new URL("../screenshots", import.meta.url));
const LOOKS = [
  { width: 1280, height: 860, dark: false },
  { width: 1280, height: 860, dark: true },
  { width: 390, height: 844, dark: false },
];

// `npm run screenshots -- wrap` makes only those whose name has "wrap" in it.
const wanted = process.argv[2] ?? "";
rmSync(FOLDER, { recursive: true, force: true });
mkdirSync(FOLDER, { recursive: true });
const browser = await openBrowser();
try {
  for (const scene of SCENES.filter(({ name }) => name.includes(wanted))) {
    for (const language of ["en", "ru"] as const) {
      for (const look of LOOKS) {
        const options = { ...look, language };
        const desk = scene.signedIn ? await TestDesk.signedIn(browser, options) : await TestDesk.open(browser, options);
        await scene.enter(desk);
        const name = `${scene.name}-${language}-${look.width}${look.dark ? "-dark" : ""}.png`;
        await desk.page.screenshot({ path: `${FOLDER}/${name}`, fullPage: look.width < 600 });
        await desk.close();
      }
    }
    console.log(scene.name);
  }
  for (const scene of BOARD_SCENES.filter(({ name }) => name.includes(wanted))) {
    for (const language of ["en", "ru"] as const) {
      for (const look of LOOKS) {
        const desk = await TestDesk.supervising(browser, { ...look, language });
        await scene.enter(desk);
        const name = `${scene.name}-${language}-${look.width}${look.dark ? "-dark" : ""}.png`;
        await desk.page.screenshot({ path: `${FOLDER}/${name}`, fullPage: look.width < 600 });
        await desk.close();
      }
    }
    console.log(scene.name);
  }
} finally {
  await browser.close();
}
