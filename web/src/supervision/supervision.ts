/** The supervisors' side of the page: follows all agents and carries out orders. */

import type { Model } from "../desk/model.ts";
import { LinkDriver } from "../link/driver.ts";
import { HttpError, request } from "../link/http.ts";
import type { Link } from "../link/machine.ts";
import { SUPERVISOR_CHANNEL, type Agent, type Intent, type Overview } from "../link/wire.ts";
import { newManagers, type Board, type Managers, type Problem, type SortBy, type SupervisorActions, type Tab } from "./model.ts";
import type { LiveCall } from "./floor.ts";
import { Planning } from "./planning.ts";
import { absencesOf, answersOf, bindingsOf, importOf, type Absence, type Binding } from "./wire.ts";

/** Bindings in one part of the list. */
const PAGE = 50;
/** A big file takes a while. */
const FILE_TIMEOUT_MS = 60_000;

/** Whom it tells what. */
interface Parts {
  model: Model;
  changed(part: Partial<Model>): void;
  /** As `changed`, but the drawing can wait for the next tick of the page's timers. */
  changedQuietly(part: Partial<Model>): void;
  linkChanged(link: Link): void;
}

/** See the file's text. */
export class Supervision implements SupervisorActions {
  readonly link = new LinkDriver(SUPERVISOR_CHANNEL, {
    newsCame: (overview) => this.newsCame(overview),
    linkChanged: (link) => this.parts.linkChanged(link),
  });
  readonly planning: Planning;
  private readonly byName = new Map<string, Agent>();
  private readonly byCall = new Map<string, LiveCall>();
  /** The newest question for bindings: answers to older ones are let drop. */
  private question = 0;

  constructor(private readonly parts: Parts) {
    this.planning = new Planning(parts);
  }

  start(): void {
    this.byName.clear();
    this.byCall.clear();
    this.link.start();
  }

  stop(): void {
    this.link.stop();
  }

  show(tab: Tab): void {
    this.board({ tab, open: null });
    if (tab === "managers") this.search("", "");
    if (tab === "plan") this.planning.show();
    const first = this.parts.model.board.agents?.[0]?.user;
    if (tab === "absences" && this.parts.model.absences.agent === "" && first !== undefined) this.absencesOf(first);
    else if (tab === "absences") this.absencesOf(this.parts.model.absences.agent);
  }

  sortBy(by: SortBy): void {
    const { sort } = this.parts.model.board;
    this.board({ sort: { by, down: sort.by === by ? !sort.down : by !== "name" && by !== "state" } });
  }

  openAgent(agent: string | null): void {
    this.board({ open: agent, problem: null });
  }

  force(agent: string, intent: Intent, reason: string | null, why: string): void {
    void this.order("PUT", `/api/v1/agents/${encodeURIComponent(agent)}/intent`, { intent, reason, why });
  }

  endWrapUp(agent: string): void {
    void this.order("POST", `/api/v1/agents/${encodeURIComponent(agent)}/wrap_up/end`);
  }

  ban(agent: string, minutes: number, reason: string): void {
    void this.order("PUT", `/api/v1/agents/${encodeURIComponent(agent)}/ban`, { minutes, reason });
  }

  liftBan(agent: string): void {
    void this.order("DELETE", `/api/v1/agents/${encodeURIComponent(agent)}/ban`);
  }

  liftReserveBan(reserve: string): void {
    void this.order("DELETE", `/api/v1/reserves/${encodeURIComponent(reserve)}/ban`);
  }

  cancelCallback(callback: string): void {
    void this.order("DELETE", `/api/v1/callbacks/${encodeURIComponent(callback)}`);
  }

  search(search: string, agent: string): void {
    this.managers({ ...newManagers(), search, agent, loading: true });
    void this.fetchPart(null);
    void this.attempt(async () => {
      const refusers = answersOf(await request("GET", "/api/v1/answers?answer=no&limit=100"));
      this.managers({ refusers });
    });
  }

  more(): void {
    void this.fetchPart(this.parts.model.managers.next);
  }

  edit(binding: Binding | null): void {
    this.managers({ form: binding, problem: null });
  }

  save(binding: Binding): void {
    const consent_at = binding.consentAt === null ? null : new Date(binding.consentAt).toISOString();
    const body = { agent: binding.agent, note: binding.note, consent_at };
    void this.attempt(async () => {
      await request("PUT", `/api/v1/bindings/${encodeURIComponent(binding.number)}`, { body });
      this.again();
    });
  }

  remove(number: string): void {
    void this.attempt(async () => {
      await request("DELETE", `/api/v1/bindings/${encodeURIComponent(number)}`);
      this.again();
    });
  }

  askErase(number: string | null): void {
    this.managers({ erasing: number, problem: null });
  }

