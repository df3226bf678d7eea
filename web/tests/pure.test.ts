/** The clock, the election of the ringing tab, the frames and the formats. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { newElection, step, type Election, type ElectionEffect, type ElectionInput } from "../src/alert/election.ts";
import { ServerClock } from "../src/link/clock.ts";
import { WireError } from "../src/link/fields.ts";
import { AGENT_CHANNEL, decodeFrame } from "../src/link/wire.ts";
import { MockCentre } from "../mock/centre.ts";
import { countdown, firstLanguage, meanSeconds, spoken, ticking, total } from "../src/text/language.ts";
import { readFileSync } from "node:fs";
import { en } from "../src/text/en.ts";
import { banReason } from "../src/text/reason.ts";
import { refusedText } from "../src/text/refused.ts";
import { PHRASES, whyText } from "../src/text/why.ts";
import { ru } from "../src/text/ru.ts";

test("the clock follows a server that is ahead", () => {
  const clock = new ServerClock();
  clock.read(700_000, 99_990, 100_010);
  assert.equal(clock.at(100_000), 700_000);
});

test("a slow answer does not spoil an exact reading", () => {
  const clock = new ServerClock();
  clock.read(700_000, 99_999, 100_001);
  clock.read(702_900, 101_000, 103_000);
  assert.equal(clock.offset, 600_000);
});

test("a clock that was set is believed again", () => {
  const clock = new ServerClock();
  clock.read(700_000, 99_999, 100_001);
  clock.read(5_000_000, 200_000, 200_100);
  assert.equal(clock.at(200_050), 5_000_000);
});

test("a state frame of the contract is decoded whole", () => {
  const centre = new MockCentre();
  centre.offer(1_000, 20_000, { displayName: "A", customData: "B" });
  const frame = decodeFrame(JSON.stringify({ type: "state", ...centre.state() }), AGENT_CHANNEL);
  assert.equal(frame?.type, "news");
  assert.equal(frame?.type === "news" && frame.news.agent.call?.ringUntil, centre.agent.call?.ringUntil);
});

test("a broken frame names its field", () => {
  const state: Record<string, unknown> = { type: "state", ...new MockCentre().state() };
  state["agent"] = { ...(state["agent"] as object), intent_since: "yesterday" };
  assert.throws(() => decodeFrame(JSON.stringify(state), AGENT_CHANNEL), (error) => error instanceof WireError && /intent_since/.test(error.message));
  assert.throws(() => decodeFrame("{", AGENT_CHANNEL), WireError);
});

test("frames of a newer server are let pass", () => {
  assert.equal(decodeFrame('{"type":"weather"}', AGENT_CHANNEL), null);
  const state: Record<string, unknown> = { type: "state", ...new MockCentre().state() };
  state["agent"] = { ...(state["agent"] as object), activity: "dreaming" };
  const frame = decodeFrame(JSON.stringify(state), AGENT_CHANNEL);
  assert.equal(frame?.type === "news" && frame.news.agent.activity, "other");
});

test("spans tick in whole seconds and never below zero", () => {
  assert.deepEqual([ticking(-5), ticking(7_999), ticking(725_000), ticking(3_753_000)], ["0:00", "0:07", "12:05", "1:02:33"]);
  assert.deepEqual([countdown(1), countdown(0), countdown(60_000)], ["0:01", "0:00", "1:00"]);
});

test("Russian counts by its own rule", () => {
  assert.deepEqual([1, 2, 5, 11, 21, 22].map((n) => ru.queues.callers(n)), [
    "1 звонящий ждёт", "2 звонящих ждут", "5 звонящих ждут", "11 звонящих ждут", "21 звонящий ждёт", "22 звонящих ждут",
  ]);
  assert.deepEqual([1, 3, 40].map((n) => spoken(ru, n * 1000)), ["1 секунду", "3 секунды", "40 секунд"]);
  assert.equal(meanSeconds("ru", ru, 4_230), "4,2 с");
  assert.equal(meanSeconds("en", en, 4_230), "4.2 s");
  assert.equal(total(ru, 4_980_000), "1 ч 23 мин");
});

test("the language is the chosen one, else the browser's, else English", () => {
  assert.equal(firstLanguage(["de", "ru-RU", "en"], null), "ru");
  assert.equal(firstLanguage(["ru"], "en"), "en");
  assert.equal(firstLanguage(["de"], "xx"), "en");
});

/** Several tabs that hear each other, with messages delivered when the test says so. */
class Tabs {
  readonly tabs = new Map<string, Election>();
  readonly rings = new Set<string>();
  private readonly mail: { to: string; input: ElectionInput }[] = [];

  constructor(...names: string[]) {
    for (const name of names) this.tabs.set(name, newElection(name));
  }

  feed(name: string, input: ElectionInput): void {
    const [next, effects] = step(this.tabs.get(name) ?? newElection(name), input);
    this.tabs.set(name, next);
    for (const effect of effects) this.carryOut(name, effect);
  }

  deliver(): void {
    for (let letter = this.mail.shift(); letter !== undefined; letter = this.mail.shift()) this.feed(letter.to, letter.input);
  }

