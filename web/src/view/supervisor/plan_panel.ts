/** Today's plan of shifts: who should do what, who does not, and the plan as a file. */

import { html, nothing, type TemplateResult } from "lit-html";
import { repeat } from "lit-html/directives/repeat.js";
import type { Actions, Model } from "../../desk/model.ts";
import { plannedAgents, type PlannedAgent, type Shift } from "../../supervision/plan.ts";
import { savedPath } from "../../supervision/planning.ts";
import { stateOf } from "../../supervision/state.ts";
import { shortTime, ticking } from "../../text/language.ts";
import { reasonText } from "../../text/reason.ts";
import { icon } from "../icon.ts";
import { fileButton, filePreview, type FileUse } from "./file_panel.ts";
import { problemLine } from "./problem.ts";

/** Draws the day and the files. */
export function planPanel(model: Model, actions: Actions): TemplateResult {
  const text = model.text.plan;
  const planned = plannedAgents(model.plan.shifts ?? [], model.board.agents ?? [], model.serverNow);
  const now = planned.filter(({ met }) => met !== null);
  const not = now.filter(({ met }) => met === false).length;
  const heads = [text.agent, text.now, text.state, text.met, text.today];
  return html`<section class="plan panel">
      <h2>${text.title}</h2>
      ${problemLine(model, model.plan.problem)}
      ${planned.length === 0
        ? html`<p class="quiet">${model.plan.shifts === null ? model.text.link.connecting : text.none}</p>`
        : html`<p class="plan-sum" data-not=${not}>${not === 0 ? text.all_met(now.length) : text.not_met_of(not, now.length)}</p>
            <table role="table">
              <thead role="rowgroup"><tr role="row">${heads.map((head) => html`<th role="columnheader" scope="col">${head}</th>`)}</tr></thead>
              <tbody role="rowgroup">${repeat(planned, ({ user }) => user, (one) => row(one, model))}</tbody>
            </table>`}
    </section>
    ${files(model, actions)}`;
}

function row(one: PlannedAgent, model: Model): TemplateResult {
  const text = model.text.plan;
  const { agent, now } = one;
  const state = agent === null ? text.gone : model.text.supervisor.states[stateOf(agent, model.serverNow)];
  const reason = agent?.intent === "not_ready" && agent.activity === "idle" ? agent.reason : null;
  const met =
    one.met === null
      ? "–"
      : one.met
        ? html`<span class="state">${icon("check")}<span>${text.yes}</span></span>`
        : html`<span class="state">${icon("warning")}<span>${text.no} <span class="number">${ticking(model.serverNow - one.since)}</span></span></span>`;
  return html`<tr role="row" data-planned=${one.user} data-met=${one.met === null ? "none" : one.met ? "yes" : "no"}>
    <th role="rowheader" scope="row">${agent?.displayName ?? one.user}</th>
    <td role="cell" data-label=${text.now}>${now === null ? text.nothing_now : activityText(model, now.activity)}</td>
    <td role="cell" data-label=${text.state}>${state}${reason === null ? nothing : html`<span class="state-more">${activityText(model, reason)}</span>`}</td>
    <td role="cell" data-label=${text.met}>${met}</td>
    <td role="cell" data-label=${text.today} class="plan-day">${one.shifts.map((shift) => piece(shift, shift === now, model))}</td>
  </tr>`;
}

function piece(shift: Shift, isNow: boolean, model: Model): TemplateResult {
  const span = `${shortTime(model.language, shift.from)}–${shortTime(model.language, shift.to)}`;
  return html`<span class="plan-piece" data-now=${isNow ? "yes" : "no"}
    ><span class="number">${span}</span> ${activityText(model, shift.activity)}${shift.paid ? nothing : `, ${model.text.plan.unpaid}`}</span
  >`;
}

/** What is planned, in the reader's language. */
function activityText(model: Model, activity: string): string {
  const { work, meeting } = model.text.plan;
  if (activity === "work") return work;
  const word = reasonText(model.reasons, model.language, model.text, activity);
  return word === "meeting" ? meeting : word;
}

function files(model: Model, actions: Actions): TemplateResult {
  const text = model.text.plan;
  const { planning } = actions.supervisor;
  const use: FileUse = {
    preview: model.plan.preview,
    asWhole: true,
    fields: text.fields,
    look: (file) => planning.look(file),
    take: () => planning.takeFile(),
  };
  const { saved } = model.plan;
  const path = savedPath(saved);
  const days = (event: Event) => {
    const form = new FormData((event.target as HTMLElement).closest("form") ?? undefined);
    planning.save(String(form.get("from") ?? ""), String(form.get("to") ?? ""));
  };
  return html`<section class="plan-files panel">
    <h2>${text.file_title}</h2>
    <p class="quiet">${text.file_hint}</p>
    <div class="bar">${fileButton(model, use)}</div>
    ${filePreview(model, use)}
    <form id="plan-days" @submit=${(event: SubmitEvent) => event.preventDefault()}>
      <h3>${text.save_title}</h3>
      <div class="fields">
        <label>${text.first_day}<input name="from" type="date" .value=${saved.from} @change=${days} /></label>
        <label>${text.last_day}<input name="to" type="date" .value=${saved.to} @change=${days} /></label>
      </div>
      ${path === null ? html`<p class="quiet">${text.no_days}</p>` : html`<a class="second" href=${path} download="shifts.csv">${text.save}</a>`}
    </form>
  </section>`;
}
