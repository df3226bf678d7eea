/** The built page in a real browser against the mock backend. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser } from "playwright-core";
import { openBrowser, TestDesk, type DeskOptions } from "./browser.ts";

let browser: Browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser.close());

/** Runs `check` on a signed-in desk; nothing but what `expected` matches may be complained about. */
async function onDesk(check: (desk: TestDesk) => Promise<void>, options: DeskOptions = {}, expected = /^$/): Promise<void> {
  const desk = await TestDesk.signedIn(browser, options);
  try {
    await check(desk);
    assert.deepEqual(desk.complaints.filter((complaint) => !expected.test(complaint) && !/401/.test(complaint)), []);
  } finally {
    await desk.close();
  }
}

/** Runs `check` on a page where nobody is signed in. */
async function beforeSignIn(check: (desk: TestDesk) => Promise<void>): Promise<void> {
  const desk = await TestDesk.open(browser);
  try {
    await check(desk);
  } finally {
    await desk.close();
  }
}

/** The browser's own words for requests that a test made fail. */
const NETWORK = /ERR_|WebSocket|Failed to load/;

test("a wrong password is said clearly and the name stays in its field", () =>
  beforeSignIn(async (desk) => {
    await desk.page.fill("#user", "anna");
    await desk.page.fill("#password", "nonsense");
    await desk.page.click("button[type=submit]");
    await desk.page.locator('[data-problem="wrong"]').waitFor();
    assert.match(await desk.page.innerText("#sign-in-problem"), /wrong/);
    assert.equal(await desk.page.inputValue("#user"), "anna");
  }));

test("too many tries show how long to wait and take no more", () =>
  beforeSignIn(async (desk) => {
    await desk.page.fill("#user", "anna");
    await desk.page.fill("#password", "nonsense");
    for (const problem of ["wrong", "wrong", "wrong", "wait"]) {
      const answered = desk.page.waitForResponse((response) => response.request().method() === "POST");
      await desk.page.click("button[type=submit]:enabled");
      await answered;
      await desk.page.locator(`[data-problem="${problem}"]`).waitFor();
    }
    assert.match(await desk.page.innerText("#sign-in-problem"), /again in 0:\d\d/);
    assert.equal(await desk.page.locator("button[type=submit]").isDisabled(), true);
  }));

test("a press on the button says ready and the button shows it", () =>
  onDesk(async ({ page, server }) => {
    assert.match(await page.innerText("#ready"), /Offline/);
    await page.click("#ready");
    await page.locator('[data-intent="ready"]').waitFor();
    assert.match(await page.innerText("#ready"), /Ready/);
    assert.deepEqual(server.commands, [
      { by: "socket", command: { type: "intent", intent: "ready", reason: null, ref: 1 } },
    ]);
    await page.click("#ready");
    await page.locator('[data-intent="not_ready"]').waitFor();
  }));

test("the key R toggles, but not while somebody types", () =>
  beforeSignIn(async (desk) => {
    await desk.page.fill("#user", "");
    await desk.page.type("#user", "r");
    assert.equal(await desk.page.inputValue("#user"), "r");
    await desk.signIn();
    await desk.page.keyboard.press("r");
    await desk.page.locator('[data-intent="ready"]').waitFor();
  }));

test("a reason from the menu is sent and shown", () =>
  onDesk(async ({ page, server }) => {
    await page.click(".reasons-button");
    await page.click('[data-reason="lunch"]');
    await page.locator('[data-intent="not_ready"]').waitFor();
    assert.match(await page.innerText("#ready"), /Not ready · Lunch/);
    assert.equal(server.commands[0]?.command["reason"], "lunch");
    assert.equal(await page.locator(".reasons-menu").isVisible(), false);
  }));

test("a refused wish is said on the button", () =>
  onDesk(async ({ page, server }) => {
    server.broken.commands = "you are banned until noon";
    await page.click("#ready");
    await page.locator('[data-wish="refused"]').waitFor();
    assert.match(await page.innerText("#ready"), /banned until noon/);
  }));

test("an offer shows who calls and a wait that ticks on the server's clock", () =>
  onDesk(
    async (desk) => {
      desk.centre.offer(42_000, 20_000, { displayName: "Meridian Garden Supplies" });
      await desk.stage("ringing");
      const { page } = desk;
      assert.match(await page.innerText(".call"), /Meridian Garden Supplies[^]*\+44 20 7946 0182[^]*support/);
      const waited = async () => Number((await page.innerText('[data-fact="waited"]')).replace("0:", ""));
      const first = await waited();
      assert.ok(first >= 41 && first < 55, `waited ${first} s although the server says about 42`);
      await page.waitForFunction((seen) => {
        const now = document.querySelector('[data-fact="waited"]')?.textContent ?? "";
        return Number(now.replace("0:", "")) > seen;
      }, first);
      assert.match(await page.title(), /Meridian Garden Supplies/);
    },
    { skewMs: 3_600_000 },
  ));