  private carryOut(name: string, effect: ElectionEffect): void {
    if (effect.do === "ring") this.rings.add(name);
    if (effect.do === "hush") this.rings.delete(name);
    if (effect.do !== "say") return;
    for (const to of this.tabs.keys()) if (to !== name) this.mail.push({ to, input: { is: "heard", word: effect.word } });
  }
}

function used(tabs: Tabs, name: string): void {
  tabs.feed(name, { is: "used", canSound: true });
  tabs.deliver();
}

test("the tab used last rings, the other stays silent", () => {
  const tabs = new Tabs("a", "b");
  used(tabs, "a");
  used(tabs, "b");
  for (const name of ["a", "b"]) tabs.feed(name, { is: "offered", offer: "o" });
  tabs.deliver();
  tabs.feed("a", { is: "waited", offer: "o" });
  assert.deepEqual([...tabs.rings], ["b"]);
});

test("a tab rings when the one used last is gone without a word", () => {
  const tabs = new Tabs("a", "b");
  used(tabs, "a");
  used(tabs, "b");
  tabs.feed("a", { is: "offered", offer: "o" });
  tabs.feed("a", { is: "waited", offer: "o" });
  assert.deepEqual([...tabs.rings], ["a"]);
});

test("two tabs that begin at once settle on one", () => {
  const tabs = new Tabs("a", "b");
  for (const name of ["a", "b"]) tabs.feed(name, { is: "used", canSound: true });
  for (const name of ["a", "b"]) tabs.feed(name, { is: "offered", offer: "o" });
  assert.equal(tabs.rings.size, 2);
  tabs.deliver();
  assert.deepEqual([...tabs.rings], ["a"]);
});

test("the end of the offer silences the ringing tab", () => {
  const tabs = new Tabs("a");
  used(tabs, "a");
  tabs.feed("a", { is: "offered", offer: "o" });
  tabs.feed("a", { is: "over" });
  assert.equal(tabs.rings.size, 0);
});

/** The words of an enumeration of the backend, as they go over the wire. */
function words(rust: string, name: string): string[] {
  const body = new RegExp(`enum ${name} \\{([^]*?)\\n\\}`).exec(rust)?.[1] ?? "";
  const variants = [...body.matchAll(/^    ([A-Z]\w+),/gm)].map((found) => found[1] ?? "");
  return variants.map((variant) => variant.replace(/(?!^)([A-Z])/g, "_$1").toLowerCase());
}

const source = (path: string) => readFileSync(new URL(`../../crates/${path}`, import.meta.url), "utf8");

test("every problem of a field has words in both languages", () => {
  const problems = words(source("backend/src/contract/fields.rs"), "Problem");
  assert.ok(problems.length > 10, problems.join());
  for (const text of [en, ru]) assert.deepEqual(problems.filter((problem) => !(problem in text.refusals.problems)), []);
});

test("a refusal is said in the reader's language, and one that is not known as it came", () => {
  const refused = (code: string, field: string | null, problem: string | null) => ({ code, field, problem, message: "until: expected a day" });
  assert.equal(refusedText(ru, refused("invalid_field", "absences[2].until", "ends_too_early")), "Последний день: слишком рано");
  assert.equal(refusedText(ru, refused("wrap_up_forced", null, null)), "время после звонка пока нельзя закончить");
  assert.equal(refusedText(ru, refused("new_code", null, null)), "until: expected a day");
  assert.equal(refusedText(en, refused("invalid_field", "colour", "new_problem")), "until: expected a day");
});

test("every row of offers that earns a ban has words of its own", () => {
  const rust = source("acd/src/offer.rs");
  const rows = [...rust.matchAll(/"(offers [^"]+)"/g)].map((found) => found[1]);
  assert.equal(rows.length, 5, rows.join());
  for (const text of [en, ru]) {
    const said = rows.map((row) => banReason(text, `3 ${row}`));
    assert.equal(new Set(said).size, 5, said.join());
    for (const one of said) assert.ok(!one.includes("offers"), one);
  }
  assert.equal(banReason(ru, "3 offers declined in a row"), "3 отказа подряд");
  assert.equal(banReason(en, "talk to me first"), "talk to me first");
});

test("reasons of decisions are put into Russian as the journal does", () => {
  const rust = source("cordboard/src/journal/words.rs");
  const table = rust.slice(rust.indexOf("const PHRASES"), rust.indexOf("];", rust.indexOf("const PHRASES")));
  const pairs = [...table.matchAll(/\(\s*"([^"]*)",\s*"([^"]*)",?\s*\)/g)].map((found) => [found[1], found[2]]);
  assert.deepEqual(PHRASES, pairs);
  assert.equal(whyText("ru", "idle longest (1500 ms) of 2 free; call"), "дольше всех без дела (1,5 с) из 2 свободных; call");
  assert.equal(whyText("en", "waited 61000 ms, threshold 60000 ms"), "waited 1 min 1 s, threshold 1 min");
  assert.equal(whyText("en", "idle longest (9400000 ms); waited 45200 ms"), "idle longest (2 h 36 min); waited 45 s");
});
