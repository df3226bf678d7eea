/** The supervisors' page: what goes on now, callers' managers, absences, the plan of shifts. */

import { html, nothing, type TemplateResult } from "lit-html";
import type { Actions, Model } from "../../desk/model.ts";
import type { Person } from "../../link/http.ts";
import type { Tab } from "../../supervision/model.ts";
import { header } from "../header.ts";
import { linkStrip } from "../page.ts";
import { absencesPanel } from "./absences_panel.ts";
import { agentDialog } from "./agent_dialog.ts";
import { agentGrid } from "./agent_grid.ts";
import { callbacksPanel } from "./callbacks_panel.ts";
import { callsPanel } from "./calls_panel.ts";
import { importPanel } from "./import_panel.ts";
import { managersPanel } from "./managers_panel.ts";
import { planPanel } from "./plan_panel.ts";
import { queueTiles } from "./queue_tiles.ts";
import { refusersPanel } from "./refusers_panel.ts";
import { reserveTiles } from "./reserve_tiles.ts";

/** Draws it. */
export function supervisorPage(model: Model, person: Person, actions: Actions): TemplateResult {
  return html`${header(model, person, actions)} ${tabs(model, actions)}
    <main class="board" data-tab=${model.board.tab}>${content(model, actions)}</main>
    ${linkStrip(model, actions)}
    ${agentDialog(model, actions)}`;
}

function tabs(model: Model, actions: Actions): TemplateResult {
  const text = model.text.supervisor.tabs;
  const all: [Tab, string][] = [["floor", text.floor], ["calls", text.calls], ["managers", text.managers], ["absences", text.absences], ["plan", text.plan]];
  return html`<nav class="tabs" aria-label=${text.title}>
    ${all.map(
      ([tab, word]) => html`<button
        type="button"
        data-tab=${tab}
        aria-current=${model.board.tab === tab ? "page" : nothing}
        @click=${() => actions.supervisor.show(tab)}
      >
        ${word}
      </button>`,
    )}
  </nav>`;
}

function content(model: Model, actions: Actions): TemplateResult {
  switch (model.board.tab) {
    case "floor":
      return html`${queueTiles(model)} ${reserveTiles(model, actions)} ${agentGrid(model, actions)}`;
    case "calls":
      return html`${callbacksPanel(model, actions)} ${callsPanel(model)}`;
    case "managers":
      return html`${managersPanel(model, actions)} ${importPanel(model, actions)} ${refusersPanel(model)}`;
    case "absences":
      return absencesPanel(model, actions);
    case "plan":
      return planPanel(model, actions);
  }
}
