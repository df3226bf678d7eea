/** The link machine by itself: no browser, no clock. */

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  BACKOFF_MS_MAX, BACKOFF_MS_MIN, newLink, nextWake, PING_EVERY_MS, PONG_TIMEOUT_MS, SOCKET_FAILURES_MAX,
  SOCKET_RETRY_EVERY_MS, STEADY_AFTER_MS, step, type Link, type LinkEffect, type LinkInput,
} from "../src/link/machine.ts";

/** Feeds inputs one after the other; returns the last link and its effects. */
class Run {
  link: Link = newLink();
  effects: LinkEffect[] = [];
  now = 1_000_000;

  feed(input: LinkInput, chance = 0.5): this {
    [this.link, this.effects] = step(this.link, this.now, input, chance);
    return this;
  }

  after(ms: number): this {
    this.now += ms;
    return this;
  }

  wake(chance = 0.5): this {
    this.now = Math.max(this.now, nextWake(this.link) ?? this.now);
    return this.feed({ is: "wake" }, chance);
  }

  opened(): this {
    return this.feed({ is: "start" }).feed({ is: "ticket", ticket: "t" }).feed({ is: "opened" });
  }

  /** One socket that never gets anywhere, and the wait after it. */
  failedSocket(): this {
    return this.feed({ is: "ticket", ticket: "t" }).feed({ is: "closed" });
  }
}

test("a link asks for a ticket, opens a socket with it and pings at once", () => {
  const run = new Run().feed({ is: "start" });
  assert.deepEqual(run.effects, [{ do: "ask_ticket" }]);
  run.feed({ is: "ticket", ticket: "t1" });
  assert.deepEqual(run.effects, [{ do: "open_socket", ticket: "t1", after: null }]);
  run.feed({ is: "opened" });
  assert.deepEqual(run.effects, [{ do: "ping" }]);
});

test("a broken link names the last event it saw", () => {
  const run = new Run().opened().feed({ is: "heard", eventId: 17 }).feed({ is: "closed" });
  assert.equal(run.link.health, "broken");
  run.wake().feed({ is: "ticket", ticket: "t2" });
  assert.deepEqual(run.effects, [{ do: "open_socket", ticket: "t2", after: 17 }]);
});

test("waits after failures stay between one and five seconds", () => {
  for (const chance of [0, 0.5, 0.999]) {
    const run = new Run().feed({ is: "start" });
    for (let failures = 0; failures < 12; failures++) {
      run.feed({ is: "unreachable" }, chance);
      const waitMs = (nextWake(run.link) ?? 0) - run.now;
      assert.ok(waitMs >= BACKOFF_MS_MIN && waitMs <= BACKOFF_MS_MAX, `${waitMs} ms after ${failures} failures`);
      run.wake();
    }
  }
});

test("a socket that does not answer a ping is given up", () => {
  const run = new Run().opened().feed({ is: "heard", eventId: 1 }).wake();
  assert.deepEqual(run.effects, [{ do: "ping" }]);
  run.after(PONG_TIMEOUT_MS).feed({ is: "wake" });
  assert.deepEqual(run.effects[0], { do: "close_socket" });
  assert.equal(run.link.health, "broken");
});

test("an answered ping keeps the socket and the next one is timed", () => {
  const run = new Run().opened().after(20).feed({ is: "heard", eventId: null });
  assert.equal(nextWake(run.link), run.now + PING_EVERY_MS);
});

test("sockets that keep failing give way to long polls", () => {
  const run = new Run().feed({ is: "start" });
  for (let failures = 1; failures < SOCKET_FAILURES_MAX; failures++) run.failedSocket().wake();
  run.failedSocket();
  assert.deepEqual(run.effects, [{ do: "poll", after: null }]);
  run.feed({ is: "polled", lastEventId: 5 });
  assert.deepEqual(run.effects, [{ do: "poll", after: 5 }]);
  assert.equal(run.link.health, "live");
});

test("a socket that opens but dies young counts as failed too", () => {
  const run = new Run().feed({ is: "start" });
  for (let failures = 0; failures < SOCKET_FAILURES_MAX; failures++) {
    run.feed({ is: "ticket", ticket: "t" }).feed({ is: "opened" }).feed({ is: "heard", eventId: 1 }).feed({ is: "closed" });
    if (run.link.phase.at === "waiting") run.wake();
  }
  assert.equal(run.link.phase.at, "polling");
});

test("a steady socket forgives earlier failures", () => {
  const run = new Run().feed({ is: "start" }).failedSocket().wake().failedSocket().wake();
  run.feed({ is: "ticket", ticket: "t" }).feed({ is: "opened" }).after(STEADY_AFTER_MS).feed({ is: "heard", eventId: 1 });
  run.feed({ is: "closed" });
  assert.equal(run.link.phase.at, "waiting");
});

test("while polling a socket is tried again after a while", () => {
  const run = new Run().feed({ is: "start" });
  for (let failures = 1; failures < SOCKET_FAILURES_MAX; failures++) run.failedSocket().wake();
  run.failedSocket().after(SOCKET_RETRY_EVERY_MS).feed({ is: "polled", lastEventId: 5 });
  assert.deepEqual(run.effects, [{ do: "ask_ticket" }]);
  run.failedSocket();
  assert.deepEqual(run.effects, [{ do: "poll", after: 5 }]);
});

test("an unreachable backend does not count against sockets", () => {
  const run = new Run().feed({ is: "start" });
  for (let failures = 0; failures < 10; failures++) run.feed({ is: "unreachable" }).wake();
  assert.equal(run.link.socketFailures, 0);
  assert.deepEqual(run.effects, [{ do: "ask_ticket" }]);
});

test("an ended session stops the link", () => {
  const run = new Run().opened().feed({ is: "closed" }).wake().feed({ is: "refused" });
  assert.equal(run.link.phase.at, "signed_out");
  assert.equal(nextWake(run.link), null);
  assert.deepEqual(run.feed({ is: "nudge" }).effects, []);
});

test("a nudge ends a wait", () => {
  const run = new Run().feed({ is: "start" }).feed({ is: "unreachable" }).feed({ is: "nudge" });
  assert.deepEqual(run.effects, [{ do: "ask_ticket" }]);
});
