/** Who is to be called back: how far each has come, and a button that cancels it. */

import { html, nothing, type TemplateResult } from "lit-html";
import { repeat } from "lit-html/directives/repeat.js";
import type { Actions, Model } from "../../desk/model.ts";
import type { Callback } from "../../supervision/floor.ts";
import { shortTime, ticking } from "../../text/language.ts";
import { icon, type IconName } from "../icon.ts";
import { problemLine } from "./problem.ts";

const ICONS: Record<Callback["state"], IconName> = {
  waiting: "pause", closed: "power", retrying: "pause", starting: "bell", ringing_agent: "bell", dialling: "bell", on_line: "pause", talking: "talk",
};

/** Draws the table; on a telephone a card each. Nothing where there are none. */
export function callbacksPanel(model: Model, actions: Actions): TemplateResult | typeof nothing {
  const text = model.text.callbacks;
  const { callbacks } = model.board;
  if (callbacks.length === 0) return nothing;
  const heads = [text.number, text.state, text.position, text.since, text.attempts, text.queue, ""];
  return html`<section class="calls callbacks panel">
    <h2>${text.title(callbacks.length)}</h2>
    <table role="table">
      <thead role="rowgroup"><tr role="row">${heads.map((word) => html`<th role="columnheader" scope="col">${word}</th>`)}</tr></thead>
      <tbody role="rowgroup">${repeat(callbacks, (own) => own.callback, (own) => row(own, model, actions))}</tbody>
    </table>
    ${problemLine(model, model.board.problem)}
  </section>`;
}

function row(own: Callback, model: Model, actions: Actions): TemplateResult {
  const text = model.text.callbacks;
  const isOnLine = own.state === "on_line" || own.state === "talking";
  return html`<tr role="row" data-callback=${own.callback} data-state=${own.state}>
    <th role="rowheader" scope="row" dir="auto">${own.number}</th>
    <td role="cell" data-label=${text.state}><span class="state">${icon(ICONS[own.state])}<span>${stateText(own, model)}</span></span></td>
    <td role="cell" data-label=${text.position}><span class="number">${own.position === 0 ? "–" : own.position}</span></td>
    <td role="cell" data-label=${text.since}><span class="number">${ticking(model.serverNow - own.takenAt)}</span></td>
    <td role="cell" data-label=${text.attempts}><span class="number">${own.attempts}</span>${trouble(own, model)}</td>
    <td role="cell" data-label=${text.queue}>${own.queue}</td>
    <td role="cell" class="callback-cancel">${isOnLine
      ? nothing
      : html`<button class="second" type="button" aria-label=${text.cancel_of(own.number)} ?disabled=${model.board.working} @click=${() => actions.supervisor.cancelCallback(own.callback)}>${text.cancel}</button>`}</td>
  </tr>`;
}

/** What it waits for, and until when or for whom. */
function stateText(own: Callback, model: Model): string {
  const text = model.text.callbacks;
  if (own.state === "retrying" && own.nextAt !== null) {
    return text.again_at(shortTime(model.language, own.nextAt - (model.serverNow - model.localNow)));
  }
  const agent = model.board.agents?.find(({ user }) => user === own.agent)?.displayName ?? own.agent;
  return agent === null ? text.states[own.state] : `${text.states[own.state]}: ${agent}`;
}

/** What went wrong last; a word that this page does not know is shown as it is. */
function trouble(own: Callback, model: Model): string {
  if (own.trouble === null) return "";
  const words = model.text.callbacks.troubles;
  return `, ${words[own.trouble as keyof typeof words] ?? own.trouble}`;
}
