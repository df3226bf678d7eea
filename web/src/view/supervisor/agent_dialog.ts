/** What a supervisor can do about one agent, each with a reason where the agent must know it. */

import { html, nothing, type TemplateResult } from "lit-html";
import { ref } from "lit-html/directives/ref.js";
import type { Actions, Model } from "../../desk/model.ts";
import type { Agent, Intent } from "../../link/wire.ts";
import { stateOf } from "../../supervision/state.ts";
import { shortTime, ticking } from "../../text/language.ts";
import { banReason, reasonText } from "../../text/reason.ts";
import { problemLine } from "./problem.ts";

/** Lengths of a ban in the menu, minutes. */
const BAN_MINUTES = [5, 15, 30, 60, 240] as const;
const REASON_LENGTH_MAX = 200;

/** Draws the dialog; a `<dialog>` keeps the focus inside and gives it back by itself. */
export function agentDialog(model: Model, actions: Actions): TemplateResult {
  const agent = model.board.agents?.find(({ user }) => user === model.board.open) ?? null;
  const follow = (element?: Element) => {
    if (!(element instanceof HTMLDialogElement) || element.open === (agent !== null)) return;
    if (agent !== null) element.showModal();
    else element.close();
  };
  return html`<dialog class="agent-dialog panel" aria-labelledby="agent-dialog-title" ${ref(follow)} @close=${() => actions.supervisor.openAgent(null)}>
    ${agent === null ? nothing : inside(agent, model, actions)}
  </dialog>`;
}

function inside(agent: Agent, model: Model, actions: Actions): TemplateResult {
  const text = model.text.supervisor;
  const state = stateOf(agent, model.serverNow);
  return html`<h2 id="agent-dialog-title">${agent.displayName}</h2>
    <p class="quiet">${text.states[state]} · <span class="number">${ticking(model.serverNow - agent.stateSince)}</span></p>
    ${agent.forcedBy === null ? nothing : html`<p>${model.text.intent.forced(agent.forcedBy, agent.forcedWhy ?? "")}</p>`}
    ${problemLine(model, model.board.problem)}
    ${forceForm(agent, model, actions)}
    ${agent.activity === "wrap_up"
      ? html`<button id="end-wrap-up" class="second" type="button" ?disabled=${model.board.working} @click=${() => actions.supervisor.endWrapUp(agent.user)}>${text.end_wrap_up}</button>`
      : nothing}
    ${agent.bannedUntil === null ? banForm(agent, model, actions) : lift(agent, agent.bannedUntil, model, actions)}
    <button class="plain dialog-close" type="button" @click=${() => actions.supervisor.openAgent(null)}>${model.text.keys.close}</button>`;
}

function forceForm(agent: Agent, model: Model, actions: Actions): TemplateResult {
  const text = model.text.supervisor;
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.target as HTMLFormElement);
    const [intent = "", reason = null] = String(form.get("intent") ?? "").split(":");
    actions.supervisor.force(agent.user, intent as Intent, reason, String(form.get("why") ?? ""));
  };
  const choices: [string, string][] = [
    ["ready", model.text.intent.ready],
    ...model.reasons.map(({ name }): [string, string] => [
      `not_ready:${name}`,
      `${model.text.intent.not_ready} · ${reasonText(model.reasons, model.language, model.text, name)}`,
    ]),
    ["offline", model.text.intent.offline],
  ];
  return html`<form id="force" @submit=${submit}>
    <h3>${text.force}</h3>
    <label for="force-intent">${text.state}</label>
    <select id="force-intent" name="intent">${choices.map(([value, word]) => html`<option value=${value}>${word}</option>`)}</select>
    <label for="force-why">${text.why}</label>
    <input id="force-why" name="why" maxlength=${REASON_LENGTH_MAX} required autocomplete="off" />
    <p class="quiet">${text.force_hint}</p>
    <button class="primary" type="submit" ?disabled=${model.board.working}>${text.set_state}</button>
  </form>`;
}

function banForm(agent: Agent, model: Model, actions: Actions): TemplateResult {
  const text = model.text.supervisor;
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.target as HTMLFormElement);
    actions.supervisor.ban(agent.user, Number(form.get("minutes")), String(form.get("reason") ?? ""));
  };
  return html`<form id="ban" @submit=${submit}>
    <h3>${text.ban}</h3>
    <label for="ban-minutes">${text.ban_for}</label>
    <select id="ban-minutes" name="minutes">
      ${BAN_MINUTES.map((minutes) => html`<option value=${minutes}>${model.text.units.minutes(minutes)}</option>`)}
    </select>
    <label for="ban-reason">${text.why}</label>
    <input id="ban-reason" name="reason" maxlength=${REASON_LENGTH_MAX} required autocomplete="off" />
    <button class="second" type="submit" ?disabled=${model.board.working}>${text.set_ban}</button>
  </form>`;
}

function lift(agent: Agent, until: number, model: Model, actions: Actions): TemplateResult {
  const text = model.text.supervisor;
  const offset = model.serverNow - model.localNow;
  return html`<div class="dialog-part">
    <h3>${text.states.banned} ${text.until(shortTime(model.language, until - offset))}</h3>
    <p>${agent.banReason === null ? nothing : banReason(model.text, agent.banReason)}</p>
    <button id="supervisor-lift-ban" class="second" type="button" ?disabled=${model.board.working} @click=${() => actions.supervisor.liftBan(agent.user)}>${text.lift_ban}</button>
  </div>`;
}
