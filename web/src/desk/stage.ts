/** What the call area shows: one stage at a time, drawn from the agent's two fields and the phone. */

import type { Agent, CallCard } from "../link/wire.ts";

/** The stage of the call area. Times are server times. */
export type Stage =
  | { at: "connecting" }
  | { at: "phone_absent" }
  | { at: "idle_not_ready" }
  | { at: "idle_ready" }
  | { at: "banned"; until: number; reason: string | null; mayLift: boolean }
  | { at: "retry"; since: number; until: number }
  | { at: "reserved"; call: CallCard | null }
  | { at: "ringing"; call: CallCard; until: number | null }
  | { at: "talking"; call: CallCard | null; since: number }
  | { at: "wrap_up"; call: CallCard | null; since: number; until: number | null }
  | { at: "busy"; since: number };

/** Draws the stage. `lastCall` fills the card after a talk, when the backend no longer names the call. */
export function stageOf(agent: Agent | null, lastCall: CallCard | null, serverNow: number): Stage {
  if (agent === null) return { at: "connecting" };
  switch (agent.activity) {
    case "idle":
      return idleStage(agent, serverNow);
    case "reserved":
      return { at: "reserved", call: agent.call };
    case "ringing":
      if (agent.call === null) return { at: "reserved", call: null };
      return { at: "ringing", call: agent.call, until: agent.call.ringUntil };
    case "talking":
    case "consulting":
    case "held":
      return { at: "talking", call: agent.call, since: agent.call?.talkSince ?? agent.activitySince };
    case "wrap_up":
      return { at: "wrap_up", call: agent.call ?? lastCall, since: agent.activitySince, until: agent.wrapUpUntil };
    case "unreachable":
      // The page is here to draw this: the next news will say so.
      return idleStage(agent, serverNow);
    case "other":
      return { at: "busy", since: agent.activitySince };
  }
}

function idleStage(agent: Agent, serverNow: number): Stage {
  // A phone that is away comes first: without it no other wish can come true.
  if (agent.phone === "absent") return { at: "phone_absent" };
  if (agent.intent !== "ready") return { at: "idle_not_ready" };
  if (agent.bannedUntil !== null && agent.bannedUntil > serverNow) {
    return { at: "banned", until: agent.bannedUntil, reason: agent.banReason, mayLift: agent.mayLiftBan };
  }
  if (agent.retryAt !== null && agent.retryAt > serverNow) {
    return { at: "retry", since: agent.activitySince, until: agent.retryAt };
  }
  return { at: "idle_ready" };
}
