/** The call area: who calls, with whom one talks, what is left of the time. It keeps its place in every stage. */

import { html, nothing, type TemplateResult } from "lit-html";
import { banReason } from "../text/reason.ts";
import { callerName } from "../desk/caller.ts";
import type { Actions, Model } from "../desk/model.ts";
import { stageOf, type Stage } from "../desk/stage.ts";
import type { Command } from "../link/commands.ts";
import type { CallCard } from "../link/wire.ts";
import { countdown, shortTime, ticking, timeOfDay } from "../text/language.ts";
import { countdownFace, face, iconFace } from "./dial.ts";
import { icon, type IconName } from "./icon.ts";
import { talkButtons } from "./transfer_list.ts";
import { refusedText } from "../text/refused.ts";

/** What one stage puts into the fixed places of the area. */
interface Filling {
  icon: IconName;
  title: string;
  main: string;
  /** The number below a name, if both are known. */
  below: string | null;
  hint: string;
  dial: TemplateResult;
  call: CallCard | null;
  /** What can be pressed in this stage. */
  buttons: "none" | "talk" | "wrap_up" | "lift_ban";
}

/** Draws the area. */
export function callArea(model: Model, actions: Actions): TemplateResult {
  const stage = stageOf(model.agent, model.lastCall, model.serverNow);
  const filling = fillingOf(stage, model);
  const title = model.text.call.title;
  return html`<section class="call panel" data-stage=${stage.at} aria-label=${title}>
    <h2 class="call-title">${icon(filling.icon)}<span>${filling.title}</span></h2>
    <div class="call-who">
      <p class="call-main" dir="auto">${filling.main}</p>
      ${filling.below === null ? nothing : html`<p class="call-below">${filling.below}</p>`}
    </div>
    <p class="call-hint">${filling.hint}</p>
    ${filling.dial}
    <div class="call-foot">${filling.call === null ? nothing : facts(filling.call, stage, model)} ${buttons(filling, model, actions)}</div>
  </section>`;
}

function fillingOf(stage: Stage, model: Model): Filling {
  const text = model.text.call;
  const plain = { title: text.title, below: null, call: null, buttons: "none" as const };
  const now = model.serverNow;
  switch (stage.at) {
    case "connecting":
      return { ...plain, icon: "phone", main: model.text.link.connecting, hint: "", dial: iconFace("clock") };
    case "phone_absent":
      return { ...plain, icon: "warning", main: text.phone_absent, hint: text.phone_absent_hint, dial: iconFace("phone_away") };
    case "idle_not_ready":
      return { ...plain, icon: "phone", main: text.idle_not_ready, hint: text.idle_not_ready_hint, dial: iconFace("pause") };
    case "idle_ready":
      return { ...plain, icon: "phone", main: text.idle_ready, hint: text.idle_ready_hint, dial: iconFace("headset") };
    case "retry": {
      const time = timeOfDay(model.language, stage.until - (now - model.localNow));
      const dial = countdownFace(stage.since, stage.until, now, text.time_left);
      return { ...plain, icon: "clock", main: text.retry(time), hint: text.retry_hint, dial };
    }
    case "banned": {
      const time = shortTime(model.language, stage.until - (now - model.localNow));
      const hint = banHint(model, stage.reason, stage.mayLift);
      const dial = clockFace(stage.until - now, text.time_left);
      return { ...plain, icon: "stop", main: text.banned(time), hint, dial, buttons: stage.mayLift ? "lift_ban" : "none" };
    }
    case "reserved":
      return { ...ofCall(stage.call, model), icon: "phone", title: text.reserved, hint: "", dial: iconFace("phone"), buttons: "none" };
    case "ringing": {
      const since = stage.call.offeredAt ?? model.agent?.activitySince ?? now;
      const dial = stage.until === null ? iconFace("phone") : countdownFace(since, stage.until, now, text.time_left);
      return { ...ofCall(stage.call, model), icon: "phone", title: text.ringing, hint: text.ringing_hint, dial, buttons: "none" };
    }
    case "talking":
      return {
        ...ofCall(stage.call, model),
        icon: "talk",
        title: text.talking,
        hint: orderHint(model, consultHint(stage.call, model)),
        dial: clockFace(now - stage.since, text.talk),
        buttons: "talk",
      };
    case "wrap_up": {
      const counted = stage.until !== null;
      const dial = counted
        ? countdownFace(stage.since, stage.until ?? now, now, text.time_left)
        : clockFace(now - stage.since, text.wrap_up);
      const hint = counted ? text.wrap_up_hint : text.wrap_up_open_hint;
      const who = stage.call === null ? { ...plain, main: text.wrap_up } : ofCall(stage.call, model);
      return { ...who, icon: "pencil", title: text.wrap_up, hint: orderHint(model, hint), dial, buttons: "wrap_up" };
    }
    case "busy":
      return { ...plain, icon: "phone", main: text.busy, hint: "", dial: clockFace(now - stage.since, "") };
  }
}

