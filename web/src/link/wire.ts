/**
 * What the backend says over the agent link, decoded once at the border.
 * The rest of the page works with these types only.
 */

import { type Fields, fields, flag, list, number, numberOrNull, oneOf, text, textOrNull, texts, time, timeOrNull, WireError } from "./fields.ts";
import { callbackOf, levelOf, listOrNone, liveCallOf, reserveOf, type Callback, type LiveCall, type Reserve, type ServiceLevel } from "../supervision/floor.ts";

/** What the agent chose. */
export type Intent = "ready" | "not_ready" | "offline";

/** What is going on; `other` stands for a word this page does not know yet. */
export type Activity = "idle" | "reserved" | "ringing" | "talking" | "consulting" | "held" | "wrap_up" | "unreachable" | "other";

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
  /** A colleague who is asked about it, or who asks this agent. */
  consult: Consult | null;
  /** How the last one ended. */
  pastConsult: { colleague: string; outcome: string } | null;
}

/** A word with a colleague. */
export interface Consult {
  colleague: string;
  /** This agent is the one who is asked. */
  isAsked: boolean;
  /** Whom the one who asks speaks with; `null` while the phone rings. */
  with: "colleague" | "caller" | "all" | null;
}

/** The agent's marks since the start of the day. */
export interface Marks {
  answered: number;
  missed: number;
  rejected: number;
  busy: number;
  unreachable: number;
  unregistered: number;
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
  /** The supervisor who chose the intent, and why; `null` while it is the agent's own choice. */
  forcedBy: string | null;
  forcedWhy: string | null;
  /** What the intent becomes when the talk ends; `null` is to stay. */
  afterCall: Intent | null;
  afterCallReason: string | null;
  activity: Activity;
  activitySince: number;
  /** Since when intent and activity together are what they are. */
  stateSince: number;
  wrapUpUntil: number | null;
  wrapUpMayEndAt: number | null;
  /** Until when one more extension would make it last; `null` when there can be none. */
  wrapUpExtendsTo: number | null;
  retryAt: number | null;
  bannedUntil: number | null;
  banReason: string | null;
  mayLiftBan: boolean;
  unreachableSince: number | null;
  /** The last time that the page was lost for so long that there were no offers. */
  awayFrom: number | null;
  awayUntil: number | null;
  /** The queues of the agent; told to supervisors only. */
  serves: string[];
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
  /** Call-backs kept in line; not in `waiting`. */
  callbacks: number;
  /** Whether it is within its opening hours. */
  isOpen: boolean;
  /** Service level of the day so far. */
  level: ServiceLevel | null;
}

/** What is pushed, as of one event. */
export interface News {
  eventId: number;
  serverTime: number;
}

/** All agents and queues, or what has changed of them, for supervisors. */
export interface Overview extends News {
  /** All agents are in it; otherwise those who changed. */
  full: boolean;
  agents: Agent[];
  removed: string[];
  queues: Queue[];
  reserves: Reserve[];
  /** Call-backs that are not over, the oldest first; null when they are the same as before. */
  callbacks: Callback[] | null;
  /** Calls that are new or have changed; all in a full overview. */
  calls: LiveCall[];
  callsGone: string[];
  callsTotal: number;
}

/** Everything the agent's page shows, as of one event. */
export interface State extends News {
  agent: Agent;
  queues: Queue[];
}

/** A frame from the server. */
export type Frame<N> =
  | { type: "news"; news: N }
  | { type: "beat" }
  | { type: "pong"; serverTime: number }
  | { type: "done"; ref: number }
  | { type: "error"; ref: number | null; code: string; message: string };

const INTENTS: readonly Intent[] = ["ready", "not_ready", "offline"];
const ACTIVITIES: readonly Activity[] = ["idle", "reserved", "ringing", "talking", "consulting", "held", "wrap_up", "unreachable"];
const PHONES: readonly Phone[] = ["present", "absent", "unknown"];

function intentOrNull(from: Fields, name: string): Intent | null {
  return INTENTS.find((word) => word === from[name]) ?? null;
}

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
    consult: consult(from["consult"]),
    pastConsult: pastConsult(from["past_consult"]),
  };
}

