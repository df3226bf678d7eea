/** Bindings and absences as the backend tells them. */

import { fields, list, number, text, textOrNull, time, timeOrNull, type Fields } from "../link/fields.ts";

/** A caller with a manager. Times are in ms since 1970. */
export interface Binding {
  number: string;
  agent: string;
  since: number;
  source: string;
  consentAt: number | null;
  note: string;
}

/** A line of a file that cannot be taken. */
export interface Refusal {
  line: number;
  field: string;
  expected: string;
  /** What is wrong, as a word that does not change. */
  problem: string;
}

/** What a caller said when asked for a manager. */
export interface Answer {
  number: string;
  at: number;
}

/** Why an agent is away. */
export type AbsenceKind = "vacation" | "ill" | "left" | "other";

/** All kinds, in the order of the menu. */
export const ABSENCE_KINDS: readonly AbsenceKind[] = ["vacation", "ill", "left", "other"];

/** When an agent is away. Moments are texts of the contract, so that what is not changed goes back as it came. */
export interface Absence {
  kind: AbsenceKind;
  from: string;
  until: string | null;
  zone: string;
  deputy: string | null;
  note: string;
}

function binding(value: unknown): Binding {
  const from = fields(value, "binding");
  return {
    number: text(from, "number"),
    agent: text(from, "agent"),
    since: time(from, "since"),
    source: text(from, "source"),
    consentAt: timeOrNull(from, "consent_at"),
    note: textOrNull(from, "note") ?? "",
  };
}

/** One part of the list. */
export function bindingsOf(value: unknown): { bindings: Binding[]; total: number; next: string | null } {
  const from = fields(value, "bindings");
  return { bindings: list(from, "bindings", binding), total: number(from, "total"), next: textOrNull(from, "next") };
}

/** Who said no, the newest first. */
export function answersOf(value: unknown): Answer[] {
  return list(fields(value, "answers"), "answers", (one) => {
    const from = fields(one, "answer");
    return { number: text(from, "number"), at: time(fields(from["last_asked"], "last_asked"), "at") };
  });
}

/** What a file would do, or did. */
export function importOf(value: unknown): { good: number; refused: number; refusals: Refusal[] } {
  const from = fields(value, "import");
  const refusal = (one: unknown) => {
    const at = fields(one, "refusal");
    return { line: number(at, "line"), field: text(at, "field"), expected: text(at, "expected"), problem: textOrNull(at, "problem") ?? "" };
  };
  return { good: number(from, "imported"), refused: number(from, "refused"), refusals: list(from, "refusals", refusal) };
}

/** An agent's absences, the earliest first. */
export function absencesOf(value: unknown): Absence[] {
  return list(fields(value, "absences"), "absences", (one) => {
    const from: Fields = fields(one, "absence");
    return {
      kind: ABSENCE_KINDS.find((kind) => kind === from["kind"]) ?? "other",
      from: text(from, "from"),
      until: textOrNull(from, "until"),
      zone: textOrNull(from, "zone") ?? "UTC",
      deputy: textOrNull(from, "deputy"),
      note: textOrNull(from, "note") ?? "",
    };
  });
}
