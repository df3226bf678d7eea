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
  desk("wrap-up", async (d) => {
    d.centre.agent.intent = "ready";
    d.centre.offer(42_000, 20_000, { displayName: "Meridian Garden Supplies", customData: NOTE });
    await d.stage("ringing");
    d.centre.talk();
    await d.stage("talking");
    d.centre.wrapUp(45_000);
    await d.stage("wrap_up");
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

function busyQueue(d: TestDesk): void {
  const queue = d.centre.queues[0];
  if (queue !== undefined) Object.assign(queue, { waiting: 3, longestSince: d.centre.now() - 187_000, free: 0 });
}
