/** All agents: a table on a desk, one card an agent on a telephone. */

import { html, nothing, type TemplateResult } from "lit-html";
import { repeat } from "lit-html/directives/repeat.js";
import { callerName } from "../../desk/caller.ts";
import type { Actions, Model } from "../../desk/model.ts";
import type { Agent } from "../../link/wire.ts";
import type { SortBy } from "../../supervision/model.ts";
import { sorted, stateOf, type AgentState } from "../../supervision/state.ts";
import { shortTime, ticking } from "../../text/language.ts";
import { reasonText } from "../../text/reason.ts";
import { icon, type IconName } from "../icon.ts";

/** A state is known by its drawing as well as by its colour. */
const ICONS: Record<AgentState, IconName> = {
  unreachable: "warning", banned: "stop", no_phone: "phone_away", ringing: "bell", reserved: "phone", talking: "talk",
  wrap_up: "pencil", free: "check", not_ready: "pause", busy: "headset", offline: "power",
};

/** Draws the grid. The roles are written out because the narrow layout takes the table's own away. */
export function agentGrid(model: Model, actions: Actions): TemplateResult {
  const text = model.text.supervisor;
  const heads: [SortBy | null, string][] = [
    ["name", text.agent], ["state", text.state], ["since", text.since], [null, text.call],
    ["answered", model.text.marks.answered], ["missed", model.text.marks.missed], [null, text.queues], [null, ""],
  ];
  const agents = sorted(model.board, model.serverNow);
  return html`<section class="agents panel">
    <h2>${text.agents}</h2>
    ${agents.length === 0
      ? html`<p class="quiet">${model.board.agents === null ? model.text.link.connecting : text.no_agents}</p>`
      : html`<table role="table">
          <thead role="rowgroup">
            <tr role="row">${heads.map(([by, word]) => head(by, word, model, actions))}</tr>
          </thead>
          <tbody role="rowgroup">
            ${repeat(agents, (agent) => agent.user, (agent) => row(agent, model, actions))}
          </tbody>
        </table>`}
  </section>`;
}

function head(by: SortBy | null, word: string, model: Model, actions: Actions): TemplateResult {
  const { sort } = model.board;
  const order = by !== null && sort.by === by ? (sort.down ? "descending" : "ascending") : nothing;
  return html`<th role="columnheader" scope="col" aria-sort=${order}>
    ${by === null
      ? word
      : html`<button type="button" data-sort=${by} @click=${() => actions.supervisor.sortBy(by)}>${word}${order === nothing ? nothing : sort.down ? " ↓" : " ↑"}</button>`}
  </th>`;
}

function row(agent: Agent, model: Model, actions: Actions): TemplateResult {
  const text = model.text.supervisor;
  const state = stateOf(agent, model.serverNow);
  const call = agent.call;
  const offset = model.serverNow - model.localNow;
  return html`<tr role="row" data-agent=${agent.user} data-state=${state}>
    <th role="rowheader" scope="row">${agent.displayName}${agent.displayName === agent.user ? nothing : html`<span class="agent-user">${agent.user}</span>`}</th>
    <td role="cell" data-label=${text.state}>
      <span class="state">${icon(ICONS[state])}<span>${text.states[state]}${details(agent, state, model, offset)}</span></span>
    </td>
    <td role="cell" data-label=${text.since}><span class="number">${ticking(model.serverNow - agent.stateSince)}</span></td>
    <td role="cell" data-label=${text.call} class="agent-call">
      ${call === null ? "–" : html`<span dir="auto">${callerName(call, model.text)}</span><span class="agent-user">${call.queue}</span>`}
    </td>
    <td role="cell" data-label=${model.text.marks.answered}><span class="number">${agent.marks.answered}</span></td>
    <td role="cell" data-label=${model.text.marks.missed}><span class="number">${agent.marks.missed}</span></td>
    <td role="cell" data-label=${text.queues} class="agent-queues">${agent.serves.join(", ")}</td>
    <td role="cell" class="agent-open">
      <button class="plain" type="button" aria-haspopup="dialog" aria-label=${text.act_on(agent.displayName)} @click=${() => actions.supervisor.openAgent(agent.user)}>${text.act}</button>
    </td>
  </tr>`;
}

/** What the word alone does not say: a reason, an end, who forced it. */
function details(agent: Agent, state: AgentState, model: Model, offset: number): TemplateResult | typeof nothing {
  const text = model.text.supervisor;
  const parts: string[] = [];
  if (state === "not_ready" && agent.reason !== null) parts.push(reasonText(model.reasons, model.language, model.text, agent.reason));
  if (state === "banned" && agent.bannedUntil !== null) parts.push(text.until(shortTime(model.language, agent.bannedUntil - offset)));
  if (state !== "unreachable" && agent.unreachableSince !== null) parts.push(text.no_page);
  if (agent.forcedBy !== null) parts.push(text.by(agent.forcedBy));
  if (parts.length === 0) return nothing;
  return html`<span class="state-more">${parts.join(" · ")}</span>`;
}
