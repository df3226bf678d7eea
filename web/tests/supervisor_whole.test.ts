/** The supervisors' page with the real binary: orders reach the agent's page, bindings and absences are kept. */

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { openBrowser } from "./browser.ts";
import { CORDBOARD, signedIn, stage, WholeCentre } from "./whole_centre.ts";

const SKIP = existsSync(CORDBOARD) ? false : "build it first: cargo build -p cordboard";

test("a supervisor sees agents live, gives orders, and keeps callers' managers and absences", { skip: SKIP }, async () => {
  const centre = new WholeCentre();
  const browser = await openBrowser();
  try {
    await centre.start();
    const page = async () => (await browser.newContext({ locale: "en-GB" })).newPage();
    const [anna, olga] = [await page(), await page()];
    const complaints: string[] = [];
    for (const one of [anna, olga]) {
      one.on("pageerror", (error) => complaints.push(String(error)));
      one.on("console", (message) => {
        if (message.type() === "error" && !message.text().includes("401")) complaints.push(message.text());
      });
    }
    await signedIn(olga, centre, "olga");
    await olga.locator('[data-agent="anna"][data-state="offline"]').waitFor();
    await signedIn(anna, centre, "anna");
    await anna.locator("#ready:enabled").waitFor();
    await anna.click("#ready");
    await olga.locator('[data-agent="anna"][data-state="free"]').waitFor();

    centre.call(4_000);
    await olga.locator('[data-agent="anna"][data-state="talking"]').waitFor();
    await anna.click('[data-choice="not_ready"]');
    await stage(anna, "wrap_up");
    await olga.locator('[data-agent="anna"][data-state="wrap_up"] .agent-open button').click();
    await olga.click("#end-wrap-up");
    await olga.locator('[data-agent="anna"][data-state="not_ready"]').waitFor();
    assert.match(await anna.innerText("#ready"), /Not ready · Break/);

    await olga.click('[data-agent="anna"] .agent-open button');
    await olga.selectOption("#force-intent", "ready");
    await olga.fill("#force-why", "many callers wait");
    await olga.click("#force button[type=submit]");
    await anna.getByText("Set by olga: many callers wait").waitFor();

    await olga.click('[data-agent="anna"] .agent-open button');
    await olga.selectOption("#ban-minutes", "15");
    await olga.fill("#ban-reason", "the headset is broken");
    await olga.click("#ban button[type=submit]");
    await stage(anna, "banned");
    assert.match(await anna.innerText(".call"), /the headset is broken[^]*A supervisor can lift it/);
    assert.equal(await anna.locator("#lift-ban").count(), 0);
    await olga.locator('[data-agent="anna"][data-state="banned"] .agent-open button').click();
    await olga.click("#supervisor-lift-ban");
    await stage(anna, "idle_ready");

    await olga.click('.tabs [data-tab="managers"]');
    const file = "number,agent,note\n+442079460182,anna,since the fair\n+442079460183,nobody,\n";
    await olga.setInputFiles("#csv", { name: "callers.csv", mimeType: "text/csv", buffer: Buffer.from(file) });
    await olga.locator("#take").waitFor();
    assert.match(await olga.innerText(".preview"), /1 line can be taken[^]*Line 3: Manager: not the user name of an agent/);
    assert.equal(await olga.locator("[data-number]").count(), 0, "nothing is taken yet");
    await olga.click("#take");
    await olga.locator('[data-number="+442079460182"]').waitFor();
    await olga.click("#add-binding");
    await olga.fill("#binding-number", "anonymous");
    await olga.click("#binding button[type=submit]");
    assert.match(await olga.innerText("#binding .problem"), /Number: not a number or name of a caller/);
    await olga.fill("#binding-number", "+44 20 7946 0199");
    await olga.check('#binding [name="consent"]');
    await olga.click("#binding button[type=submit]");
    await olga.locator('[data-number="+442079460199"]').waitFor();
    await olga.fill('.managers [name="search"]', "fair");
    await olga.click(".managers .bar .second");
    await olga.locator('[data-number="+442079460199"]').waitFor({ state: "detached" });
    await olga.locator('[data-number="+442079460182"] button', { hasText: "Forget" }).click();
    await olga.click("#erase");
    await olga.getByText("Nobody was found.").waitFor();

    await olga.click('.tabs [data-tab="absences"]');
    await olga.selectOption('#absence [name="kind"]', "ill");
    await olga.fill('#absence [name="from"]', "2027-01-10");
    await olga.fill('#absence [name="until"]', "2027-01-12");
    await olga.click("#absence button[type=submit]");
    await olga.locator('[data-kind="ill"]').waitFor();
    assert.match(await olga.innerText('[data-kind="ill"]'), /10 Jan 2027[^]*12 Jan 2027|Jan 10, 2027[^]*Jan 12, 2027/);

    await olga.click('.tabs [data-tab="plan"]');
    await olga.getByText("Nothing is planned for today.").waitFor();
    const minute = (ms: number) => new Date(Math.floor((Date.now() + ms) / 60_000) * 60_000).toISOString();
    const lines = (agent: string) => `agent,from,to,activity\n${agent},${minute(-60_000)},${minute(3_600_000)},break\n`;
    const plan = (agent: string) => ({ name: "shifts.csv", mimeType: "text/csv", buffer: Buffer.from(lines(agent)) });
    await olga.setInputFiles("#csv", plan("nobody"));
    await olga.locator("#take:disabled").waitFor();
    assert.match(await olga.innerText(".preview"), /Line 2: Agent: not the user name of an agent/);
    await olga.setInputFiles("#csv", plan("anna"));
    await olga.click("#take:enabled");
    await olga.locator('[data-planned="anna"][data-met="no"]').waitFor();
    await anna.click("#ready");
    await olga.locator('[data-planned="anna"][data-met="yes"]').waitFor();
    const saving = olga.waitForEvent("download");
    await olga.click("#plan-days a");
    const saved = readFileSync(await (await saving).path(), "utf8");
    assert.match(saved, /^agent,from,to,activity,paid\nanna,[-0-9]+ [:0-9]+[+-][:0-9]+,[^,]+,break,yes\n$/);
    assert.deepEqual(complaints.filter((complaint) => !/422/.test(complaint)), []);
  } finally {
    await browser.close();
    await centre.stop();
  }
});
