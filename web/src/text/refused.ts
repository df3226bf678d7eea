/** Why something was refused, in the reader's language: by the server's words that do not change, not by its English. */

import type { Text } from "./en.ts";

/** A refusal as it came: what the page knows is translated, what it does not is shown as it is. */
export interface Refused {
  code: string;
  /** Path of the field at fault, `absences[2].until`. */
  field: string | null;
  /** What is wrong with it. */
  problem: string | null;
  message: string;
}

/** The words for a refusal. */
export function refusedText(text: Text, refused: Refused): string {
  const { codes } = text.refusals;
  if (refused.field !== null && refused.problem !== null) return fieldText(text, refused.field, refused.problem) ?? refused.message;
  return codes[refused.code as keyof typeof codes] ?? refused.message;
}

/** The words for a wrong field, which may have a name of its `own`; `null` for a problem that this page does not know. */
export function fieldText(text: Text, field: string, problem: string, own: Record<string, string> = {}): string | null {
  const { problems, fields } = text.refusals;
  const words = problems[problem as keyof typeof problems];
  if (words === undefined) return null;
  const last = field.replace(/\[\d+\]/g, "").split(".").at(-1) ?? field;
  return `${own[last] ?? fields[last as keyof typeof fields] ?? field}: ${words}`;
}
