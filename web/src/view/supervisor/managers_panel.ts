/** Callers with managers of their own: found, added, changed, removed, forgotten. */

import { html, nothing, type TemplateResult } from "lit-html";
import { ref } from "lit-html/directives/ref.js";
import type { Actions, Model } from "../../desk/model.ts";
import type { Binding } from "../../supervision/wire.ts";
import { dayAndTime } from "../../text/language.ts";
import { problemLine } from "./problem.ts";

/** Draws the search, the list and the form. */
export function managersPanel(model: Model, actions: Actions): TemplateResult {
  const text = model.text.managers;
  const { managers } = model;
  const search = (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.target as HTMLFormElement);
    actions.supervisor.search(String(form.get("search") ?? "").trim(), String(form.get("agent") ?? ""));
  };
  const fresh: Binding = { number: "", agent: model.board.agents?.[0]?.user ?? "", since: 0, source: "", consentAt: null, note: "" };
  return html`<section class="managers panel">
    <h2>${text.title} <span class="number">${managers.total}</span></h2>
    <form class="bar" @submit=${search}>
      <input name="search" type="search" aria-label=${text.search} placeholder=${text.search} />
      <select name="agent" aria-label=${text.manager}>
        <option value="">${text.all}</option>
        ${agentOptions(model, managers.agent)}
      </select>
      <button class="second" type="submit">${text.find}</button>
      <button id="add-binding" class="primary" type="button" @click=${() => actions.supervisor.edit(fresh)}>${text.add}</button>
    </form>
    ${managers.form !== null ? nothing : problemLine(model, managers.problem)}
    ${list(model, actions)} ${bindingForm(model, actions)} ${eraseDialog(model, actions)}
  </section>`;
}

/** All agents as options. */
export function agentOptions(model: Model, chosen: string): TemplateResult[] {
  return [...(model.board.agents ?? [])]
    .sort((a, b) => a.displayName.localeCompare(b.displayName))
    .map(({ user, displayName }) => html`<option value=${user} ?selected=${user === chosen}>${displayName}</option>`);
}

function list(model: Model, actions: Actions): TemplateResult {
  const text = model.text.managers;
  const { managers } = model;
  if (managers.bindings.length === 0) return html`<p class="quiet">${managers.loading ? model.text.link.connecting : text.none}</p>`;
  return html`<table role="table">
      <thead role="rowgroup">
        <tr role="row">
          ${[text.number, text.manager, text.source, text.since, text.consent, text.note, ""].map((head) => html`<th role="columnheader" scope="col">${head}</th>`)}
        </tr>
      </thead>
      <tbody role="rowgroup">${managers.bindings.map((binding) => row(binding, model, actions))}</tbody>
    </table>
    ${managers.next === null ? nothing : html`<button class="second" type="button" @click=${() => actions.supervisor.more()}>${text.more}</button>`}`;
}

function row(binding: Binding, model: Model, actions: Actions): TemplateResult {
  const text = model.text.managers;
  const name = model.board.agents?.find(({ user }) => user === binding.agent)?.displayName ?? binding.agent;
  const source = text.sources[binding.source as keyof typeof text.sources] ?? binding.source;
  const { supervisor } = actions;
  return html`<tr role="row" data-number=${binding.number}>
    <th role="rowheader" scope="row" class="number">${binding.number}</th>
    <td role="cell" data-label=${text.manager}>${name}</td>
    <td role="cell" data-label=${text.source}>${source}</td>
    <td role="cell" data-label=${text.since}>${dayAndTime(model.language, binding.since)}</td>
    <td role="cell" data-label=${text.consent}>${binding.consentAt === null ? "–" : dayAndTime(model.language, binding.consentAt)}</td>
    <td role="cell" data-label=${text.note} class="note" title=${binding.note}>${binding.note === "" ? "–" : binding.note}</td>
    <td role="cell" class="row-actions">
      <button class="plain" type="button" @click=${() => supervisor.edit(binding)}>${text.change}</button>
      <button class="plain" type="button" @click=${() => supervisor.remove(binding.number)}>${text.remove}</button>
      <button class="plain" type="button" title=${text.erase_hint} @click=${() => supervisor.askErase(binding.number)}>${text.erase}</button>
    </td>
  </tr>`;
}

function bindingForm(model: Model, actions: Actions): TemplateResult {
  const text = model.text.managers;
  const { form } = model.managers;
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (form === null) return;
    const fields = new FormData(event.target as HTMLFormElement);
    const consentAt = fields.get("consent") === null ? null : (form.consentAt ?? Date.now());
    const number = form.number === "" ? String(fields.get("number") ?? "").trim() : form.number;
    actions.supervisor.save({ ...form, number, agent: String(fields.get("agent")), note: String(fields.get("note") ?? ""), consentAt });
  };
  return html`<dialog class="agent-dialog panel" aria-labelledby="binding-title" ${ref(opened(form !== null))} @close=${() => actions.supervisor.edit(null)}>
    ${form === null
      ? nothing
      : html`<form id="binding" @submit=${submit}>
          <h2 id="binding-title">${form.number === "" ? text.add_title : text.change_title}</h2>
          <label for="binding-number">${text.number}</label>
          <input id="binding-number" name="number" .value=${form.number} ?disabled=${form.number !== ""} maxlength="64" required autocomplete="off" />
          <label for="binding-agent">${text.manager}</label>
          <select id="binding-agent" name="agent">${agentOptions(model, form.agent)}</select>
          <label for="binding-note">${text.note}</label>
          <input id="binding-note" name="note" .value=${form.note} maxlength="200" autocomplete="off" />
          <label class="check"><input type="checkbox" name="consent" ?checked=${form.consentAt !== null} />${text.consent_given}</label>
          ${problemLine(model, model.managers.problem)}
          <div class="dialog-foot">
            <button class="plain" type="button" @click=${() => actions.supervisor.edit(null)}>${text.cancel}</button>
            <button class="primary" type="submit">${text.save}</button>
          </div>
        </form>`}
  </dialog>`;
}

function eraseDialog(model: Model, actions: Actions): TemplateResult {
  const text = model.text.managers;
  const number = model.managers.erasing;
  return html`<dialog class="agent-dialog panel" aria-labelledby="erase-title" ${ref(opened(number !== null))} @close=${() => actions.supervisor.askErase(null)}>
    ${number === null
      ? nothing
      : html`<h2 id="erase-title">${text.erase_title(number)}</h2>
          <p>${text.erase_hint}</p>
          <div class="dialog-foot">
            <button class="plain" type="button" @click=${() => actions.supervisor.askErase(null)}>${text.cancel}</button>
            <button id="erase" class="primary" type="button" @click=${() => actions.supervisor.erase(number)}>${text.erase}</button>
          </div>`}
  </dialog>`;
}

function opened(isOpen: boolean): (element?: Element) => void {
  return (element) => {
    if (!(element instanceof HTMLDialogElement) || element.open === isOpen) return;
    if (isOpen) element.showModal();
    else element.close();
  };
}
