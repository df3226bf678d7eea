/** Whom the caller is handed over to: a list in front of the page, and the buttons of a talk. */

import { html, nothing, type TemplateResult } from "lit-html";
import { ref } from "lit-html/directives/ref.js";
import type { Actions, Model } from "../desk/model.ts";
import type { Target } from "../desk/transfer.ts";
import type { TransferTo } from "../link/commands.ts";
import type { CallCard } from "../link/wire.ts";

/** Draws the list; a `<dialog>` keeps the focus inside and gives it back by itself. */
export function transferList(model: Model, actions: Actions): TemplateResult {
  const { text, transfer } = model;
  const words = text.transfer;
  const follow = (element?: Element) => {
    if (!(element instanceof HTMLDialogElement) || element.open === transfer.open) return;
    if (transfer.open) element.showModal();
    else element.close();
  };
  const targets = transfer.targets;
  return html`<dialog class="transfer panel" aria-labelledby="transfer-title" ${ref(follow)} @close=${() => actions.toggleTransfer(false)}>
    <h2 id="transfer-title">${words.title}</h2>
    ${transfer.failed ? html`<p class="transfer-failed" role="alert">${text.intent.failed}</p>` : nothing}
    ${targets === null ? nothing : html`<ul>${targets.list.map((target) => row(target, model, actions))}</ul>`}
    ${targets !== null && targets.list.length === 0 ? html`<p class="quiet">${words.nobody}</p>` : nothing}
    ${targets?.otherNumbers === true ? numberRow(model, actions) : nothing}
    <button class="second" type="button" @click=${() => actions.toggleTransfer(false)}>${text.keys.close}</button>
  </dialog>`;
}

function row(target: Target, model: Model, actions: Actions): TemplateResult {
  const words = model.text.transfer;
  return html`<li data-target=${target.kind}>
    <div class="transfer-who"><strong>${target.name}</strong><span class="quiet">${noteOf(target, model)}</span></div>
    ${pair(() => target.to, target.name, words.now, words.ask_first, actions)}
  </li>`;
}

function pair(to: () => TransferTo | null, who: string, now: string, askFirst: string, actions: Actions): TemplateResult {
  const go = (action: "blind" | "consult") => () => {
    const target = to();
    if (target !== null) actions.handOver(action, target);
  };
  return html`<div class="transfer-how">
    <button class="second" type="button" data-how="blind" aria-label=${`${who}: ${now}`} @click=${go("blind")}>${now}</button>
    <button class="primary" type="button" data-how="consult" aria-label=${`${who}: ${askFirst}`} @click=${go("consult")}>${askFirst}</button>
  </div>`;
}

function numberRow(model: Model, actions: Actions): TemplateResult {
  const words = model.text.transfer;
  const to = (): TransferTo | null => {
    const field = document.querySelector<HTMLInputElement>("#transfer-number");
    const number = field?.value.trim() ?? "";
    field?.focus();
    return number === "" ? null : { type: "number", number };
  };
  return html`<div class="transfer-other">
    <label for="transfer-number">${words.other_number}</label>
    <input id="transfer-number" type="tel" maxlength="40" autocomplete="off" />
    ${pair(to, words.other_number, words.now, words.ask_first, actions)}
  </div>`;
}

function noteOf(target: Target, model: Model): string {
  const words = model.text.transfer;
  switch (target.kind) {
    case "agent":
      return words.states[target.state];
    case "queue":
      return target.isOpen ? words.queue(target.free, target.waiting) : words.closed;
    case "number":
      return target.number;
  }
}

/** What can be pressed in a talk: hand over, or what comes of a word with the colleague. */
export function talkButtons(call: CallCard | null, model: Model, actions: Actions): TemplateResult | typeof nothing {
  const words = model.text.transfer;
  if (call === null || call.consult?.isAsked === true) return nothing;
  const busy = model.order.is === "sent" && model.order.type === "transfer";
  if (call.consult === null) {
    return html`<div class="call-buttons">
      <button id="transfer" class="second" type="button" aria-keyshortcuts="T" ?disabled=${busy} @click=${() => actions.toggleTransfer(true)}>
        ${words.button}<kbd aria-hidden="true">T</kbd>
      </button>
    </div>`;
  }
  const speaks = call.consult.with !== null;
  const button = (action: "complete" | "swap" | "merge" | "cancel", word: string, kind: string, isShown: boolean) =>
    isShown
      ? html`<button class=${kind} type="button" data-consult=${action} ?disabled=${busy} @click=${() => actions.changeConsult(action)}>${word}</button>`
      : nothing;
  return html`<div class="call-buttons consult-buttons">
    ${button("cancel", speaks ? words.alone : words.stop, "second", true)}
    ${button("swap", words.swap, "second", speaks && call.consult.with !== "all")}
    ${button("merge", words.merge, "second", speaks && call.consult.with !== "all")}
    ${button("complete", words.complete, "primary", speaks)}
  </div>`;
}
