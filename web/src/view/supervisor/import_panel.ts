/** Bindings from a file, looked at before they are taken, and all of them as a file. */

import { html, type TemplateResult } from "lit-html";
import type { Actions, Model } from "../../desk/model.ts";
import { fileButton, filePreview, type FileUse } from "./file_panel.ts";

/** Draws the choice of a file, what it would do, and the way out. */
export function importPanel(model: Model, actions: Actions): TemplateResult {
  const text = model.text.managers;
  const use: FileUse = {
    preview: model.managers.preview,
    asWhole: false,
    fields: {},
    look: (file) => actions.supervisor.look(file),
    take: () => actions.supervisor.takeFile(),
  };
  return html`<section class="import panel">
    <h2>${text.file_title}</h2>
    <p class="quiet">${text.file_hint}</p>
    <div class="bar">
      ${fileButton(model, use)}
      <a class="second" href="/api/v1/bindings.csv" download="bindings.csv">${text.export}</a>
    </div>
    ${filePreview(model, use)}
  </section>`;
}
