/** A file that is looked at before it is taken. */

import { html, nothing, type TemplateResult } from "lit-html";
import type { Model } from "../../desk/model.ts";
import type { FilePreview } from "../../supervision/model.ts";
import { fieldText } from "../../text/refused.ts";

/** What one file is for. */
export interface FileUse {
  preview: FilePreview | null;
  /** All lines must be right for any to be taken. */
  asWhole: boolean;
  /** Words for its fields where they are not the page's usual ones. */
  fields: Record<string, string>;
  look(file: File | null): void;
  take(): void;
}

/** The button that chooses a file. */
export function fileButton(model: Model, use: FileUse): TemplateResult {
  const choose = (event: Event) => {
    const input = event.target as HTMLInputElement;
    use.look(input.files?.[0] ?? null);
    // The same file, mended, is looked at again.
    input.value = "";
  };
  return html`<label class="second">${model.text.managers.choose_file}<input id="csv" class="unseen" type="file" accept=".csv,text/csv" @change=${choose} /></label>`;
}

/** What the file would do, or did. */
export function filePreview(model: Model, use: FileUse): TemplateResult | typeof nothing {
  const text = model.text.managers;
  const shown = use.preview;
  if (shown === null) return nothing;
  const taken = use.asWhole && shown.refused > 0 ? 0 : shown.good;
  const refusal = ({ line, field, expected, problem }: FilePreview["refusals"][number]) => {
    const words = fieldText(model.text, field, problem, use.fields) ?? html`<code>${field}</code> – <span lang="en">${expected}</span>`;
    return html`<li>${text.line(line)}: ${words}</li>`;
  };
  return html`<div class="preview" data-taken=${shown.taken ? "yes" : "no"}>
    <p><strong>${shown.file.name}</strong>: ${shown.taken ? text.taken(shown.good) : text.good(taken)} ${shown.refused === 0 ? nothing : text.refused(shown.refused)}</p>
    ${shown.refusals.length === 0 ? nothing : html`<ul>${shown.refusals.map(refusal)}</ul>`}
    ${shown.taken
      ? nothing
      : html`<button id="take" class="primary" type="button" ?disabled=${taken === 0} @click=${() => use.take()}>${text.take(taken)}</button>`}
    <button class="plain" type="button" @click=${() => use.look(null)}>${shown.taken ? model.text.keys.close : text.cancel}</button>
  </div>`;
}
