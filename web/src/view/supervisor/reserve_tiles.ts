/** One tile a reserve number: whether it takes callers now, and what it has left. */

import { html, nothing, type TemplateResult } from "lit-html";
import type { Actions, Model } from "../../desk/model.ts";
import type { Reserve, Standing } from "../../supervision/floor.ts";
import { shortTime } from "../../text/language.ts";
import { banReason } from "../../text/reason.ts";
import { problemLine } from "./problem.ts";
import { icon, type IconName } from "../icon.ts";

const ICONS: Record<Standing, IconName> = {
  free: "check", removed: "power", closed: "power", banned: "stop", retry_delay: "pause", day_full: "stop", hour_full: "stop", full: "talk",
};

/** Draws all of them; nothing where there are none. */
export function reserveTiles(model: Model, actions: Actions): TemplateResult | typeof nothing {
  const { reserves } = model.board;
  if (reserves.length === 0) return nothing;
  return html`<section class="reserves panel">
    <h2>${model.text.reserves.title}</h2>
    <div class="reserve-tiles">${reserves.map((reserve) => tile(reserve, model, actions))}</div>
    ${model.board.open === null ? problemLine(model, model.board.problem) : nothing}
  </section>`;
}

function tile(reserve: Reserve, model: Model, actions: Actions): TemplateResult {
  const text = model.text.reserves;
  const offset = model.serverNow - model.localNow;
  const until = untilOf(reserve);
  const when = until === null ? nothing : html` ${model.text.supervisor.until(shortTime(model.language, until - offset))}`;
  const numbers: [string, string][] = [
    [text.now, limited(reserve.inUse, reserve.callsAtOnce, text.no_calls)],
    [text.hour, limited(reserve.usedHour, reserve.callsPerHour, null)],
    [text.day, limited(reserve.usedToday, reserve.callsPerDay, null)],
    [text.answered, String(reserve.answered)],
    [text.failed, String(reserve.failed)],
  ];
  return html`<article class="reserve-tile" data-reserve=${reserve.reserve} data-standing=${reserve.standing}>
    <h3>${reserve.reserve}<span class="agent-user number">${reserve.contact}</span></h3>
    <p class="state">${icon(ICONS[reserve.standing])}<span>${text.standings[reserve.standing]}${when}</span></p>
    ${reserve.bannedUntil === null
      ? nothing
      : html`<p class="quiet">${reserve.banReason === null ? nothing : banReason(model.text, reserve.banReason)}</p>
          <button class="second lift-reserve" type="button" ?disabled=${model.board.working} @click=${() => actions.supervisor.liftReserveBan(reserve.reserve)}>${text.lift_ban}</button>`}
    <dl>${numbers.map(([label, value]) => html`<div><dt>${label}</dt><dd class="number">${value}</dd></div>`)}</dl>
  </article>`;
}

/** How long it is as it is, where that is known. */
function untilOf(reserve: Reserve): number | null {
  switch (reserve.standing) {
    case "banned":
      return reserve.bannedUntil;
    case "retry_delay":
      return reserve.retryAt;
    case "closed":
      return reserve.openingUntil;
    case "free":
    case "removed":
    case "day_full":
    case "hour_full":
    case "full":
      return null;
  }
}

function limited(used: number, limit: number, none: string | null): string {
  return limit === 0 ? none ?? String(used) : `${used} / ${limit}`;
}
