/** When agents are away, why, and who stands in. */

import { html, type TemplateResult } from "lit-html";
import type { Actions, Model } from "../../desk/model.ts";
import { ABSENCE_KINDS, type Absence, type AbsenceKind } from "../../supervision/wire.ts";
import { day } from "../../text/language.ts";
import { agentOptions } from "./managers_panel.ts";
import { problemLine } from "./problem.ts";

/** Draws the absences of one agent and the form for one more. */
export function absencesPanel(model: Model, actions: Actions): TemplateResult {
  const text = model.text.absences;
  const { absences } = model;
  const choose = (event: Event) => actions.supervisor.absencesOf((event.target as HTMLSelectElement).value);
  return html`<section class="absences panel">
    <h2>${text.title}</h2>
    <div class="bar">
      <select id="absent-agent" aria-label=${model.text.supervisor.agent} @change=${choose}>${agentOptions(model, absences.agent)}</select>
    </div>
    ${problemLine(model, absences.problem)}
    ${absences.rows.length === 0
      ? html`<p class="quiet">${absences.loading ? model.text.link.connecting : text.none}</p>`
      : html`<table role="table">
          <thead role="rowgroup"><tr role="row">${[text.kind, text.from, text.until, text.deputy, text.note, ""].map((head) => html`<th role="columnheader" scope="col">${head}</th>`)}</tr></thead>
          <tbody role="rowgroup">${absences.rows.map((absence, index) => row(absence, index, model, actions))}</tbody>
        </table>`}
    ${form(model, actions)}
  </section>`;
}

function row(absence: Absence, index: number, model: Model, actions: Actions): TemplateResult {
  const text = model.text.absences;
  // The end is the first moment after the last day: that day is shown.
  const last = absence.until === null ? text.open_end : day(model.language, Date.parse(absence.until) - 1);
  const deputy = model.board.agents?.find(({ user }) => user === absence.deputy)?.displayName ?? absence.deputy ?? "–";
  return html`<tr role="row" data-kind=${absence.kind}>
    <th role="rowheader" scope="row">${text.kinds[absence.kind]}</th>
    <td role="cell" data-label=${text.from}>${day(model.language, Date.parse(absence.from))}</td>
    <td role="cell" data-label=${text.until}>${last}</td>
    <td role="cell" data-label=${text.deputy}>${deputy}</td>
    <td role="cell" data-label=${text.note} class="note" title=${absence.note}>${absence.note === "" ? "–" : absence.note}</td>
    <td role="cell" class="row-actions"><button class="plain" type="button" @click=${() => actions.supervisor.removeAbsence(index)}>${model.text.managers.remove}</button></td>
  </tr>`;
}

function form(model: Model, actions: Actions): TemplateResult {
  const text = model.text.absences;
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const element = event.target as HTMLFormElement;
    const fields = new FormData(element);
    const filled = (name: string) => String(fields.get(name) ?? "").trim();
    actions.supervisor.addAbsence({
      kind: filled("kind") as AbsenceKind,
      from: filled("from"),
      until: filled("until") === "" ? null : filled("until"),
      zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      deputy: filled("deputy") === "" ? null : filled("deputy"),
      note: filled("note"),
    });
    element.reset();
  };
  return html`<form id="absence" @submit=${submit}>
    <h3>${text.add_title}</h3>
    <div class="fields">
      <label>${text.kind}<select name="kind">${ABSENCE_KINDS.map((kind) => html`<option value=${kind}>${text.kinds[kind]}</option>`)}</select></label>
      <label>${text.from}<input name="from" type="date" required /></label>
      <label>${text.until}<input name="until" type="date" /></label>
      <label>${text.deputy}<select name="deputy"><option value="">–</option>${agentOptions(model, "")}</select></label>
      <label>${text.note}<input name="note" maxlength="200" autocomplete="off" /></label>
    </div>
    <p class="quiet">${text.until_hint}</p>
    <button class="primary" type="submit">${text.add}</button>
  </form>`;
}
