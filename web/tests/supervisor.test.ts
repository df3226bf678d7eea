/** The supervisors' page against the mock backend. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser } from "playwright-core";
import { userOf } from "../mock/floor.ts";
import { openBrowser, TestDesk } from "./browser.ts";

let browser: Browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser.close());

async function onBoard(check: (desk: TestDesk) => Promise<void>): Promise<void> {
  const desk = await TestDesk.supervising(browser, {});
  try {
    await check(desk);
    assert.deepEqual(desk.complaints.filter((complaint) => !/401/.test(complaint)), []);
  } finally {
    await desk.close();
  }
}

test("agents are sorted by the time in their state, and by what is pressed", () =>
  onBoard(async ({ page }) => {
    const names = () => page.locator("[data-agent]").evaluateAll((rows) => rows.map((row) => row.getAttribute("data-agent")));
    assert.deepEqual((await names()).slice(0, 2), ["konstantin", "irina"]);
    await page.click('[data-sort="name"]');
    assert.deepEqual((await names()).slice(0, 2), ["anna", "boris"]);
    await page.click('[data-sort="name"]');
    assert.deepEqual((await names()).slice(0, 2), ["konstantin", "irina"]);
    await page.click('[data-sort="state"]');
    assert.deepEqual((await names()).slice(0, 2), ["galina", "fedor"], "who needs help comes first");
  }));

test("a state is forced with a reason, and without one it is not sent", () =>
  onBoard(async ({ page, server }) => {
    await page.click('[data-agent="anna"] .agent-open button');
    await page.selectOption("#force-intent", "not_ready:training");
    await page.click("#force button[type=submit]");
    assert.deepEqual(server.floor.orders, []);
    await page.fill("#force-why", "the new price list");
    await page.click("#force button[type=submit]");
    await page.locator(".agent-dialog[open]").waitFor({ state: "detached" });
    assert.deepEqual(server.floor.orders, [
      { route: "PUT /api/v1/agents/anna/intent", body: { intent: "not_ready", reason: "training", why: "the new price list" } },
    ]);
  }));

test("bans are set and lifted, and a wrap-up is ended", () =>
  onBoard(async ({ page, server }) => {
    await page.click('[data-agent="fedor"] .agent-open button');
    await page.click("#supervisor-lift-ban");
    await page.locator(".agent-dialog[open]").waitFor({ state: "detached" });
    await page.click('[data-agent="dmitri"] .agent-open button');
    await page.click("#end-wrap-up");
    await page.locator(".agent-dialog[open]").waitFor({ state: "detached" });
    await page.click('[data-agent="anna"] .agent-open button');
    await page.selectOption("#ban-minutes", "30");
    await page.fill("#ban-reason", "headset");
    await page.click("#ban button[type=submit]");
    await page.locator(".agent-dialog[open]").waitFor({ state: "detached" });
    assert.deepEqual(
      server.floor.orders.map(({ route }) => route),
      ["DELETE /api/v1/agents/fedor/ban", "POST /api/v1/agents/dmitri/wrap_up/end", "PUT /api/v1/agents/anna/ban"],
    );
    assert.deepEqual(server.floor.orders[2]?.body, { minutes: 30, reason: "headset" });
  }));

test("the longest wait ticks on the page itself", () =>
  onBoard(async ({ page }) => {
    const longest = () => page.innerText('[data-queue="support"] [data-fact="longest"]');
    const first = await longest();
    assert.match(first, /Longest wait: 3:\d\d/);
    assert.match(await page.innerText('[data-queue="support"]'), /In 20 s today\s+83\s*%/);
    await page.waitForFunction((was) => document.querySelector('[data-fact="longest"]')?.textContent !== was, first);
  }));

test("the service level is pushed with everything else", () =>
  onBoard(async ({ page, server }) => {
    server.floor.level = { in_time: 12, of: 48, within_ms: 30_000 };
    server.tellSupervisors(0);
    await page.getByText(/In 30 s today/).first().waitFor();
    assert.match(await page.innerText('[data-queue="support"]'), /In 30 s today\s+25\s*%/);
  }));

test("reserve numbers show their state and use, and a ban is lifted", () =>
  onBoard(async ({ page, server }) => {
    assert.match(await page.innerText('[data-reserve="night"]'), /\+442079460150[^]*Takes callers[^]*1 \/ 2[^]*5 \/ 12[^]*31/);
    assert.equal(await page.locator('[data-reserve="night"] .lift-reserve').count(), 0);
    assert.match(await page.innerText('[data-reserve="partner"]'), /Paused after failures[^]*until[^]*3 misses in a row/);
    await page.click('[data-reserve="partner"] .lift-reserve');
    await page.waitForFunction(() => document.querySelector(".lift-reserve:enabled") !== null);
    assert.deepEqual(server.floor.orders.map(({ route }) => route), ["DELETE /api/v1/reserves/partner/ban"]);
  }));

test("calls are listed with whom they are, since when and why, in both languages", () =>
  onBoard(async ({ page, server }) => {
    server.floor.more = 2;
    server.drop();
    await page.click('.tabs [data-tab="calls"]');
    await page.getByText("2 more are not shown.").waitFor();
    assert.match(await page.innerText(".calls:not(.callbacks) h2"), /5 calls/);
    assert.match(await page.innerText('[data-call="c1"]'), /Talking[^]*Boris[^]*idle longest/);
    assert.match(await page.innerText('[data-call="c2"]'), /Ringing[^]*Reserve night/);
    assert.match(await page.innerText('[data-call="c3"]'), /Meridian[^]*Waiting[^]*3:0\d/);
    await page.click('.languages button[lang="ru"]');
    assert.match(await page.innerText('[data-call="c1"]'), /Разговор[^]*дольше всех без дела \(1,5 с\) из 3 свободных/);
  }));

test("call-backs are listed with how far they have come, and cancelled, in both languages", () =>
  onBoard(async ({ page, server }) => {
    assert.match(await page.innerText('[data-queue="support"]'), /Call-backs\s+3/);
    await page.click('.tabs [data-tab="calls"]');
    assert.match(await page.innerText('[data-callback="b1"]'), /Caller is dialled: Irina[^]*1/);
    assert.match(await page.innerText('[data-callback="b2"]'), /Next call at [^]*1, busy/);
    await page.click('[data-callback="b3"] .callback-cancel button');
    await page.waitForFunction(() => document.querySelector(".callback-cancel button:enabled") !== null);
    // News of something else leave the list as it is.
    const asked = server.floor.eventId;
    server.tellSupervisors(3);
    assert.ok(server.floor.eventId > asked);
    await page.waitForTimeout(500);
    assert.equal(await page.locator("[data-callback]").count(), 3);
    assert.deepEqual(server.floor.orders.map(({ route }) => route), ["DELETE /api/v1/callbacks/b3"]);
    await page.click('.languages button[lang="ru"]');
    assert.match(await page.innerText(".callbacks h2"), /3 обратных звонка/);
    assert.match(await page.innerText('[data-callback="b2"]'), /Следующий звонок в [^]*1, занято/);
  }));

test("a change of one agent in a hundred is drawn in that agent's row only", () =>
  onBoard(async ({ page, server }) => {
    server.floor.count = 100;
    server.drop();
    await page.waitForFunction(() => document.querySelectorAll("[data-agent]").length === 100);
    // Rows that are drawn anew, but for the clocks that tick in all of them.
    await page.evaluate(() => {
      const drawn = new Set<string>();
      Object.assign(window, { drawn });
      new MutationObserver((records) => {
        for (const { target } of records) {
          const element = target instanceof Element ? target : target.parentElement;
          const row = element?.closest<HTMLElement>("[data-agent]");
          if (row && !element?.closest("td:nth-child(3)")) drawn.add(row.dataset["agent"] ?? "");
        }
      }).observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
    });
    const told = new Set<string>();
    for (const index of [3, 50, 77, 3, 98]) {
      server.tellSupervisors(index);
      told.add(userOf(index));
      await page.waitForFunction((count) => (window as unknown as { drawn: Set<string> }).drawn.size >= count, told.size);
    }
    await page.waitForTimeout(200);
    const drawn = await page.evaluate(() => [...(window as unknown as { drawn: Set<string> }).drawn]);
    assert.deepEqual(drawn.sort(), [...told].sort());
  }));

test("bindings are added, changed, removed and forgotten, and a file is looked at before it is taken", () =>
  onBoard(async ({ page, server }) => {
    await page.click('.tabs [data-tab="managers"]');
    await page.locator('[data-number="+442079460182"]').waitFor();
    assert.match(await page.innerText(".refusers"), /\+442079460190/);
    await page.click("#add-binding");
    await page.fill("#binding-number", "+442079460199");
    await page.selectOption("#binding-agent", "boris");
    await page.click("#binding button[type=submit]");
    await page.locator("#binding").waitFor({ state: "detached" });
    await page.locator('[data-number="+442079460182"] button', { hasText: "Forget" }).click();
    await page.click("#erase");
    await page.locator("#erase").waitFor({ state: "detached" });
    await page.setInputFiles("#csv", { name: "callers.csv", mimeType: "text/csv", buffer: Buffer.from("number,agent\n") });
    await page.locator("#take").waitFor();
    assert.match(await page.innerText(".preview"), /2 lines can be taken[^]*Line 4: Manager: not the user name of an agent/);
    await page.click("#take");
    await page.locator('.preview[data-taken="yes"]').waitFor();
    assert.deepEqual(
      server.floor.orders.map(({ route }) => route),
      [
        "PUT /api/v1/bindings/%2B442079460199", "DELETE /api/v1/people/%2B442079460182",
        "POST /api/v1/bindings.csv", "POST /api/v1/bindings.csv",
      ],
    );
  }));

test("an absence is added with its last day, and taken away", () =>
  onBoard(async ({ page, server }) => {
    await page.click('.tabs [data-tab="absences"]');
    await page.locator('[data-kind="vacation"]').waitFor();
    assert.match(await page.innerText('[data-kind="vacation"]'), /14 Dec 2026|Dec 14, 2026/, "the last day, not the day after");
    await page.selectOption('#absence [name="kind"]', "ill");
    await page.fill('#absence [name="from"]', "2027-01-10");
    await page.fill('#absence [name="until"]', "2027-01-12");
    await page.click("#absence button[type=submit]");
    await page.locator('[data-kind="ill"]').waitFor();
    const body = server.floor.orders[0]?.body as { absences: { from: string; until: string }[] };
    assert.deepEqual([body.absences.length, body.absences[1]?.from, body.absences[1]?.until], [2, "2027-01-10", "2027-01-12"]);
  }));

test("the plan of today says who does not do what is planned, and a file is taken as a whole", () =>
  onBoard(async ({ page, server }) => {
    await page.click('.tabs [data-tab="plan"]');
    await page.locator('[data-planned="anna"]').waitFor();
    const met = (user: string) => page.getAttribute(`[data-planned="${user}"]`, "data-met");
    const expected = {
      // Free, talking, ringing at work; after a call in a break; in training while a meeting is planned.
      anna: "yes", boris: "yes", clara: "yes", dmitri: "no", elena: "yes",
      // Paused for misses, no phone, offline at work; at lunch as planned.
      fedor: "no", hector: "yes", irina: "no", konstantin: "yes",
    };
    for (const [user, is] of Object.entries(expected)) assert.equal(await met(user), is, user);
    assert.match(await page.innerText(".plan-sum"), /Not as planned now: 3 of 9/);
    const first = page.locator("[data-planned]").first();
    assert.match(await first.innerText(), /Work[^]*No, for \d+:\d\d/);
    assert.match(await page.innerText('[data-planned="anna"] .plan-day'), /Work[^]*Lunch, not paid[^]*Work/);
    const file = { name: "shifts.csv", mimeType: "text/csv", buffer: Buffer.from("agent,from,to\n") };
    server.floor.badShifts = true;
    await page.setInputFiles("#csv", file);
    await page.locator("#take:disabled").waitFor();
    assert.match(await page.innerText(".preview"), /1 line is wrong:[^]*Line 3: From: at the same time as another/);
    server.floor.badShifts = false;
    await page.setInputFiles("#csv", file);
    await page.click("#take:enabled");
    await page.locator('.preview[data-taken="yes"]').waitFor();
    assert.deepEqual(server.floor.orders.map(({ route }) => route), Array(3).fill("POST /api/v1/shifts.csv"));
    await page.fill('#plan-days [name="from"]', "2026-12-01");
    await page.fill('#plan-days [name="to"]', "2026-12-01");
    await page.locator('#plan-days a[href*="2026-12-0"]').waitFor();
    const path = new URL((await page.getAttribute("#plan-days a", "href")) ?? "", "http://page").searchParams;
    const hours = (Date.parse(path.get("to") ?? "") - Date.parse(path.get("from") ?? "")) / 3_600_000;
    assert.equal(hours, 24, "the last day is in it");
    await page.fill('#plan-days [name="to"]', "2026-11-30");
    await page.getByText("The last day is before the first.").waitFor();
    await page.click('.languages button[lang="ru"]');
    assert.match(await page.innerText(".plan-sum"), /Не по плану сейчас: 3 из 9/);
  }));
