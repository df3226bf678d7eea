/** The one big button: what the agent chose, since when, and one press to change it. */

import { html, nothing, type TemplateResult } from "lit-html";
import type { Actions, Model } from "../desk/model.ts";
import type { Intent } from "../link/wire.ts";
import { ticking } from "../text/language.ts";
import { reasonText } from "../text/reason.ts";
import { afterCall } from "./after_call.ts";
import { icon, type IconName } from "./icon.ts";
import { refusedText } from "../text/refused.ts";

const ICONS: Record<Intent, IconName> = { ready: "check", not_ready: "pause", offline: "power" };

/** Draws the button and the menu of reasons beside it. */
export function intentControl(model: Model, actions: Actions): TemplateResult {
  const { agent, text, wish } = model;
  const intent = agent?.intent ?? "offline";
  const reason = agent?.reason ?? null;
  const word = text.intent[intent];
  const since = agent === null ? "" : ticking(model.serverNow - agent.intentSince);
  return html`<section class="intent" data-intent=${intent} data-wish=${wish.is}>
    <button
      id="ready"
      class="intent-button"
      type="button"
      aria-describedby="intent-hint"
      aria-keyshortcuts="R"
      ?disabled=${agent === null}
      @click=${() => actions.toggleReady()}
    >
      <span class="intent-icon">${icon(ICONS[intent])}</span>
      <span class="intent-words">
        <span class="intent-word">${word}${reason === null ? nothing : html`<span class="intent-reason"><span class="intent-dot"> · </span>${reasonText(model.reasons, model.language, text, reason)}</span>`}</span>
        <span class="intent-hint" id="intent-hint" title=${hint(model)} role=${wish.is === "failed" || wish.is === "refused" ? "alert" : nothing}>${hint(model)}</span>
      </span>
      <span class="intent-since" aria-hidden="true">${since}</span>
      <kbd aria-hidden="true">R</kbd>
    </button>
    ${reasonMenu(model, actions)} ${afterCall(model, actions)}
  </section>`;
}

function hint(model: Model): string {
  const { agent, wish } = model;
  const text = model.text.intent;
  if (agent === null) return model.text.link.connecting;
  switch (wish.is) {
    case "sent":
      return text.saving;
    case "failed":
      return text.failed;
    case "refused":
      return text.refused(refusedText(model.text, wish.refused));
    case "none":
      break;
  }
  // Whoever chose for the agent comes first: the agent must know who and why.
  if (agent.forcedBy !== null) return text.forced(agent.forcedBy, agent.forcedWhy ?? "");
  const busy = agent.activity === "talking" || agent.activity === "ringing" || agent.activity === "reserved";
  if (busy) return (agent.afterCall ?? agent.intent) === "ready" ? text.after_call_ready : text.after_call_stop;
  return agent.intent === "ready" ? text.press_to_stop : text.press_when_ready;
}

function reasonMenu(model: Model, actions: Actions): TemplateResult {
  const { agent, text, reasonsOpen } = model;
  return html`<div class="reasons" @focusout=${(event: FocusEvent) => closeIfLeft(event, actions)}>
    <button
      class="reasons-button"
      type="button"
      aria-haspopup="menu"
      aria-expanded=${reasonsOpen ? "true" : "false"}
      aria-label=${`${text.intent.not_ready}: ${text.intent.why}`}
      title=${`${text.intent.not_ready}: ${text.intent.why}`}
      ?disabled=${agent === null}
      @click=${() => actions.toggleReasons(!reasonsOpen)}
    >
      ${icon("pause")}${icon("down")}
    </button>
    <div class="reasons-menu panel" role="menu" aria-label=${text.intent.why} ?hidden=${!reasonsOpen} @keydown=${moveInMenu}>
      <p class="quiet" aria-hidden="true">${text.intent.not_ready}</p>
      ${model.reasons.map(
        ({ name: reason }) =>
          html`<button
            type="button"
            role="menuitemradio"
            aria-checked=${agent?.intent === "not_ready" && agent.reason === reason ? "true" : "false"}
            data-reason=${reason}
            @click=${() => actions.chooseReason(reason)}
          >
            ${reasonText(model.reasons, model.language, text, reason)}
          </button>`,
      )}
    </div>
  </div>`;
}

function closeIfLeft(event: FocusEvent, actions: Actions): void {
  const menu = event.currentTarget as HTMLElement;
  if (!(event.relatedTarget instanceof Node) || !menu.contains(event.relatedTarget)) actions.toggleReasons(false);
}

function moveInMenu(event: KeyboardEvent): void {
  const items = [...(event.currentTarget as HTMLElement).querySelectorAll("button")];
  const here = items.findIndex((item) => item === document.activeElement);
  const by = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
  if (by === 0) return;
  event.preventDefault();
  items[(here + by + items.length) % items.length]?.focus();
}
