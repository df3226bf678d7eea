/** Reads the plan of shifts of today, and takes files of it. */

import type { Model } from "../desk/model.ts";
import { HttpError, request } from "../link/http.ts";
import type { Problem } from "./model.ts";
import { shiftsOf, type Plan, type Shift } from "./plan.ts";
import { importOf } from "./wire.ts";

/** Parts of the list that are read: 20,000 pieces, more than a day of any centre. */
const PARTS_MAX = 20;
/** A big file takes a while. */
const FILE_TIMEOUT_MS = 60_000;
/** Days in the file that is offered first. */
const SAVED_DAYS = 7;

/** Whom it tells what. */
interface Parts {
  readonly model: Model;
  changed(part: Partial<Model>): void;
}

/** See the file's text. */
export class Planning {
  constructor(private readonly parts: Parts) {}

  /** Reads today's plan. Days are those of this computer. */
  show(): void {
    const now = new Date(this.parts.model.serverNow);
    const [from, to, last] = [0, 1, SAVED_DAYS - 1].map((days) => new Date(now.getFullYear(), now.getMonth(), now.getDate() + days));
    if (from === undefined || to === undefined || last === undefined) return;
    const saved = this.plan.saved.from === "" ? { from: dateField(from), to: dateField(last) } : this.plan.saved;
    this.change({ until: to.getTime(), saved });
    void this.attempt(async () => {
      const shifts: Shift[] = [];
      let next: string | null = null;
      for (let part = 0; part < PARTS_MAX; part++) {
        const query = new URLSearchParams({ from: from.toISOString(), to: to.toISOString() });
        if (next !== null) query.set("after", next);
        const page = shiftsOf(await request("GET", `/api/v1/shifts?${query}`));
        shifts.push(...page.shifts);
        next = page.next;
        if (next === null) break;
      }
      this.change({ shifts, problem: null });
    });
  }

  /** Reads anew when the day is over. */
  timePassed(): void {
    if (this.plan.shifts !== null && this.parts.model.serverNow >= this.plan.until) this.show();
  }

  /** Looks at a file without taking it. */
  look(file: File | null): void {
    if (file === null) return this.change({ preview: null });
    void this.attempt(async () => {
      const answer = importOf(await this.post(file, "&dry_run=true"));
      this.change({ preview: { file, ...answer, taken: false }, problem: null });
    });
  }

  takeFile(): void {
    const { preview } = this.plan;
    if (preview === null || preview.taken || preview.refused > 0) return;
    void this.attempt(async () => {
      const answer = importOf(await this.post(preview.file, ""));
      this.change({ preview: { file: preview.file, ...answer, taken: true }, problem: null });
      this.show();
    });
  }

  /** First and last day of the file that can be saved. */
  save(from: string, to: string): void {
    this.change({ saved: { from, to } });
  }

  private get plan(): Plan {
    return this.parts.model.plan;
  }

  private post(file: File, query: string): Promise<unknown> {
    return request("POST", `/api/v1/shifts.csv?zone=${encodeURIComponent(ownZone())}${query}`, { file, timeoutMs: FILE_TIMEOUT_MS });
  }

  private async attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      const problem: Problem = (error instanceof HttpError ? error.refused : null) ?? "no_answer";
      this.change({ problem });
    }
  }

  private change(part: Partial<Plan>): void {
    this.parts.changed({ plan: { ...this.plan, ...part } });
  }
}

/** The time zone of this computer: that of times without an offset in a file. */
export function ownZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** Where the plan of these days is saved from; `null` while the days make no sense. */
export function savedPath({ from, to }: Plan["saved"]): string | null {
  const first = new Date(`${from}T00:00`);
  const last = new Date(`${to}T00:00`);
  if (Number.isNaN(first.getTime()) || Number.isNaN(last.getTime()) || last < first) return null;
  const end = new Date(last.getFullYear(), last.getMonth(), last.getDate() + 1);
  return `/api/v1/shifts.csv?${new URLSearchParams({ from: first.toISOString(), to: end.toISOString(), zone: ownZone() })}`;
}

function dateField(day: Date): string {
  const two = (n: number) => String(n).padStart(2, "0");
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
}
