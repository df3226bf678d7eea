/** What the agent's page wants done: over the socket as it is, over HTTP by these routes. */

import type { Intent } from "./wire.ts";

/** One wish. All but transfers are idempotent: one whose answer was lost is sent again. */
export type Command =
  | { type: "intent"; intent: Intent; reason: string | null }
  | { type: "after_call"; intent: Intent | "stay"; reason: string | null }
  | { type: "end_wrap_up" }
  | { type: "extend_wrap_up" }
  | { type: "lift_ban" }
  | { type: "transfer"; action: "blind" | "consult"; to: TransferTo }
  | { type: "transfer"; action: ConsultAction };

/** Whom a caller is handed over to. */
export type TransferTo = { type: "agent"; agent: string } | { type: "queue"; queue: string } | { type: "number"; number: string };

/** What an agent does with a colleague who is asked. */
export type ConsultAction = "complete" | "swap" | "merge" | "cancel";

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
    case "transfer": {
      const { type: _type, ...body } = command;
      return { method: "POST", path: "/api/v1/agent/transfer", body };
    }
    case "lift_ban":
      return { method: "POST", path: "/api/v1/agent/ban/lift" };
  }
}
