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

/** The core's own reason of a ban, which is English; what a person wrote is shown as it is. */
export function banReason(text: Text, reason: string): string {
  const missed = /^(\d+) offers missed in a row$/.exec(reason)?.[1];
  return missed === undefined ? reason : text.marks.streak(Number(missed));
}
