/** The service level of the day, from the reports: too dear to be pushed, so it is asked for once a minute. */

import { fields, list, number, textOrNull } from "../link/fields.ts";

/** Answered in time, of how many, and what "in time" is. */
export interface ServiceLevel {
  inTime: number;
  of: number;
  withinS: number;
}

/** How often it is asked for: it is a measure of the day and moves slowly. */
export const SERVICE_LEVEL_EVERY_MS = 60_000;

/** By queue, as the report of queues tells. */
export function serviceLevelsOf(report: unknown): Map<string, ServiceLevel> {
  const from = fields(report, "report");
  const withinS = number(fields(from["rule"], "rule"), "threshold_ms") / 1_000;
  const rows = list(from, "rows", (row): [string, ServiceLevel] => {
    const one = fields(row, "row");
    const ratio = fields(fields(one["service_level"], "service_level")["by_rule"], "by_rule");
    const level = { inTime: number(ratio, "numerator"), of: number(ratio, "denominator"), withinS };
    return [textOrNull(one, "queue") ?? "", level];
  });
  return new Map(rows);
}
