/** Reserve numbers and calls as supervisors are pushed them. */

import { fields, list, number, oneOf, text, textOrNull, time, timeOrNull, type Fields } from "../link/fields.ts";

/** Whether a reserve number may be given a caller, and if not, by which rule. */
export const STANDINGS = ["free", "removed", "closed", "banned", "retry_delay", "day_full", "hour_full", "full"] as const;

/** One of them. */
export type Standing = (typeof STANDINGS)[number];

/** One reserve number. Times are server times, in ms since 1970; a limit of 0 is none. */
export interface Reserve {
  reserve: string;
  contact: string;
  standing: Standing;
  inUse: number;
  callsAtOnce: number;
  usedHour: number;
  callsPerHour: number;
  usedToday: number;
  callsPerDay: number;
  retryAt: number | null;
  bannedUntil: number | null;
  banReason: string | null;
  openingUntil: number | null;
  answered: number;
  failed: number;
}

/** How far a call-back has come. */
export const CALLBACK_STATES = ["waiting", "closed", "retrying", "starting", "ringing_agent", "dialling", "on_line", "talking"] as const;

/** Somebody who is to be called back. Times are server times, in ms since 1970. */
export interface Callback {
  callback: string;
  queue: string;
  number: string;
  state: (typeof CALLBACK_STATES)[number];
  takenAt: number;
  /** From 1; 0 when an agent has it. */
  position: number;
  attempts: number;
  nextAt: number | null;
  /** What went wrong last, by the contract's word. */
  trouble: string | null;
  agent: string | null;
}

/** A call that goes on. */
export interface LiveCall {
  callId: string;
  queue: string;
  callerNumber: string;
  displayName: string | null;
  state: "waiting" | "offering" | "talking";
  queuedAt: number;
  since: number;
  agent: string | null;
  reserve: string | null;
  /** The last decision about it, in the words of the record, which are English. */
  why: string | null;
}

/** Answered in time, of how many, and what "in time" is. */
export interface ServiceLevel {
  inTime: number;
  of: number;
  withinS: number;
}

/** Decodes a reserve number. */
export function reserveOf(value: unknown): Reserve {
  const from = fields(value, "reserve");
  const contact = fields(from["contact"], "contact");
  const marks = fields(from["marks"], "marks");
  return {
    reserve: text(from, "reserve"),
    contact: textOrNull(contact, "number") ?? textOrNull(contact, "uri") ?? textOrNull(contact, "user") ?? "",
    standing: oneOf(from, "standing", STANDINGS, "removed"),
    inUse: number(from, "in_use"),
    callsAtOnce: number(from, "calls_at_once"),
    usedHour: number(from, "used_hour"),
    callsPerHour: number(from, "calls_per_hour"),
    usedToday: number(from, "used_today"),
    callsPerDay: number(from, "calls_per_day"),
    retryAt: timeOrNull(from, "retry_at"),
    bannedUntil: timeOrNull(from, "banned_until"),
    banReason: textOrNull(from, "ban_reason"),
    openingUntil: timeOrNull(from, "opening_until"),
    answered: number(marks, "answered"),
    failed: number(marks, "missed") + number(marks, "rejected") + number(marks, "unreachable"),
  };
}

/** Decodes a call-back. */
export function callbackOf(value: unknown): Callback {
  const from = fields(value, "callback");
  return {
    callback: text(from, "callback"),
    queue: text(from, "queue"),
    number: text(from, "number"),
    state: oneOf(from, "state", CALLBACK_STATES, "waiting"),
    takenAt: time(from, "taken_at"),
    position: number(from, "position"),
    attempts: number(from, "attempts"),
    nextAt: timeOrNull(from, "next_at"),
    trouble: textOrNull(from, "trouble"),
    agent: textOrNull(from, "agent"),
  };
}

/** Decodes a call. */
export function liveCallOf(value: unknown): LiveCall {
  const from = fields(value, "call");
  return {
    callId: text(from, "call_id"),
    queue: text(from, "queue"),
    callerNumber: text(from, "caller_number"),
    displayName: textOrNull(from, "display_name"),
    state: oneOf(from, "state", ["waiting", "offering", "talking"], "waiting"),
    queuedAt: time(from, "queued_at"),
    since: time(from, "since"),
    agent: textOrNull(from, "agent"),
    reserve: textOrNull(from, "reserve"),
    why: textOrNull(from, "why"),
  };
}

/** Decodes the service level of a queue; `null` where it is not told. */
export function levelOf(queue: Fields): ServiceLevel | null {
  const value = queue["service_level_today"];
  if (value === undefined || value === null) return null;
  const from = fields(value, "service_level_today");
  return { inTime: number(from, "in_time"), of: number(from, "of"), withinS: number(from, "within_ms") / 1_000 };
}

/** A list that an older server may not tell. */
export function listOrNone<T>(from: Fields, name: string, read: (value: unknown) => T): T[] {
  return from[name] === undefined ? [] : list(from, name, read);
}
