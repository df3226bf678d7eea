/** One tile a queue: who waits, how long the longest, who works. */

import { html, nothing, type TemplateResult } from "lit-html";
import type { Model } from "../../desk/model.ts";
import type { Queue } from "../../link/wire.ts";
import { ticking } from "../../text/language.ts";
import { icon } from "../icon.ts";

/** Somebody who waits longer than this is a matter for a supervisor. */
const LONG_WAIT_MS = 120_000;

/** Draws all tiles. Waits tick here, by the server's clock. */
export function queueTiles(model: Model): TemplateResult {
  const text = model.text.supervisor;
  return html`<section class="tiles" aria-label=${model.text.queues.title}>
    ${model.board.queues.map((queue) => tile(queue, model))}
    ${model.board.agents !== null && model.board.queues.length === 0 ? html`<p class="quiet">${text.no_queues}</p>` : nothing}
  </section>`;
}

function tile(queue: Queue, model: Model): TemplateResult {
  const text = model.text.queues;
  const waitMs = queue.longestSince === null ? 0 : model.serverNow - queue.longestSince;
  const wait = waitMs > LONG_WAIT_MS ? "long" : queue.waiting > 0 ? "some" : "none";
  const numbers: [string, string | number][] = [
    [text.free, queue.agentsFree],
    [text.talking, queue.agentsTalking],
    [text.ready, queue.agentsReady],
    [text.answered, queue.answeredToday],
    [text.abandoned, queue.abandonedToday],
  ];
  if (queue.callbacks > 0) numbers.push([model.text.supervisor.callbacks, queue.callbacks]);
  const { level } = queue;
  if (level !== null && level.of > 0) {
    const share = new Intl.NumberFormat(model.language, { style: "percent" }).format(level.inTime / level.of);
    numbers.push([model.text.supervisor.service_level(level.withinS), share]);
  }
  return html`<article class="tile panel" data-queue=${queue.queue} data-level=${wait}>
    <h2>${wait === "long" ? icon("warning") : nothing}<span>${queue.queue}</span>${queue.isOpen ? nothing : html`<span class="tile-closed">${model.text.supervisor.closed}</span>`}</h2>
    <p class="tile-main">
      <span class="tile-waiting number">${queue.waiting}</span>
      <span class="tile-words">${text.waiting}<span class="tile-longest number" data-fact="longest">${queue.longestSince === null ? text.nobody : `${text.longest}: ${ticking(waitMs)}`}</span></span>
    </p>
    <dl>${numbers.map(([label, value]) => html`<div><dt>${label}</dt><dd class="number">${value}</dd></div>`)}</dl>
  </article>`;
}
