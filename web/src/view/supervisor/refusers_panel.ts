/** Callers who said no when they were asked for a manager: remembered, so that nobody is asked again too soon. */

import { html, type TemplateResult } from "lit-html";
import type { Model } from "../../desk/model.ts";
import { dayAndTime } from "../../text/language.ts";

/** Draws the newest of them. */
export function refusersPanel(model: Model): TemplateResult {
  const text = model.text.managers;
  const { refusers } = model.managers;
  return html`<section class="refusers panel">
    <h2>${text.refusers}</h2>
    ${refusers.length === 0
      ? html`<p class="quiet">${text.no_refusers}</p>`
      : html`<ul>${refusers.map(({ number, at }) => html`<li><span class="number">${number}</span><span class="quiet">${dayAndTime(model.language, at)}</span></li>`)}</ul>`}
  </section>`;
}
