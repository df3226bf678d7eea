/** All calls: who waits, who is rung for, who talks, with whom and why. */

import { html, nothing, type TemplateResult } from "lit-html";
import { repeat } from "lit-html/directives/repeat.js";
import type { Model } from "../../desk/model.ts";
import type { LiveCall } from "../../supervision/floor.ts";
import { ticking } from "../../text/language.ts";
import { whyText } from "../../text/why.ts";
import { icon, type IconName } from "../icon.ts";

const ICONS: Record<LiveCall["state"], IconName> = { waiting: "pause", offering: "bell", talking: "talk" };

/** Draws the table; on a telephone a card a call. Those who wait longest come first. */
export function callsPanel(model: Model): TemplateResult {
  const text = model.text.calls;
  const { calls, callsTotal } = model.board;
  const heads = [text.caller, text.state, text.since, text.waited, text.queue, text.who, text.why];
  const left = callsTotal - calls.length;
  return html`<section class="calls panel">
    <h2>${text.title(callsTotal)}</h2>
    ${calls.length === 0
      ? html`<p class="quiet">${model.board.agents === null ? model.text.link.connecting : text.none}</p>`
      : html`<table role="table">
          <thead role="rowgroup"><tr role="row">${heads.map((word) => html`<th role="columnheader" scope="col">${word}</th>`)}</tr></thead>
          <tbody role="rowgroup">${repeat(calls, (call) => call.callId, (call) => row(call, model))}</tbody>
        </table>`}
    ${left > 0 ? html`<p class="quiet">${text.more(left)}</p>` : nothing}
  </section>`;
}

function row(call: LiveCall, model: Model): TemplateResult {
  const text = model.text.calls;
  const caller = call.displayName ?? (call.callerNumber === "" ? model.text.call.unknown_caller : call.callerNumber);
  const agent = model.board.agents?.find(({ user }) => user === call.agent)?.displayName ?? call.agent;
  const who = agent ?? (call.reserve === null ? "–" : text.reserve(call.reserve));
  const waitedMs = (call.state === "talking" ? call.since : model.serverNow) - call.queuedAt;
  return html`<tr role="row" data-call=${call.callId} data-state=${call.state}>
    <th role="rowheader" scope="row" dir="auto">${caller}</th>
    <td role="cell" data-label=${text.state}><span class="state">${icon(ICONS[call.state])}<span>${text.states[call.state]}</span></span></td>
    <td role="cell" data-label=${text.since}><span class="number">${ticking(model.serverNow - call.since)}</span></td>
    <td role="cell" data-label=${text.waited}><span class="number">${ticking(waitedMs)}</span></td>
    <td role="cell" data-label=${text.queue}>${call.queue}</td>
    <td role="cell" data-label=${text.who}>${who}</td>
    <td role="cell" data-label=${text.why} class="call-why">${call.why === null ? "–" : whyText(model.language, call.why)}</td>
  </tr>`;
}
