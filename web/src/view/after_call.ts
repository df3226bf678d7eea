/** What comes after the call: one row that keeps its place whether or not there is a call. */

import { html, nothing, type TemplateResult } from "lit-html";
import type { Actions, Model } from "../desk/model.ts";
import type { Intent } from "../link/wire.ts";
import { reasonText } from "../text/reason.ts";

/** The reason that a break after the call gives. */
const BREAK = "break";

/** Draws the row of choices; the one in force is pressed. */
export function afterCall(model: Model, actions: Actions): TemplateResult {
  const { agent, text, order } = model;
  const words = text.after_call;
  const chosen = agent?.afterCall ?? "stay";
  const choices: [Intent | "stay", string][] = [
    ["stay", words.stay],
    ["not_ready", chosen === "not_ready" ? notReadyWord(model) : reasonText(model.reasons, model.language, text, BREAK)],
    ["offline", words.offline],
  ];
  const failed = order.is === "refused" && order.type === "after_call";
  return html`<div class="after-call" role="group" aria-labelledby="after-call-label" data-after=${chosen}>
    <span id="after-call-label" class="after-call-label">${words.label}</span>
    ${choices.map(
      ([intent, word]) => html`<button
        type="button"
        data-choice=${intent}
        aria-pressed=${chosen === intent ? "true" : "false"}
        ?disabled=${agent === null}
        @click=${() => actions.chooseAfterCall(intent, intent === "not_ready" ? BREAK : null)}
      >
        ${word}
      </button>`,
    )}
    ${failed ? html`<span class="after-call-failed" role="alert">${text.intent.failed}</span>` : nothing}
  </div>`;
}

function notReadyWord(model: Model): string {
  const reason = model.agent?.afterCallReason ?? null;
  return reason === null ? model.text.intent.not_ready : reasonText(model.reasons, model.language, model.text, reason);
}
