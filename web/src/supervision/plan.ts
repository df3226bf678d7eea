/** The plan of shifts of today, and who does what is planned. */

import { fields, list, oneOf, text, textOrNull, time, type Fields } from "../link/fields.ts";
import type { Agent } from "../link/wire.ts";
import type { FilePreview, Problem } from "./model.ts";
import { stateOf } from "./state.ts";

/** One piece of an agent's plan. Times are server times, in ms since 1970. */
export interface Shift {
  agent: string;
  from: number;
  to: number;
  /** `work`, `meeting` or a reason for not being ready. */
  activity: string;
  paid: boolean;
}

/** What the page knows of the plan. */
export interface Plan {
  /** Today's pieces, the earliest first; `null` before they came. */
  shifts: Shift[] | null;
  /** When today ends, in ms since 1970. */
  until: number;
  problem: Problem | null;
  preview: FilePreview | null;
  /** First and last day of the file that can be saved, as date fields write them. */
  saved: { from: string; to: string };
}

/** What is planned for one agent today, and whether it is done now. */
export interface PlannedAgent {
  user: string;
  /** `null` for one who is no agent any more. */
  agent: Agent | null;
  shifts: Shift[];
  now: Shift | null;
  /** Whether the agent does what is planned now; `null` while nothing is planned or known. */
  met: boolean | null;
  /** Since when it has been so, if it is not as planned. */
  since: number;
}

/** A plan before it came. */
export function newPlan(): Plan {
  return { shifts: null, until: 0, problem: null, preview: null, saved: { from: "", to: "" } };
}

/** One part of the list. */
export function shiftsOf(value: unknown): { shifts: Shift[]; next: string | null } {
  const from = fields(value, "shifts");
  const shift = (one: unknown) => {
    const own: Fields = fields(one, "shift");
    const paid = oneOf({ paid: String(own["paid"]) }, "paid", ["true", "false"], "true") === "true";
    return { agent: text(own, "agent"), from: time(own, "from"), to: time(own, "to"), activity: text(own, "activity"), paid };
  };
  return { shifts: list(from, "shifts", shift), next: textOrNull(from, "next") };
}

/** Whether an agent does what is planned: as the report of agents counts adherence (docs/reports.md). */
export function isAsPlanned(agent: Agent, activity: string, serverNow: number): boolean {
  const state = stateOf(agent, serverNow);
  switch (state) {
    case "ringing":
    case "reserved":
    case "talking":
    case "wrap_up":
    case "busy":
    case "free":
    // Ready by choice: what is missing is the phone, and the state says so.
    case "no_phone":
      return activity === "work";
    case "not_ready":
    case "offline":
      return activity !== "work";
    case "banned":
    case "unreachable":
      return activity !== "work" && agent.intent !== "ready";
  }
}

/** Everybody with a plan today: first who does not do what is planned, the longest first, then by name. */
export function plannedAgents(shifts: readonly Shift[], agents: readonly Agent[], serverNow: number): PlannedAgent[] {
  const byUser = new Map<string, Shift[]>();
  for (const shift of shifts) byUser.set(shift.agent, [...(byUser.get(shift.agent) ?? []), shift]);
  const known = new Map(agents.map((agent) => [agent.user, agent]));
  const planned = [...byUser].map(([user, own]): PlannedAgent => {
    const agent = known.get(user) ?? null;
    const now = own.find(({ from, to }) => from <= serverNow && serverNow < to) ?? null;
    const met = agent === null || now === null ? null : isAsPlanned(agent, now.activity, serverNow);
    return { user, agent, shifts: own, now, met, since: Math.max(agent?.stateSince ?? 0, now?.from ?? 0) };
  });
  const name = ({ agent, user }: PlannedAgent) => agent?.displayName ?? user;
  const rank = ({ met }: PlannedAgent) => (met === false ? 0 : 1);
  return planned.sort((a, b) => rank(a) - rank(b) || (rank(a) === 0 ? a.since - b.since : 0) || name(a).localeCompare(name(b)));
}
