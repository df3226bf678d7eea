/** Why the last order failed. */

import { html, nothing, type TemplateResult } from "lit-html";
import type { Model } from "../../desk/model.ts";
import type { Problem } from "../../supervision/model.ts";
import { refusedText } from "../../text/refused.ts";
import { icon } from "../icon.ts";

/** Draws it; nothing while there is none. */
export function problemLine(model: Model, problem: Problem | null): TemplateResult | typeof nothing {
  if (problem === null) return nothing;
  const { failed, refused } = model.text.intent;
  const text = problem === "no_answer" ? failed : refused(refusedText(model.text, problem));
  return html`<p class="problem" role="alert">${icon("warning")}<span>${text}</span></p>`;
}
