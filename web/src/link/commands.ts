/** What the agent's page wants done: over the socket as it is, over HTTP by these routes. */

import type { Intent } from "./wire.ts";

/** One wish. All are idempotent: one whose answer was lost is sent again. */
export type Command =
  | { type: "intent"; intent: Intent; reason: string | null }
  | { type: "after_call"; intent: Intent | "stay"; reason: string | null }
  | { type: "end_wrap_up" }
  | { type: "extend_wrap_up" }
  | { type: "lift_ban" };

/** A command as an HTTP request. */
export function requestOf(command: Command): { method: string; path: string; body?: unknown } {
  switch (command.type) {
    case "intent":
    case "after_call": {
      const { intent, reason } = command;
      return { method: "PUT", path: `/api/v1/agent/${command.type}`, body: { intent, reason } };
    }
    case "end_wrap_up":
      return { method: "POST", path: "/api/v1/agent/wrap_up/end" };
    case "extend_wrap_up":
      return { method: "POST", path: "/api/v1/agent/wrap_up/extend" };
    case "lift_ban":
      return { method: "POST", path: "/api/v1/agent/ban/lift" };
  }
}
