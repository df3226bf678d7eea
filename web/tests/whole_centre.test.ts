/** The page as the binary serves it: a real backend, a real engine, real SIP calls, a real browser. */

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { openBrowser } from "./browser.ts";
import { CORDBOARD, signedIn, stage, WholeCentre } from "./whole_centre.ts";

test(
  "a press on Ready brings the waiting caller, the talk and the wrap-up to the page",
  { skip: existsSync(CORDBOARD) ? false : "build it first: cargo build -p cordboard" },
  async () => {
    const centre = new WholeCentre();
    const browser = await openBrowser();
    try {
      await centre.start();
      const page = await browser.newPage({ locale: "en-GB" });
      const complaints: string[] = [];
      page.on("console", (message) => {
        if (message.type() === "error" && !message.text().includes("401")) complaints.push(message.text());
      });
      await signedIn(page, centre, "anna");
      await page.locator("#ready:enabled").waitFor();

      centre.call(6_000);
      await page.locator("text=support").first().waitFor();
      await page.click("#ready");
      await stage(page, "talking");
      assert.match(await page.innerText(".call"), /sipp/);
      await page.getByText("RU", { exact: true }).click();
      assert.match(await page.innerText("#ready"), /На линии/);
      await stage(page, "wrap_up");
      await page.keyboard.press("e");
      await stage(page, "idle_ready");
      assert.deepEqual(complaints, []);
    } finally {
      await browser.close();
      await centre.stop();
    }
  },
);
