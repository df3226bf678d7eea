/** Every state of the page that is worth a look, for the screenshots and the layout tests. */

import type { TestDesk } from "./browser.ts";

/** How to get a signed-in desk into a state. */
export interface Scene {
  name: string;
  signedIn: boolean;
  enter: (desk: TestDesk) => Promise<void>;
}

const NOTE = "Order 20418 · second call today";

function desk(name: string, enter: (desk: TestDesk) => Promise<void>): Scene {
  return { name, signedIn: true, enter };
}

/** All scenes. Each starts from an agent who has just signed in. */
export const SCENES: readonly Scene[] = [
  { name: "sign-in", signedIn: false, enter: async () => undefined },
  {
    name: "sign-in-wrong",
    signedIn: false,
    enter: async ({ page }) => {
      await page.fill("#user", "anna");
      await page.fill("#password", "nonsense");
      await page.click("button[type=submit]");
      await page.locator('[data-problem="wrong"]').waitFor();
    },
  },
  {
    name: "sign-in-wait",
    signedIn: false,
    enter: async ({ page }) => {
      await page.fill("#user", "anna");
      await page.fill("#password", "nonsense");
      // Three wrong tries are answered with "wrong", the fourth with "wait".
      for (const problem of ["wrong", "wrong", "wrong", "wait"]) {
        const answered = page.waitForResponse((response) => response.request().method() === "POST");
        await page.click("button[type=submit]:enabled");
        await answered;
        await page.locator(`[data-problem="${problem}"]`).waitFor();
      }
    },
  },
  desk("offline", async (d) => d.stage("idle_not_ready")),
  desk("ready", async (d) => {
    d.centre.change({ intent: "ready" });
    await d.stage("idle_ready");
  }),
  desk("not-ready", async (d) => {
    d.centre.change({ intent: "not_ready", reason: "training", intentSince: d.centre.now() - 754_000 });
    await d.page.locator('[data-intent="not_ready"]').waitFor();
  }),
  desk("reasons", async (d) => {
    d.centre.change({ intent: "ready" });
    await d.stage("idle_ready");
    await d.page.click(".reasons-button");
  }),
  desk("phone-absent", async (d) => {
    d.centre.change({ intent: "ready", phone: "absent" });
    await d.stage("phone_absent");
  }),
  desk("retry", async (d) => {
    d.centre.marks.miss_streak = 3;
    d.centre.agent.intent = "ready";
    d.centre.idle(25_000);
    await d.stage("retry");
  }),
  desk("ringing", async (d) => {
    busyQueue(d);
    d.centre.agent.intent = "ready";
    d.centre.offer(42_000, 20_000, { displayName: "Meridian Garden Supplies", customData: NOTE });
    await d.stage("ringing");
  }),
  desk("ringing-number", async (d) => {
    busyQueue(d);
    d.centre.agent.intent = "ready";
    d.centre.offer(754_000);
    await d.stage("ringing");
  }),
  desk("talking", async (d) => {
    d.centre.agent.intent = "ready";
    d.centre.offer(42_000, 20_000, { displayName: "Meridian Garden Supplies", customData: NOTE });
    d.centre.talk();
    await d.stage("talking");
  }),
  desk("transfer-list", async (d) => {
    d.centre.agent.intent = "ready";
    d.centre.offer(42_000, 20_000, { displayName: "Meridian Garden Supplies", customData: NOTE });
    d.centre.talk();
    await d.stage("talking");
    await d.page.click("#transfer");
    await d.page.locator("#transfer-number").waitFor();
  }),
  desk("consulting", async (d) => {
    d.centre.agent.intent = "ready";
    d.centre.offer(42_000, 20_000, { displayName: "Meridian Garden Supplies", customData: NOTE });
    d.centre.talk();
    d.centre.transfer("consult");
    await d.page.locator('[data-consult="complete"]').waitFor();
  }),
  desk("wrap-up", async (d) => {
    d.centre.agent.intent = "ready";
    d.centre.offer(42_000, 20_000, { displayName: "Meridian Garden Supplies", customData: NOTE });
    await d.stage("ringing");
    d.centre.talk();
    await d.stage("talking");
    d.centre.wrapUp(45_000);
    await d.stage("wrap_up");
  }),
  desk("banned", async (d) => {
    d.centre.agent.intent = "ready";
    d.centre.change({ more: { banned_until: inMs(d, 540_000), ban_reason: "3 offers missed in a row", may_lift_ban: true } });
    await d.stage("banned");
  }),
  desk("forced", async (d) => {
    d.centre.change({ intent: "not_ready", reason: "training", more: { forced_by: "olga", forced_why: "order 7" } });
    await d.page.getByText("olga").waitFor();
  }),
  desk("after-call", async (d) => {
    d.centre.agent.intent = "ready";
    d.centre.offer(42_000, 20_000, { displayName: "Meridian Garden Supplies" });
    d.centre.talk();
    d.centre.change({ more: { after_call: "not_ready", after_call_reason: "lunch" } });
    await d.page.locator('[data-after="not_ready"]').waitFor();
  }),
  desk("wrap-up-more", async (d) => {
    d.centre.agent.intent = "ready";
    d.centre.wrapUp(45_000);
    d.centre.change({ more: { wrap_up_extends_to: inMs(d, 75_000), wrap_up_may_end_at: inMs(d, 9_000) } });
    await d.page.locator("#more-time").waitFor();
  }),
  desk("away", async (d) => {
    d.centre.change({ intent: "ready", more: { away_from: inMs(d, -95_000), away_until: inMs(d, -2_000) } });
    await d.page.locator(".strip-away").waitFor();
  }),
  desk("keys", async (d) => {
    await d.page.keyboard.press("?");
    await d.page.locator("dialog[open]").waitFor();
  }),
  desk("broken", async (d) => {
    d.centre.change({ intent: "ready" });
    d.server.broken.everything = true;
    d.server.drop();
    await d.page.locator(".strip-broken").waitFor();
  }),
];