test("a call goes from ringing over talk to wrap-up, and Done ends it", () =>
  onDesk(async (desk) => {
    desk.centre.offer(10_000, 20_000, { displayName: "Meridian Garden Supplies" });
    await desk.stage("ringing");
    desk.centre.talk();
    await desk.stage("talking");
    desk.centre.wrapUp(45_000);
    await desk.stage("wrap_up");
    assert.match(await desk.page.innerText(".call"), /Meridian Garden Supplies/);
    await desk.page.click("#done");
    await desk.stage("idle_not_ready");
    assert.equal(desk.server.commands.at(-1)?.command["type"], "end_wrap_up");
  }));

test("the key E ends wrap-up", () =>
  onDesk(async (desk) => {
    desk.centre.wrapUp(null);
    await desk.stage("wrap_up");
    await desk.page.keyboard.press("e");
    await desk.stage("idle_not_ready");
  }));

test("an absent phone is a warning with what to do", () =>
  onDesk(async (desk) => {
    desk.centre.change({ intent: "ready", phone: "absent" });
    await desk.stage("phone_absent");
    assert.match(await desk.page.innerText(".call"), /registered with your user name/);
  }));

test("an agent who is passed over sees until when", () =>
  onDesk(async (desk) => {
    desk.centre.agent.intent = "ready";
    desk.centre.idle(25_000);
    await desk.stage("retry");
    assert.match(await desk.page.innerText(".call"), /Next offer after \d\d:\d\d:\d\d/);
  }));

test("after a dropped socket the page says so, comes back and names the last event", () =>
  onDesk(
    async (desk) => {
      desk.centre.change({ intent: "ready" });
      await desk.stage("idle_ready");
      const lastEvent = String(desk.centre.eventId);
      desk.server.drop();
      await desk.page.locator(".strip-broken").waitFor();
      await desk.page.locator(".strip-broken").waitFor({ state: "detached" });
      assert.deepEqual(desk.server.linksAfter, [null, lastEvent]);
      desk.centre.offer();
      await desk.stage("ringing");
    },
    {},
    NETWORK,
  ));

test("with sockets barred the page works by long polls", () =>
  beforeSignIn(async (desk) => {
    desk.server.broken.sockets = true;
    await desk.page.fill("#user", "anna");
    await desk.page.fill("#password", desk.server.password);
    await desk.page.click("button[type=submit]");
    await desk.page.locator(".strip-poll").waitFor();
    await desk.page.click("#ready");
    await desk.stage("idle_ready");
    assert.equal(desk.server.commands[0]?.by, "http");
    desk.centre.offer();
    await desk.stage("ringing");
  }));

test("an ended session leads to the sign-in page with a word why", () =>
  onDesk(
    async (desk) => {
      desk.server.forgetSessions();
      await desk.page.locator('[data-problem="ended"]').waitFor();
    },
    {},
    NETWORK,
  ));

test("signing out says offline first, asks nothing, and tells the other tab", () =>
  onDesk(async (desk) => {
    const other = await desk.context.newPage();
    await other.goto(desk.address);
    await other.locator("#ready:enabled").waitFor();
    desk.centre.change({ intent: "ready" });
    await desk.stage("idle_ready");
    await desk.page.click("text=Sign out");
    await desk.page.locator("#user").waitFor();
    await other.locator("#user").waitFor();
    assert.equal(desk.centre.agent.intent, "offline");
  }));

test("of two tabs only the one used last rings, and both show the offer", () =>
  onDesk(async (desk) => {
    const other = await desk.context.newPage();
    await desk.watch(other);
    await other.goto(desk.address);
    await other.locator("#ready:enabled").waitFor();
    await other.click("h2 >> nth=0");
    const rings = (page: typeof other) => page.evaluate(() => document.documentElement.dataset["rings"] ?? null);
    desk.centre.offer();
    await desk.stage("ringing");
    await desk.stage("ringing", other);
    await other.waitForFunction(() => document.documentElement.dataset["rings"] === "here");
    // Longer than the silent tab would wait before it rang by itself.
    await desk.page.waitForTimeout(1_000);
    assert.deepEqual([await rings(desk.page), await rings(other)], [null, "here"]);
    desk.centre.idle();
    await other.waitForFunction(() => document.documentElement.dataset["rings"] === undefined);
  }));

test("the language switch changes every text and is kept", () =>
  onDesk(async ({ page }) => {
    await page.click('.languages button[lang="ru"]');
    await page.getByText("Сейчас звонки к вам не поступают").waitFor();
    assert.equal(await page.getAttribute("html", "lang"), "ru");
    await page.reload();
    await page.getByText("Сейчас звонки к вам не поступают").waitFor();
  }));

test("somebody with another role is told that this page is for agents", () =>
  beforeSignIn(async (desk) => {
    desk.server.role = "visitor";
    await desk.page.fill("#user", "anna");
    await desk.page.fill("#password", desk.server.password);
    await desk.page.click("button[type=submit]");
    await desk.page.getByText("This page is for agents").waitFor();
  }));

