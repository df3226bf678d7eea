/**
 * What the backend says over the agent link, decoded once at the border.
 * The rest of the page works with these types only.
 */

/** What the agent chose. */
export type Intent = "ready" | "not_ready" | "offline";

/** What is going on; `other` stands for a word this page does not know yet. */
export type Activity = "idle" | "reserved" | "ringing" | "talking" | "wrap_up" | "other";

/** What is known of the agent's phone. */
export type Phone = "present" | "absent" | "unknown";

/** The call at hand. Times are server times, in ms since 1970. */
export interface CallCard {
  callId: string;
  offerId: string;
  queue: string;
  callerNumber: string;
  displayName: string | null;
  dialedNumber: string;
  customData: string | null;
  queuedAt: number;
  offeredAt: number | null;
  ringUntil: number | null;
  talkSince: number | null;
}

/** The agent's marks since the start of the day. */
export interface Marks {
  answered: number;
  missed: number;
  rejected: number;
  busy: number;
  unreachable: number;
  /** Mean time from ring to answer; `null` before the first answer. */
  answerSpeedMs: number | null;
  /** All talk of the day. */
  talkMs: number;
  missStreak: number;
}

/** The signed-in agent. Times are server times, in ms since 1970. */
export interface Agent {
  user: string;
  displayName: string;
  intent: Intent;
  reason: string | null;
  intentSince: number;
  activity: Activity;
  activitySince: number;
  wrapUpUntil: number | null;
  retryAt: number | null;
  phone: Phone;
  call: CallCard | null;
  marks: Marks;
}

/** One queue of the agent. */
export interface Queue {
  queue: string;
  waiting: number;
  longestSince: number | null;
  agentsFree: number;
  agentsTalking: number;
  agentsReady: number;
  answeredToday: number;
  abandonedToday: number;
}

/** Everything the page shows, as of one event. */
export interface State {
  eventId: number;
  serverTime: number;
  agent: Agent;
  queues: Queue[];
}

/** A frame from the server. */
export type Frame =
  | { type: "state"; state: State }
  | { type: "pong"; serverTime: number }
  | { type: "done"; ref: number }
  | { type: "error"; ref: number | null; code: string; message: string };

/** Shown texts are cut here: a card that scrolls for pages helps nobody. */
const TEXT_LENGTH_MAX = 500;

/** A frame that is not what the contract says; `message` names the field. */
export class WireError extends Error {}

type Fields = Record<string, unknown>;

function fields(value: unknown, at: string): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new WireError(`${at}: expected an object`);
  }
  return value as Fields;
}

function text(from: Fields, name: string): string {
  const value = from[name];
  if (typeof value === "string") return value.slice(0, TEXT_LENGTH_MAX);
  if (typeof value === "number") return String(value); // identifiers may be numbers
  throw new WireError(`${name}: expected a string`);
}

function textOrNull(from: Fields, name: string): string | null {
  const value = from[name];
  if (value === undefined || value === null || value === "") return null;
  if (typeof value === "string") return value.slice(0, TEXT_LENGTH_MAX);
  return JSON.stringify(value).slice(0, TEXT_LENGTH_MAX);
}

function number(from: Fields, name: string): number {
  const value = from[name];
  if (typeof value !== "number" || !Number.isFinite(value)) {
    throw new WireError(`${name}: expected a number`);
  }
  return value;
}

function time(from: Fields, name: string): number {
  const value = from[name];
  const ms = typeof value === "string" ? Date.parse(value) : NaN;
  if (Number.isNaN(ms)) throw new WireError(`${name}: expected a time`);
  return ms;
}

function timeOrNull(from: Fields, name: string): number | null {
  return from[name] === undefined || from[name] === null ? null : time(from, name);
}

function numberOrNull(from: Fields, name: string): number | null {
  return from[name] === undefined || from[name] === null ? null : number(from, name);
}