function inMs(d: TestDesk, ms: number): string {
  return new Date(d.centre.now() + ms).toISOString();
}

/** The supervisors' page, signed in afresh for each. */
export const BOARD_SCENES: readonly Scene[] = [
  desk("board", async (d) => d.page.locator('[data-agent="anna"]').waitFor()),
  desk("board-dialog", async (d) => {
    await d.page.locator('[data-agent="dmitri"] .agent-open button').click();
    await d.page.locator(".agent-dialog[open] #force").waitFor();
  }),
  desk("board-dialog-banned", async (d) => {
    await d.page.locator('[data-agent="fedor"] .agent-open button').click();
    await d.page.locator("#supervisor-lift-ban").waitFor();
  }),
  desk("board-calls", async (d) => {
    await d.page.click('.tabs [data-tab="calls"]');
    await d.page.locator("[data-call]").first().waitFor();
  }),
  desk("managers", async (d) => {
    await d.page.click('.tabs [data-tab="managers"]');
    await d.page.locator("[data-number]").first().waitFor();
    await d.page.setInputFiles("#csv", { name: "callers.csv", mimeType: "text/csv", buffer: Buffer.from("number,agent\n") });
    await d.page.locator("#take").waitFor();
  }),
  desk("managers-form", async (d) => {
    await d.page.click('.tabs [data-tab="managers"]');
    await d.page.click("#add-binding");
    await d.page.locator("#binding").waitFor();
  }),
  desk("absences", async (d) => {
    await d.page.click('.tabs [data-tab="absences"]');
    await d.page.locator("[data-kind]").waitFor();
  }),
  desk("plan", async (d) => {
    d.server.floor.badShifts = true;
    await d.page.click('.tabs [data-tab="plan"]');
    await d.page.locator("[data-planned]").first().waitFor();
    await d.page.setInputFiles("#csv", { name: "shifts.csv", mimeType: "text/csv", buffer: Buffer.from("agent,from,to\n") });
    await d.page.locator("#take").waitFor();
  }),
];

function busyQueue(d: TestDesk): void {
  const queue = d.centre.queues[0];
  if (queue !== undefined) Object.assign(queue, { waiting: 3, longestSince: d.centre.now() - 187_000, free: 0 });
}