  erase(number: string): void {
    void this.attempt(async () => {
      await request("DELETE", `/api/v1/people/${encodeURIComponent(number)}`);
      this.again();
    });
  }

  look(file: File | null): void {
    if (file === null) return this.managers({ preview: null });
    void this.attempt(async () => {
      const answer = importOf(await this.post(file, "?dry_run=true"));
      this.managers({ preview: { file, ...answer, taken: false } });
    });
  }

  takeFile(): void {
    const preview = this.parts.model.managers.preview;
    if (preview === null || preview.taken) return;
    void this.attempt(async () => {
      const answer = importOf(await this.post(preview.file, ""));
      this.managers({ preview: { file: preview.file, ...answer, taken: true } });
      await this.fetchPart(null);
    });
  }

  absencesOf(agent: string): void {
    this.parts.changed({ absences: { agent, rows: [], loading: true, problem: null } });
    void this.away(async () => absencesOf(await request("GET", this.absencePath(agent))));
  }

  addAbsence(absence: Absence): void {
    this.putAbsences([...this.parts.model.absences.rows, absence]);
  }

  removeAbsence(index: number): void {
    this.putAbsences(this.parts.model.absences.rows.filter((_, at) => at !== index));
  }

  private absencePath(agent: string): string {
    return `/api/v1/agents/${encodeURIComponent(agent)}/absences`;
  }

  private putAbsences(absences: Absence[]): void {
    const path = this.absencePath(this.parts.model.absences.agent);
    void this.away(async () => absencesOf(await request("PUT", path, { body: { absences } })));
  }

  private async away(rows: () => Promise<Absence[]>): Promise<void> {
    const { absences } = this.parts.model;
    try {
      this.parts.changed({ absences: { ...absences, rows: await rows(), loading: false, problem: null } });
    } catch (error) {
      this.parts.changed({ absences: { ...absences, loading: false, problem: problemOf(error) } });
    }
  }

  private newsCame(overview: Overview): void {
    if (overview.full) this.byName.clear();
    if (overview.full) this.byCall.clear();
    for (const call of overview.calls) this.byCall.set(call.callId, call);
    for (const call of overview.callsGone) this.byCall.delete(call);
    for (const agent of overview.agents) this.byName.set(agent.user, agent);
    for (const name of overview.removed) this.byName.delete(name);
    const { board } = this.parts.model;
    const open = board.open !== null && this.byName.has(board.open) ? board.open : null;
    const calls = [...this.byCall.values()].sort((a, b) => a.queuedAt - b.queuedAt || a.callId.localeCompare(b.callId));
    const { queues, reserves, callsTotal } = overview;
    const callbacks = overview.callbacks ?? board.callbacks;
    const news = { board: { ...board, agents: [...this.byName.values()], queues, reserves, callbacks, calls, callsTotal, open } };
    // A hundred agents change many times a second; the page draws four times anyway.
    if (board.agents === null) this.parts.changed(news);
    else this.parts.changedQuietly(news);
    if (board.tab === "plan") this.planning.timePassed();
  }

  /** Every order is journalled by the backend with who gave it and why. */
  private async order(method: string, path: string, body?: unknown): Promise<void> {
    if (this.parts.model.board.working) return;
    this.board({ working: true, problem: null });
    try {
      await request(method, path, { body });
      this.board({ working: false, open: null });
    } catch (error) {
      this.board({ working: false, problem: problemOf(error) });
    }
  }

  private async fetchPart(after: string | null): Promise<void> {
    const question = ++this.question;
    const { search, agent } = this.parts.model.managers;
    const query = new URLSearchParams({ limit: String(PAGE), search });
    if (agent !== "") query.set("agent", agent);
    if (after !== null) query.set("after", after);
    await this.attempt(async () => {
      const part = bindingsOf(await request("GET", `/api/v1/bindings?${query}`));
      if (question !== this.question) return;
      const before = after === null ? [] : this.parts.model.managers.bindings;
      this.managers({ ...part, bindings: [...before, ...part.bindings], loading: false });
    });
  }

  /** The list anew, after a change. */
  private again(): void {
    const { search, agent } = this.parts.model.managers;
    this.search(search, agent);
  }

  private post(file: File, query: string): Promise<unknown> {
    return request("POST", `/api/v1/bindings.csv${query}`, { file, timeoutMs: FILE_TIMEOUT_MS });
  }

  private async attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.managers({ loading: false, problem: problemOf(error) });
    }
  }

  private board(part: Partial<Board>): void {
    this.parts.changed({ board: { ...this.parts.model.board, ...part } });
  }

  private managers(part: Partial<Managers>): void {
    this.parts.changed({ managers: { ...this.parts.model.managers, ...part } });
  }
}

/** What the server said, or that it did not answer. */
function problemOf(error: unknown): Problem {
  return (error instanceof HttpError ? error.refused : null) ?? "no_answer";
}
