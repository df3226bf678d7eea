/** The agent's own numbers of the day. */

import { html, nothing, type TemplateResult } from "lit-html";
import type { Model } from "../desk/model.ts";
import type { Marks } from "../link/wire.ts";
import { meanSeconds, total } from "../text/language.ts";

/** Below this a miss is an accident; from here on it is worth a word. */
const STREAK_SHOWN_FROM = 2;

/** Offers that came to nothing because of the phone, whichever way. */
function notReached(marks: Marks | undefined): number | undefined {
  return marks === undefined ? undefined : marks.unreachable + marks.busy + marks.unregistered;
}

/** Draws the numbers; a dash where there is none yet. */
export function marksPanel(model: Model): TemplateResult {
  const text = model.text.marks;
  const marks = model.agent?.marks;
  const count = (n: number | undefined) => (n === undefined ? "–" : String(n));
  const speed = marks?.answerSpeedMs ?? null;
  const rows: [string, string, string][] = [
    ["answered", text.answered, count(marks?.answered)],
    ["missed", text.missed, count(marks?.missed)],
    ["rejected", text.rejected, count(marks?.rejected)],
    ["unreachable", text.unreachable, count(notReached(marks))],
    ["answer_speed", text.answer_speed, speed === null ? "–" : meanSeconds(model.language, model.text, speed)],
    ["talk", text.talk, marks === undefined ? "–" : total(model.text, marks.talkMs)],
  ];
  const streak = marks?.missStreak ?? 0;
  return html`<section class="marks panel">
    <h2>${text.title}</h2>
    <dl>
      ${rows.map(([name, label, value]) => html`<div data-mark=${name}><dt>${label}</dt><dd class="number">${value}</dd></div>`)}
    </dl>
    <p class="streak">${streak >= STREAK_SHOWN_FROM ? text.streak(streak) : nothing}</p>
  </section>`;
}