test("wrap-up is extended once by the key X and cannot be ended before it may", () =>
  onDesk(async (desk) => {
    const inMs = (ms: number) => new Date(desk.centre.now() + ms).toISOString();
    desk.centre.wrapUp(45_000);
    desk.centre.change({ more: { wrap_up_extends_to: inMs(75_000), wrap_up_may_end_at: inMs(3_000) } });
    await desk.page.locator("#more-time").waitFor();
    assert.equal(await desk.page.isDisabled("#done"), true);
    await desk.page.keyboard.press("x");
    await desk.page.locator("#more-time").waitFor({ state: "detached" });
    assert.equal(desk.server.commands.at(-1)?.command["type"], "extend_wrap_up");
    await desk.page.locator("#done:enabled").waitFor();
  }));

test("what comes after the call is chosen and shown", () =>
  onDesk(async (desk) => {
    desk.centre.offer();
    desk.centre.talk();
    await desk.page.click('[data-choice="not_ready"]');
    await desk.page.locator('[data-choice="not_ready"][aria-pressed="true"]').waitFor();
    const command = desk.server.commands.at(-1)?.command;
    assert.deepEqual([command?.["intent"], command?.["reason"]], ["not_ready", "break"]);
    await desk.page.click('[data-choice="stay"]');
    await desk.page.locator('[data-choice="stay"][aria-pressed="true"]').waitFor();
  }));

test("a ban shows why and until when, and is lifted by a press", () =>
  onDesk(async (desk) => {
    desk.centre.agent.intent = "ready";
    const banned_until = new Date(desk.centre.now() + 600_000).toISOString();
    desk.centre.change({ more: { banned_until, ban_reason: "3 offers missed in a row", may_lift_ban: true } });
    await desk.stage("banned");
    assert.match(await desk.page.innerText(".call"), /No calls until \d\d:\d\d[^]*3 misses in a row/);
    await desk.page.click("#lift-ban");
    await desk.stage("idle_ready");
  }));

test("a forced state says who and why", () =>
  onDesk(async (desk) => {
    desk.centre.change({ intent: "not_ready", reason: "training", more: { forced_by: "olga", forced_why: "the new price list" } });
    await desk.page.getByText("Set by olga: the new price list").waitFor();
  }));

test("screen readers hear an offer once, with its wait in words", () =>
  onDesk(async (desk) => {
    desk.centre.offer(42_000);
    await desk.stage("ringing");
    assert.match(await desk.page.innerText("[aria-live]"), /Incoming call from \+44 20 7946 0182, queue support, waiting for 4\d seconds\./);
  }));

/** A desk whose agent talks to a caller. */
async function inTalk(desk: TestDesk): Promise<void> {
  desk.centre.agent.intent = "ready";
  desk.centre.offer();
  desk.centre.talk();
  await desk.stage("talking");
}

const transfers = (desk: TestDesk) => desk.server.commands.map(({ by, command }) => [by, command["type"], command["action"], command["to"]]);

test("the key T opens the list, and a caller is handed over at once", () =>
  onDesk(async (desk) => {
    await desk.page.keyboard.press("t");
    assert.equal(await desk.page.locator("dialog.transfer[open]").count(), 0, "nobody is there to be handed over");
    await inTalk(desk);
    await desk.page.keyboard.press("t");
    await desk.page.locator('.transfer [data-target="agent"]').first().waitFor();
    assert.match(await desk.page.innerText(".transfer"), /Boris\s+Free[\s\S]*Clara\s+On a break[\s\S]*sales[\s\S]*Pharmacy/);
    await desk.page.click('.transfer [aria-label="Boris: Now"]');
    await desk.stage("wrap_up");
    assert.deepEqual(transfers(desk), [["http", "transfer", "blind", { type: "agent", agent: "boris" }]]);
  }));

test("a colleague is asked, spoken with in turn and together, and has the caller", () =>
  onDesk(async (desk) => {
    await inTalk(desk);
    await desk.page.click("#transfer");
    await desk.page.fill("#transfer-number", "+7 495 123-45-67");
    await desk.page.click('.transfer [aria-label="Boris: Ask first"]');
    await desk.page.getByText("You speak with Boris.").waitFor();
    await desk.page.click('[data-consult="swap"]');
    await desk.page.getByText("Boris waits.").waitFor();
    await desk.page.click('[data-consult="merge"]');
    await desk.page.getByText("speak together").waitFor();
    assert.equal(await desk.page.locator('[data-consult="swap"]').count(), 0);
    await desk.page.click('[data-consult="complete"]');
    await desk.stage("wrap_up");
    assert.deepEqual(transfers(desk).map((command) => command[2]), ["consult", "swap", "merge", "complete"]);
  }));

test("a transfer that cannot be is said in the reader's language, and the talk goes on", () =>
  onDesk(
    async (desk) => {
      await inTalk(desk);
      desk.server.broken.commands = "not_allowed";
      await desk.page.click("#transfer");
      await desk.page.fill("#transfer-number", "+7 495 123-45-67");
      await desk.page.click(".transfer-other [data-how=blind]");
      await desk.page.getByText("звонки на этот номер не разрешены").waitFor();
      await desk.stage("talking");
      assert.deepEqual(transfers(desk)[0]?.[3], { type: "number", number: "+7 495 123-45-67" });
    },
    { language: "ru" },
    NETWORK,
  ));
