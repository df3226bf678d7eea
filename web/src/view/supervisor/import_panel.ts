/** Bindings from a file, looked at before they are taken, and all of them as a file. */

import { html, nothing, type TemplateResult } from "lit-html";
import type { Actions, Model } from "../../desk/model.ts";
import { fieldText } from "../../text/refused.ts";

/** Draws the choice of a file, what it would do, and the way out. */
export function importPanel(model: Model, actions: Actions): TemplateResult {
  const text = model.text.managers;
  const choose = (event: Event) => {
    const input = event.target as HTMLInputElement;
    actions.supervisor.look(input.files?.[0] ?? null);
    // The same file, mended, is looked at again.
    input.value = "";
  };
  return html`<section class="import panel">
    <h2>${text.file_title}</h2>
    <p class="quiet">${text.file_hint}</p>
    <div class="bar">
      <label class="second">${text.choose_file}<input id="csv" class="unseen" type="file" accept=".csv,text/csv" @change=${choose} /></label>
      <a class="second" href="/api/v1/bindings.csv" download="bindings.csv">${text.export}</a>
    </div>
    ${preview(model, actions)}
  </section>`;
}

function preview(model: Model, actions: Actions): TemplateResult | typeof nothing {
  const text = model.text.managers;
  const shown = model.managers.preview;
  if (shown === null) return nothing;
  return html`<div class="preview" data-taken=${shown.taken ? "yes" : "no"}>
    <p><strong>${shown.file.name}</strong>: ${shown.taken ? text.taken(shown.good) : text.good(shown.good)} ${shown.refused === 0 ? nothing : text.refused(shown.refused)}</p>
    ${shown.refusals.length === 0
      ? nothing
      : html`<ul>${shown.refusals.map(({ line, field, expected, problem }) => html`<li>${text.line(line)}: ${fieldText(model.text, field, problem) ?? html`<code>${field}</code> – <span lang="en">${expected}</span>`}</li>`)}</ul>`}
    ${shown.taken
      ? nothing
      : html`<button id="take" class="primary" type="button" ?disabled=${shown.good === 0} @click=${() => actions.supervisor.takeFile()}>${text.take(shown.good)}</button>`}
    <button class="plain" type="button" @click=${() => actions.supervisor.look(null)}>${shown.taken ? model.text.keys.close : text.cancel}</button>
  </div>`;
}
