/** The whole page: which screen, and what lies over it. */

import { html, nothing, type TemplateResult } from "lit-html";
import { callerName } from "../desk/caller.ts";
import type { Actions, Model } from "../desk/model.ts";
import { timeOfDay } from "../text/language.ts";
import { callArea } from "./call_area.ts";
import { header } from "./header.ts";
import { icon } from "./icon.ts";
import { intentControl } from "./intent_control.ts";
import { keyList } from "./key_list.ts";
import { marksPanel } from "./marks_panel.ts";
import { queuesPanel } from "./queues_panel.ts";
import { supervisorPage } from "./supervisor/supervisor_page.ts";
import { transferList } from "./transfer_list.ts";
import { signInPage } from "./sign_in_page.ts";

/** Draws `model`. */
export function pageView(model: Model, actions: Actions): TemplateResult {
  const screen = model.screen;
  switch (screen.at) {
    case "loading":
      return html`<main class="blank">
        <p class="quiet" role="status">${screen.failing ? model.text.link.broken : model.text.link.connecting}</p>
      </main>`;
    case "sign_in":
      return signInPage(model, screen, actions);
    case "wrong_role":
      return html`${header(model, screen.person, actions)}
        <main class="blank">
          <p>${model.text.sign_in.not_agent(screen.person.displayName, screen.person.role)}</p>
        </main>`;
    case "supervisor":
      return supervisorPage(model, screen.person, actions);
    case "desk":
      return html`${header(model, screen.person, actions)}
        <main class="desk">
          <div class="desk-main">${intentControl(model, actions)} ${callArea(model, actions)}</div>
          ${marksPanel(model)} ${queuesPanel(model)}
        </main>
        ${linkStrip(model, actions)} ${keyList(model, actions)} ${transferList(model, actions)}
        <p class="unseen" aria-live="assertive">${model.said}</p>`;
  }
}

/** The window's title: an offer must be seen from another tab. */
export function windowTitle(model: Model): string {
  const { agent, text } = model;
  if (model.screen.at === "desk" && agent?.activity === "ringing" && agent.call !== null) {
    return text.call.offer_title(callerName(agent.call, text));
  }
  return model.screen.at === "supervisor" ? text.supervisor.page_title : text.page_title;
}

/** A strip over the foot of the page, so that nothing moves when it comes and goes. */
export function linkStrip(model: Model, actions: Actions): TemplateResult | typeof nothing {
  const text = model.text.link;
  if (model.link.health === "broken") {
    return html`<div class="strip strip-broken" role="alert">
      ${icon("warning")}
      <p><strong>${text.broken}</strong> ${text.broken_hint}</p>
    </div>`;
  }
  const { agent } = model;
  if (agent?.awayFrom != null && agent.awayUntil !== null && agent.awayUntil !== model.awayRead && isRecent(model, agent.awayUntil)) {
    const offset = model.serverNow - model.localNow;
    const [from, until] = [agent.awayFrom, agent.awayUntil].map((at) => timeOfDay(model.language, at - offset));
    return html`<div class="strip strip-away" role="status">
      ${icon("warning")}
      <p>${text.away(from ?? "", until ?? "")}</p>
      <button class="second" type="button" @click=${() => actions.readAway()}>${text.away_read}</button>
    </div>`;
  }
  if (model.link.health === "live" && model.link.via === "poll") {
    return html`<div class="strip strip-poll" role="status">${icon("clock")}<p>${text.poll}</p></div>`;
  }
  return nothing;
}

/** An absence of long ago is no news any more. */
const AWAY_SHOWN_MS = 15 * 60_000;

function isRecent(model: Model, until: number): boolean {
  return model.serverNow - until < AWAY_SHOWN_MS;
}
