/** How reasons for not being ready are called. */

import type { Reason } from "../link/http.ts";
import type { ReasonKey, Text } from "./en.ts";
import type { Language } from "./language.ts";

/** What the menu offers until the owner's list is known. */
export const USUAL_REASONS: readonly Reason[] = ["break", "lunch", "training", "other"].map((name) => ({ name, texts: {} }));

/** A reason in the reader's language: the owner's word, else the page's own, else as it is recorded. */
export function reasonText(reasons: readonly Reason[], language: Language, text: Text, name: string): string {
  const own = reasons.find((reason) => reason.name === name)?.texts[language];
  return own ?? text.intent.reasons[name as ReasonKey] ?? name;
}

/** What the core calls offers in a row that earn a ban. */
const ROWS: Readonly<Record<string, "streak" | "declined" | "busy_row" | "out_of_reach" | "no_phone">> = {
  "offers missed in a row": "streak",
  "offers declined in a row": "declined",
  "offers in a row to a busy phone": "busy_row",
  "offers in a row to a phone out of reach": "out_of_reach",
  "offers in a row without a registered phone": "no_phone",
};

/** The core's own reason of a ban, which is English; what a person wrote is shown as it is. */
export function banReason(text: Text, reason: string): string {
  const [, count, what] = /^(\d+) (offers .+)$/.exec(reason) ?? [];
  const row = what === undefined ? undefined : ROWS[what];
  return row === undefined ? reason : text.marks[row](Number(count));
}
