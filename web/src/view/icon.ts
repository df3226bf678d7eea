/** The page's drawings: simple lines, so that a state is known by shape as well as by colour. */

import { svg, html, type TemplateResult } from "lit-html";

const SHAPES = {
  check: svg`<path d="M5 12.5l4.5 4.5L19 7.5" />`,
  pause: svg`<path d="M9 6v12M15 6v12" />`,
  power: svg`<path d="M12 4v8M7.5 7a7 7 0 1 0 9 0" />`,
  phone: svg`<path d="M6 4h3l1.5 4-2 1.5a11 11 0 0 0 6 6l1.5-2 4 1.5v3a2 2 0 0 1-2 2A15 15 0 0 1 4 6a2 2 0 0 1 2-2z" />`,
  phone_away: svg`<path d="M6 4h3l1.5 4-2 1.5a11 11 0 0 0 6 6l1.5-2 4 1.5v3a2 2 0 0 1-2 2A15 15 0 0 1 4 6a2 2 0 0 1 2-2zM15 4l5 5M20 4l-5 5" />`,
  bell: svg`<path d="M6 16V11a6 6 0 0 1 12 0v5l1.5 2h-15zM10 20.5a2 2 0 0 0 4 0" />`,
  bell_off: svg`<path d="M6 16V11a6 6 0 0 1 12 0v5l1.5 2h-15zM10 20.5a2 2 0 0 0 4 0M4 4l16 16" />`,
  headset: svg`<path d="M5 15v-3a7 7 0 0 1 14 0v3M5 14h2.5v5H6a1 1 0 0 1-1-1zM19 14h-2.5v5H18a1 1 0 0 0 1-1zM18 19c0 1.5-2 2.5-5 2.5" />`,
  talk: svg`<path d="M5 6h14v9h-7l-4 4v-4H5z" />`,
  pencil: svg`<path d="M5 19l1-4L16 5l3 3L9 18zM14 7l3 3" />`,
  stop: svg`<circle cx="12" cy="12" r="8" /><path d="M6.5 6.5l11 11" />`,
  clock: svg`<circle cx="12" cy="12" r="8" /><path d="M12 7.5V12l3 2" />`,
  warning: svg`<path d="M12 4.5l8.5 15h-17zM12 10v4.5M12 17v.1" />`,
  down: svg`<path d="M7 10l5 5 5-5" />`,
  keyboard: svg`<path d="M3.5 7h17v10h-17zM7 10.5h.1M10.5 10.5h.1M14 10.5h.1M17 10.5h.1M8 14h8" />`,
  out: svg`<path d="M14 5H6v14h8M11 12h9M17 9l3 3-3 3" />`,
  message: svg`<path d="M4 6h16v12H4zM4 7l8 6 8-6" />`,
} as const;

/** The name of a drawing. */
export type IconName = keyof typeof SHAPES;

/** A drawing; always beside words, so hidden from screen readers. */
export function icon(name: IconName): TemplateResult {
  return html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">${SHAPES[name]}</svg>`;
}