function ofCall(call: CallCard | null, model: Model): { main: string; below: string | null; call: CallCard | null } {
  if (call === null) return { main: "…", below: null, call: null };
  const named = call.displayName !== null && call.callerNumber !== "";
  return { main: callerName(call, model.text), below: named ? call.callerNumber : null, call };
}

function clockFace(ms: number, label: string): TemplateResult {
  return face(html`<span class="dial-time">${ticking(ms)}</span><span class="dial-label">${label}</span>`);
}

function facts(call: CallCard, stage: Stage, model: Model): TemplateResult {
  const text = model.text.call;
  const waits = stage.at === "reserved" || stage.at === "ringing";
  // Once answered the wait is over: it is counted up to the talk, not to now.
  const waitEnd = waits ? model.serverNow : (call.talkSince ?? call.offeredAt ?? call.queuedAt);
  return html`<dl class="facts">
    <div><dt>${text.queue}</dt><dd>${call.queue}</dd></div>
    <div>
      <dt>${waits ? text.waited : text.waited_total}</dt>
      <dd class="number" data-fact="waited">${ticking(waitEnd - call.queuedAt)}</dd>
    </div>
    <div><dt>${text.dialed}</dt><dd class="number">${call.dialedNumber}</dd></div>
    ${call.customData === null
      ? nothing
      : html`<div class="fact-note"><dt>${text.note}</dt><dd title=${call.customData}>${call.customData}</dd></div>`}
  </dl>`;
}

function banHint(model: Model, reason: string | null, mayLift: boolean): string {
  const text = model.text.call;
  const why = reason === null ? "" : text.ban_reason(banReason(model.text, reason));
  return orderHint(model, `${why} ${mayLift ? text.ban_may_lift : text.ban_ask}`.trim());
}

/** Whom one speaks with besides the caller, or how the last word with a colleague ended. */
function consultHint(call: CallCard | null, model: Model): string {
  const words = model.text.transfer;
  const { consult, pastConsult } = call ?? {};
  if (consult == null) {
    if (pastConsult == null || pastConsult.outcome === "answered") return "";
    return words.failed(pastConsult.colleague, words.outcomes[pastConsult.outcome as keyof typeof words.outcomes] ?? words.outcomes.other);
  }
  const who = consult.colleague;
  if (consult.with === null) return words.rings(who);
  if (consult.with === "all") return words.all(who);
  if (consult.isAsked) return consult.with === "colleague" ? words.asks_you(who) : words.you_wait(who);
  return consult.with === "colleague" ? words.with_colleague(who) : words.with_caller(who);
}

/** The hint of a stage, or why the last wish was refused. */
function orderHint(model: Model, hint: string): string {
  const { order, text } = model;
  if (order.is !== "refused" || order.type === "after_call") return hint;
  return order.refused === null ? text.intent.failed : text.intent.refused(refusedText(text, order.refused));
}

function buttons(filling: Filling, model: Model, actions: Actions): TemplateResult | typeof nothing {
  switch (filling.buttons) {
    case "none":
      return nothing;
    case "talk":
      return talkButtons(filling.call, model, actions);
    case "wrap_up":
      return wrapUpButtons(model, actions);
    case "lift_ban":
      return html`<button id="lift-ban" class="primary" type="button" ?disabled=${isSent(model, "lift_ban")} @click=${() => actions.liftBan()}>
        ${model.text.call.lift_ban}
      </button>`;
  }
}

function isSent(model: Model, type: Command["type"]): boolean {
  return model.order.is === "sent" && model.order.type === type;
}

function wrapUpButtons(model: Model, actions: Actions): TemplateResult {
  const { agent, serverNow } = model;
  const text = model.text.call;
  const mustKeepMs = (agent?.wrapUpMayEndAt ?? 0) - serverNow;
  const isForced = mustKeepMs > 0;
  return html`<div class="call-buttons">
    ${agent?.wrapUpExtendsTo === null || agent === null
      ? nothing
      : html`<button
          id="more-time"
          class="second"
          type="button"
          aria-keyshortcuts="X"
          ?disabled=${isSent(model, "extend_wrap_up")}
          @click=${() => actions.extendWrapUp()}
        >
          ${text.more_time}<kbd aria-hidden="true">X</kbd>
        </button>`}
    <button
      id="done"
      class="primary"
      type="button"
      aria-keyshortcuts="E"
      ?disabled=${isForced || isSent(model, "end_wrap_up")}
      @click=${() => actions.endWrapUp()}
    >
      ${isForced ? text.done_in(countdown(mustKeepMs)) : text.done}<kbd aria-hidden="true">E</kbd>
    </button>
  </div>`;
}
