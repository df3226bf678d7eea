/** What one agent is to a supervisor: one word, the same everywhere, and the order of the grid. */

import type { Agent } from "../link/wire.ts";
import type { Board } from "./model.ts";

/** The states of the grid, those that ask for help first. */
export const STATES = [
  "unreachable", "banned", "no_phone", "ringing", "reserved", "talking", "wrap_up", "free", "not_ready", "busy", "offline",
] as const;

/** One of them. */
export type AgentState = (typeof STATES)[number];

/** What is shown of an agent. What goes on comes before what was chosen. */
export function stateOf(agent: Agent, serverNow: number): AgentState {
  switch (agent.activity) {
    case "reserved":
    case "ringing":
    case "talking":
    case "wrap_up":
      return agent.activity;
    // Both are in a call: with a colleague, or waiting for one.
    case "consulting":
    case "held":
      return "talking";
    case "unreachable":
      return "unreachable";
    case "other":
      return "busy";
    case "idle":
      break;
  }
  if (agent.intent === "offline") return "offline";
  if (agent.bannedUntil !== null && agent.bannedUntil > serverNow) return "banned";
  if (agent.intent === "not_ready") return "not_ready";
  return agent.phone === "absent" ? "no_phone" : "free";
}

/** The agents in the order of the board. Equal ones are in order of name, so that rows do not dance. */
export function sorted(board: Board, serverNow: number): Agent[] {
  const { by, down } = board.sort;
  const key = (agent: Agent): number => {
    switch (by) {
      case "name":
        return 0;
      case "state":
        return STATES.indexOf(stateOf(agent, serverNow));
      case "since":
        return serverNow - agent.stateSince;
      case "answered":
        return agent.marks.answered;
      case "missed":
        return agent.marks.missed;
    }
  };
  const turn = down ? -1 : 1;
  const name = (a: Agent, b: Agent) => a.displayName.localeCompare(b.displayName) || a.user.localeCompare(b.user);
  return [...(board.agents ?? [])].sort((a, b) =>
    by === "name" ? turn * name(a, b) : turn * (key(a) - key(b)) || name(a, b),
  );
}