function consult(value: unknown): Consult | null {
  if (value === null || value === undefined) return null;
  const from = fields(value, "consult");
  return {
    colleague: textOrNull(from, "display_name") ?? text(from, "colleague"),
    isAsked: flag(from, "is_asked"),
    with: (["colleague", "caller", "all"] as const).find((word) => word === from["with"]) ?? null,
  };
}

function pastConsult(value: unknown): CallCard["pastConsult"] {
  if (value === null || value === undefined) return null;
  const from = fields(value, "past_consult");
  return { colleague: text(from, "colleague"), outcome: text(from, "outcome") };
}

function marks(value: unknown): Marks {
  const from = fields(value, "marks");
  return {
    answered: number(from, "answered"),
    missed: number(from, "missed"),
    rejected: number(from, "rejected"),
    busy: number(from, "busy"),
    unreachable: number(from, "unreachable"),
    unregistered: number(from, "unregistered"),
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
    forcedBy: textOrNull(from, "forced_by"),
    forcedWhy: textOrNull(from, "forced_why"),
    afterCall: intentOrNull(from, "after_call"),
    afterCallReason: textOrNull(from, "after_call_reason"),
    activity: oneOf(from, "activity", ACTIVITIES, "other"),
    activitySince: time(from, "activity_since"),
    stateSince: timeOrNull(from, "state_since") ?? time(from, "activity_since"),
    wrapUpUntil: timeOrNull(from, "wrap_up_until"),
    wrapUpMayEndAt: timeOrNull(from, "wrap_up_may_end_at"),
    wrapUpExtendsTo: timeOrNull(from, "wrap_up_extends_to"),
    retryAt: timeOrNull(from, "retry_at"),
    bannedUntil: timeOrNull(from, "banned_until"),
    banReason: textOrNull(from, "ban_reason"),
    mayLiftBan: flag(from, "may_lift_ban"),
    unreachableSince: timeOrNull(from, "unreachable_since"),
    awayFrom: timeOrNull(from, "away_from"),
    awayUntil: timeOrNull(from, "away_until"),
    serves: texts(from, "serves"),
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
    callbacks: numberOrNull(from, "callbacks") ?? 0,
    isOpen: from["is_open"] !== false,
    level: levelOf(from),
  };
}

/** Decodes a state object. Throws {@link WireError} naming the first wrong field. */
export function decodeState(value: unknown): State {
  const from = fields(value, "state");
  return {
    eventId: number(from, "event_id"),
    serverTime: time(from, "server_time"),
    agent: agent(from["agent"]),
    queues: list(from, "queues", queue),
  };
}

/** Decodes an overview. Throws {@link WireError} naming the first wrong field. */
export function decodeOverview(value: unknown): Overview {
  const from = fields(value, "overview");
  return {
    eventId: number(from, "event_id"),
    serverTime: time(from, "server_time"),
    full: flag(from, "full"),
    agents: list(from, "agents", agent),
    removed: texts(from, "removed"),
    queues: list(from, "queues", queue),
    reserves: listOrNone(from, "reserves", reserveOf),
    callbacks: from["callbacks"] === undefined ? null : list(from, "callbacks", callbackOf),
    calls: listOrNone(from, "calls", liveCallOf),
    callsGone: texts(from, "calls_gone"),
    callsTotal: numberOrNull(from, "calls_total") ?? 0,
  };
}

/** Where a link's news come from, and what they are. */
export interface Channel<N extends News> {
  /** Beginning of its addresses. */
  readonly base: string;
  /** The type of its frames. */
  readonly type: string;
  decode(value: unknown): N;
}

/** The agent's own channel. */
export const AGENT_CHANNEL: Channel<State> = { base: "/api/v1/agent", type: "state", decode: decodeState };

/** The supervisors' channel. */
export const SUPERVISOR_CHANNEL: Channel<Overview> = {
  base: "/api/v1/supervisor",
  type: "overview",
  decode: decodeOverview,
};

/**
 * Decodes one frame. `null` for a type this page does not know, so that a
 * newer server may say more. Throws {@link WireError} on a broken frame.
 */
export function decodeFrame<N extends News>(json: string, channel: Channel<N>): Frame<N> | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch {
    throw new WireError("frame: not JSON");
  }
  const from = fields(parsed, "frame");
  switch (from["type"]) {
    case channel.type:
      return { type: "news", news: channel.decode(from) };
    case "beat":
      return { type: "beat" };
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
