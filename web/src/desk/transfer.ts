/** Whom a caller can be handed over to, as the backend lists them. */

import { fields, flag, list, number, oneOf, text } from "../link/fields.ts";
import { request } from "../link/http.ts";
import type { TransferTo } from "../link/commands.ts";

/** What a transfer to a colleague would meet. */
export type ColleagueState = "free" | "busy" | "not_ready" | "phone_absent";

/** One target of the list. */
export type Target =
  | { kind: "agent"; to: TransferTo; name: string; state: ColleagueState }
  | { kind: "queue"; to: TransferTo; name: string; waiting: number; free: number; isOpen: boolean }
  | { kind: "number"; to: TransferTo; name: string; number: string };

/** All of them, and whether a number that is not listed may be dialled. */
export interface Targets {
  list: Target[];
  otherNumbers: boolean;
}

const STATES: readonly ColleagueState[] = ["free", "busy", "not_ready", "phone_absent"];

/** Asks for the list. Throws `HttpError`. */
export async function fetchTargets(): Promise<Targets> {
  const from = fields(await request("GET", "/api/v1/agent/transfer"), "targets");
  const agents = list(from, "agents", (value): Target => {
    const own = fields(value, "agents");
    const agent = text(own, "agent");
    return { kind: "agent", to: { type: "agent", agent }, name: text(own, "display_name"), state: oneOf(own, "state", STATES, "busy") };
  });
  const queues = list(from, "queues", (value): Target => {
    const own = fields(value, "queues");
    const queue = text(own, "queue");
    const isOpen = flag(own, "is_open");
    return { kind: "queue", to: { type: "queue", queue }, name: queue, waiting: number(own, "waiting"), free: number(own, "agents_free"), isOpen };
  });
  const numbers = list(from, "numbers", (value): Target => {
    const own = fields(value, "numbers");
    const dialled = text(own, "number");
    return { kind: "number", to: { type: "number", number: dialled }, name: text(own, "name"), number: dialled };
  });
  return { list: [...agents, ...queues, ...numbers], otherNumbers: flag(from, "other_numbers") };
}
