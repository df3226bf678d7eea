/** How a caller is called on the page. */

import type { CallCard } from "../link/wire.ts";
import type { Text } from "../text/en.ts";

/** The caller's name if known, else the number, else that it is withheld. */
export function callerName(call: CallCard, text: Text): string {
  return call.displayName ?? (call.callerNumber === "" ? text.call.unknown_caller : call.callerNumber);
}
