/** The list of keys, in front of the page. */

import { html, type TemplateResult } from "lit-html";
import { ref } from "lit-html/directives/ref.js";
import type { Actions, Model } from "../desk/model.ts";

/** Draws the list; a `<dialog>` keeps the focus inside and gives it back by itself. */
export function keyList(model: Model, actions: Actions): TemplateResult {
  const text = model.text.keys;
  const rows: [string, string][] = [
    ["R", text.ready],
    ["E", text.end_wrap_up],
    ["X", text.extend_wrap_up],
    ["T", text.transfer],
    ["?", text.help],
  ];
  const follow = (element?: Element) => {
    if (!(element instanceof HTMLDialogElement) || element.open === model.keysOpen) return;
    if (model.keysOpen) element.showModal();
    else element.close();
  };
  return html`<dialog class="keys panel" aria-labelledby="keys-title" ${ref(follow)} @close=${() => actions.toggleKeys(false)}>
    <h2 id="keys-title">${text.title}</h2>
    <dl>
      ${rows.map(([key, does]) => html`<div><dt><kbd>${key}</kbd></dt><dd>${does}</dd></div>`)}
    </dl>
    <p class="quiet">${text.note}</p>
    <button class="primary" type="button" @click=${() => actions.toggleKeys(false)}>${text.close}</button>
  </dialog>`;
}
