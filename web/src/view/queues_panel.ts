/** The queues the agent serves: a table on a desk, one card a queue on a telephone. */

import { html, type TemplateResult } from "lit-html";
import type { Model } from "../desk/model.ts";
import type { Queue } from "../link/wire.ts";
import { ticking } from "../text/language.ts";

/** Draws all queues. The roles are written out because the narrow layout takes the table's own away. */
export function queuesPanel(model: Model): TemplateResult {
  const text = model.text.queues;
  const heads = [text.queue, text.waiting, text.longest, text.free, text.talking, text.ready, text.answered, text.abandoned];
  return html`<section class="queues panel">
    <h2>${text.title}</h2>
    ${model.queues.length === 0
      ? html`<p class="quiet">${model.agent === null ? model.text.link.connecting : text.none}</p>`
      : html`<table role="table">
          <thead role="rowgroup">
            <tr role="row">
              ${heads.map((head) => html`<th role="columnheader" scope="col">${head}</th>`)}
            </tr>
          </thead>
          <tbody role="rowgroup">
            ${model.queues.map((queue) => row(queue, model))}
          </tbody>
        </table>`}
  </section>`;
}

function row(queue: Queue, model: Model): TemplateResult {
  const text = model.text.queues;
  const longest = queue.longestSince === null ? "–" : ticking(model.serverNow - queue.longestSince);
  const cells: [string, string | number][] = [
    [text.waiting, queue.waiting],
    [text.longest, longest],
    [text.free, queue.agentsFree],
    [text.talking, queue.agentsTalking],
    [text.ready, queue.agentsReady],
    [text.answered, queue.answeredToday],
    [text.abandoned, queue.abandonedToday],
  ];
  return html`<tr role="row" data-queue=${queue.queue} data-waiting=${queue.waiting > 0 ? "some" : "none"}>
    <th role="rowheader" scope="row">
      ${queue.queue}<span class="queue-said">${queue.waiting === 0 ? text.nobody : text.callers(queue.waiting)}</span>
    </th>
    ${cells.map(([label, value]) => html`<td role="cell" data-label=${label}><span class="number">${value}</span></td>`)}
  </tr>`;
}
