/** What the supervisors' page draws from. */

import type { Intent, Queue, Agent } from "../link/wire.ts";
import type { Refused } from "../text/refused.ts";
import type { Callback, LiveCall, Reserve } from "./floor.ts";
import type { Planning } from "./planning.ts";
import type { Absence, Answer, Binding, Refusal } from "./wire.ts";

/** Why an order failed: what the server said, or that it did not answer. */
export type Problem = Refused | "no_answer";

/** Which part of the page is shown. */
export type Tab = "floor" | "calls" | "managers" | "absences" | "plan";

/** A file that was looked at, or taken. */
export interface FilePreview {
  file: File;
  good: number;
  refused: number;
  refusals: Refusal[];
  taken: boolean;
}

/** What the grid of agents is sorted by. */
export type SortBy = "name" | "state" | "since" | "answered" | "missed";

/** Agents and queues as they are now. */
export interface Board {
  tab: Tab;
  /** `null` before the first news. */
  agents: Agent[] | null;
  queues: Queue[];
  reserves: Reserve[];
  /** Who is to be called back, the oldest first. */
  callbacks: Callback[];
  /** The oldest calls, the first of them first. */
  calls: LiveCall[];
  /** How many calls there are, shown or not. */
  callsTotal: number;
  sort: { by: SortBy; down: boolean };
  /** The agent whose dialog is open. */
  open: string | null;
  /** An order is under way. */
  working: boolean;
  /** Why the last order failed. */
  problem: Problem | null;
}

/** The callers with managers of their own. */
export interface Managers {
  bindings: Binding[];
  total: number;
  /** Where the next part of the list begins. */
  next: string | null;
  search: string;
  agent: string;
  loading: boolean;
  problem: Problem | null;
  /** The form: empty for a new binding, filled for a change; `null` while closed. */
  form: Binding | null;
  /** The number that is about to be forgotten. */
  erasing: string | null;
  /** A file that was looked at and not yet taken. */
  preview: FilePreview | null;
  /** Callers who said no when they were asked for a manager. */
  refusers: Answer[];
}

/** Absences of one agent. */
export interface Absences {
  agent: string;
  rows: Absence[];
  loading: boolean;
  problem: Problem | null;
}

/** What a supervisor can do. */
export interface SupervisorActions {
  readonly planning: Pick<Planning, "look" | "takeFile" | "save">;
  show(tab: Tab): void;
  sortBy(by: SortBy): void;
  openAgent(agent: string | null): void;
  force(agent: string, intent: Intent, reason: string | null, why: string): void;
  endWrapUp(agent: string): void;
  ban(agent: string, minutes: number, reason: string): void;
  liftBan(agent: string): void;
  liftReserveBan(reserve: string): void;
  cancelCallback(callback: string): void;
  search(search: string, agent: string): void;
  more(): void;
  edit(binding: Binding | null): void;
  save(binding: Binding): void;
  remove(number: string): void;
  askErase(number: string | null): void;
  erase(number: string): void;
  look(file: File | null): void;
  takeFile(): void;
  absencesOf(agent: string): void;
  addAbsence(absence: Absence): void;
  removeAbsence(index: number): void;
}

/** A board before the first news. */
export function newBoard(): Board {
  return { tab: "floor", agents: null, queues: [], reserves: [], callbacks: [], calls: [], callsTotal: 0, sort: { by: "since", down: true }, open: null, working: false, problem: null };
}

/** An empty list. */
export function newManagers(): Managers {
  return {
    bindings: [], total: 0, next: null, search: "", agent: "", loading: false, problem: null, form: null, erasing: null,
    preview: null, refusers: [],
  };
}
