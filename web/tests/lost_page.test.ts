/** Pages that are lost (promise P20), with the real binary and a real browser: noticed, shown to both, and a reload changes nothing. */

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { openBrowser } from "./browser.ts";
import { CORDBOARD, signedIn, stage, WholeCentre } from "./whole_centre.ts";

/** As promised. */
const NOTICED_MS = 10_000;
const SKIP = existsSync(CORDBOARD) ? false : "build it first: cargo build -p cordboard";

interface People {
  centre: WholeCentre;
  browser: Browser;
  anna: Page;
  olga: Page;
}

/** Runs `check` with anna ready at her page and olga at hers. */
async function withPeople(check: (people: People) => Promise<void>): Promise<void> {
  const centre = new WholeCentre();
  const browser = await openBrowser();
  try {
    await centre.start();
    const page = async () => (await browser.newContext({ locale: "en-GB" })).newPage();
    const [anna, olga] = [await page(), await page()];
    await signedIn(anna, centre, "anna");
    await anna.locator("#ready:enabled").waitFor();
    await anna.click("#ready");
    await stage(anna, "idle_ready");
    await signedIn(olga, centre, "olga");
    await seen(olga, "free").waitFor();
    await check({ centre, browser, anna, olga });
  } finally {
    await browser.close();
    await centre.stop();
  }
}

/** Anna's row in olga's grid, in that state. */
function seen(olga: Page, state: string) {
  return olga.locator(`[data-agent="anna"][data-state="${state}"]`);
}

/** A way to the centre that can be cut without a word: nothing passes, nothing is closed. */
class Wire {
  private readonly pairs: [Socket, Socket][] = [];
  private isCut = false;
  private readonly server: Server;

  constructor(host: string, port: number) {
    this.server = createServer((near) => {
      const far = connect(port, host);
      this.pairs.push([near, far]);
      near.on("data", (data) => this.isCut || far.write(data)).on("close", () => this.isCut || far.destroy());
      far.on("data", (data) => this.isCut || near.write(data)).on("close", () => this.isCut || near.destroy());
      for (const end of [near, far]) end.on("error", () => undefined);
    });
  }

  async open(): Promise<string> {
    await new Promise((done) => this.server.listen(0, "127.0.0.1", () => done(null)));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/`;
  }

  cut(): void {
    this.isCut = true;
  }

  /** What hung is gone; new connections pass again. */
  mend(): void {
    for (const end of this.pairs.splice(0).flat()) end.destroy();
    this.isCut = false;
  }

  close(): void {
    this.mend();
    this.server.close();
  }
}

/** Waits until olga sees that anna cannot be reached; returns how long that took. */
async function noticed(olga: Page): Promise<number> {
  const began = Date.now();
  await seen(olga, "unreachable").waitFor({ timeout: NOTICED_MS + 2_000 });
  const tookMs = Date.now() - began;
  assert.ok(tookMs > 3_500, `the grace counts: ${tookMs} ms`);
  console.log(`noticed after ${tookMs} ms`);
  return tookMs;
}

/** The agent is back, is told, and has read it. */
async function toldOnReturn(anna: Page): Promise<void> {
  await anna.locator(".strip-away").waitFor();
  assert.match(await anna.innerText(".strip-away"), /was lost from \d\d:\d\d:\d\d/);
  assert.match(await anna.innerText("#ready"), /Ready/, "not logged out");
  await anna.click(".strip-away button");
  await anna.locator(".strip-away").waitFor({ state: "detached" });
}

test("a tab whose scripts do not run is noticed although its browser answers pings, and is told on return", { skip: SKIP }, () =>
  withPeople(async ({ anna, olga }) => {
    const asleep = anna.evaluate((ms) => {
      for (const until = Date.now() + ms; Date.now() < until; );
    }, NOTICED_MS + 4_000);
    await noticed(olga);
    await asleep;
    await seen(olga, "free").waitFor();
    await toldOnReturn(anna);
  }),
);

test("a network that is cut without a word is noticed, and the page comes back by itself", { skip: SKIP }, () =>
  withPeople(async ({ centre, anna, olga }) => {
    const [host = "", port = ""] = centre.addresses.http.split(":");
    const wire = new Wire(host, Number(port));
    try {
      await anna.goto(await wire.open());
      await stage(anna, "idle_ready");
      await anna.waitForTimeout(6_000);
      wire.cut();
      await noticed(olga);
      await anna.locator(".strip-broken").waitFor();
      wire.mend();
      await seen(olga, "free").waitFor();
      await toldOnReturn(anna);
    } finally {
      wire.close();
    }
  }),
);

test("a closed browser is noticed, a second tab and a reload in a call change nothing", { skip: SKIP }, () =>
  withPeople(async ({ centre, anna, olga }) => {
    const second = await anna.context().newPage();
    await second.goto(anna.url());
    await stage(second, "idle_ready");
    await anna.close();
    centre.call(25_000);
    await stage(second, "talking");
    await second.reload();
    await stage(second, "talking");
    await olga.waitForTimeout(6_000);
    await seen(olga, "talking").waitFor();
    assert.doesNotMatch(await olga.innerText('[data-agent="anna"]'), /no page/);
    await second.close();
    // The talk goes on, and the supervisor sees that nobody is at the page.
    await olga.getByText("no page").waitFor({ timeout: NOTICED_MS + 2_000 });
    await seen(olga, "talking").waitFor();
  }),
);
