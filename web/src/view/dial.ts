/** A round clock face: how much of a span is left, or simply a drawing. */

import { html, nothing, type TemplateResult } from "lit-html";
import { countdown } from "../text/language.ts";
import { icon, type IconName } from "./icon.ts";

const RADIUS = 52;
const ROUND = 2 * Math.PI * RADIUS;

/** A face with a drawing, or a time, in it. */
export function face(inside: TemplateResult): TemplateResult {
  return html`<div class="dial">
    <svg viewBox="0 0 120 120" aria-hidden="true" focusable="false"><circle class="dial-rim" cx="60" cy="60" r=${RADIUS} /></svg>
    <div class="dial-inside">${inside}</div>
  </div>`;
}

/** A face with a drawing only. */
export function iconFace(name: IconName): TemplateResult {
  return face(icon(name));
}

/** A face that empties from `since` to `until` with the seconds left in it. All are server times. */
export function countdownFace(since: number, until: number, now: number, label: string): TemplateResult {
  // The server's clock is known to some milliseconds only: never show more than the whole span.
  const leftMs = Math.min(until - now, until - since);
  const left = Math.min(1, Math.max(0, leftMs / Math.max(1, until - since)));
  return html`<div class="dial" role="timer">
    <svg viewBox="0 0 120 120" aria-hidden="true" focusable="false">
      <circle class="dial-rim" cx="60" cy="60" r=${RADIUS} />
      <circle
        class="dial-left"
        cx="60"
        cy="60"
        r=${RADIUS}
        stroke-dasharray=${ROUND.toFixed(2)}
        stroke-dashoffset=${(ROUND * (1 - left)).toFixed(2)}
        visibility=${left === 0 ? "hidden" : nothing}
      />
    </svg>
    <div class="dial-inside"><span class="dial-time">${countdown(leftMs)}</span><span class="dial-label">${label}</span></div>
  </div>`;
}