function oneOf<T extends string>(from: Fields, name: string, known: readonly T[], otherwise: T): T {
  const value = from[name];
  return known.find((word) => word === value) ?? otherwise;
}

const INTENTS: readonly Intent[] = ["ready", "not_ready", "offline"];
const ACTIVITIES: readonly Activity[] = ["idle", "reserved", "ringing", "talking", "wrap_up"];
const PHONES: readonly Phone[] = ["present", "absent", "unknown"];

function callCard(value: unknown): CallCard | null {
  if (value === null || value === undefined) return null;
  const from = fields(value, "call");
  return {
    callId: text(from, "call_id"),
    offerId: text(from, "offer_id"),
    queue: text(from, "queue"),
    callerNumber: text(from, "caller_number"),
    displayName: textOrNull(from, "display_name"),
    dialedNumber: text(from, "dialed_number"),
    customData: textOrNull(from, "custom_data"),
    queuedAt: time(from, "queued_at"),
    offeredAt: timeOrNull(from, "offered_at"),
    ringUntil: timeOrNull(from, "ring_until"),
    talkSince: timeOrNull(from, "talk_since"),
  };
}

function marks(value: unknown): Marks {
  const from = fields(value, "marks");
  return {
    answered: number(from, "answered"),
    missed: number(from, "missed"),
    rejected: number(from, "rejected"),
    busy: number(from, "busy"),
    unreachable: number(from, "unreachable"),
    answerSpeedMs: numberOrNull(from, "answer_speed_ms"),
    talkMs: number(from, "talk_ms"),
    missStreak: number(from, "miss_streak"),
  };
}

function agent(value: unknown): Agent {
  const from = fields(value, "agent");
  return {
    user: text(from, "user"),
    displayName: textOrNull(from, "display_name") ?? text(from, "user"),
    intent: oneOf(from, "intent", INTENTS, "offline"),
    reason: textOrNull(from, "reason"),
    intentSince: time(from, "intent_since"),
    activity: oneOf(from, "activity", ACTIVITIES, "other"),
    activitySince: time(from, "activity_since"),
    wrapUpUntil: timeOrNull(from, "wrap_up_until"),
    retryAt: timeOrNull(from, "retry_at"),
    phone: oneOf(from, "phone", PHONES, "unknown"),
    call: callCard(from["call"]),
    marks: marks(from["marks"]),
  };
}

function queue(value: unknown): Queue {
  const from = fields(value, "queues");
  return {
    queue: text(from, "queue"),
    waiting: number(from, "waiting"),
    longestSince: timeOrNull(from, "longest_since"),
    agentsFree: number(from, "agents_free"),
    agentsTalking: number(from, "agents_talking"),
    agentsReady: number(from, "agents_ready"),
    answeredToday: number(from, "answered_today"),
    abandonedToday: number(from, "abandoned_today"),
  };
}

/** Decodes a state object. Throws {@link WireError} naming the first wrong field. */
export function decodeState(value: unknown): State {
  const from = fields(value, "state");
  const queues = from["queues"];
  if (!Array.isArray(queues)) throw new WireError("queues: expected a list");
  return {
    eventId: number(from, "event_id"),
    serverTime: time(from, "server_time"),
    agent: agent(from["agent"]),
    queues: queues.map(queue),
  };
}

/**
 * Decodes one frame. `null` for a type this page does not know, so that a
 * newer server may say more. Throws {@link WireError} on a broken frame.
 */
export function decodeFrame(json: string): Frame | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch {
    throw new WireError("frame: not JSON");
  }
  const from = fields(parsed, "frame");
  switch (from["type"]) {
    case "state":
      return { type: "state", state: decodeState(from) };
    case "pong":
      return { type: "pong", serverTime: time(from, "server_time") };
    case "done":
      return { type: "done", ref: number(from, "ref") };
    case "error":
      return {
        type: "error",
        ref: numberOrNull(from, "ref"),
        code: text(from, "code"),
        message: textOrNull(from, "message") ?? "",
      };
    default:
      return null;
  }
}
