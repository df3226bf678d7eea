/** The agent's desk: keeps the model, carries out what the person does, and has it drawn. */

import { OfferAlert } from "../alert/offer_alert.ts";
import type { Command, ConsultAction, TransferTo } from "../link/commands.ts";
import { LinkDriver } from "../link/driver.ts";
import { currentSession, fetchReasons, HttpError, signIn, signOut, type Person } from "../link/http.ts";
import { newLink, type Link } from "../link/machine.ts";
import { AGENT_CHANNEL, type Agent, type Intent, type State } from "../link/wire.ts";
import { browserLanguage, keepLanguage, onLanguageKept, TEXTS, spoken, type Language } from "../text/language.ts";
import type { Actions, Model, SignInProblem } from "./model.ts";
import { callerName } from "./caller.ts";
import { newBoard, newManagers } from "../supervision/model.ts";
import { newPlan } from "../supervision/plan.ts";
import { Supervision } from "../supervision/supervision.ts";
import { fetchTargets } from "./transfer.ts";
import { SessionNews } from "./session_news.ts";
import { USUAL_REASONS } from "../text/reason.ts";

/** Timers on the page show whole seconds: four drawings a second keep them honest. */
const DRAW_EVERY_MS = 250;
/** A page opened while the backend starts looks again this often. */
const SESSION_RETRY_EVERY_MS = 3_000;

const NO_TRANSFER = { open: false, targets: null, failed: false };

/** The desk of one tab. */
export class Desk implements Actions {
  readonly model: Model;
  private readonly link = new LinkDriver(AGENT_CHANNEL, {
    newsCame: (state) => this.stateCame(state),
    linkChanged: (link) => this.linkChanged(link),
  });
  private readonly alert = new OfferAlert((sound) => this.change({ sound }));
  private readonly news = new SessionNews(() => void this.findSession());
  private drawAsked = false;
  readonly supervisor: Supervision;

  constructor(private readonly draw: (model: Model, actions: Actions) => void) {
    const language = browserLanguage();
    this.model = {
      language,
      text: TEXTS[language],
      localNow: Date.now(),
      serverNow: Date.now(),
      screen: { at: "loading", failing: false },
      link: newLink(),
      agent: null,
      queues: [],
      lastCall: null,
      wish: { is: "none" },
      order: { is: "none" },
      reasons: USUAL_REASONS,
      awayRead: null,
      board: newBoard(),
      managers: newManagers(),
      plan: newPlan(),
      absences: { agent: "", rows: [], loading: false, problem: null },
      reasonsOpen: false,
      transfer: NO_TRANSFER,
      keysOpen: false,
      sound: this.alert.sound,
      notifications: typeof Notification === "undefined" ? "unsupported" : Notification.permission,
      said: "",
    };
    this.supervisor = new Supervision({
      model: this.model,
      changed: (part) => this.change(part),
      changedQuietly: (part) => void Object.assign(this.model, part),
      linkChanged: (link) => this.linkChanged(link),
    });
  }

  /** Begins: finds out who is signed in, and ticks. */
  start(): void {
    onLanguageKept((language) => this.setLanguage(language));
    setInterval(() => this.drawSoon(), DRAW_EVERY_MS);
    addEventListener("online", () => this.activeLink.nudge());
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) this.activeLink.nudge();
    });
    void this.findSession();
    this.drawSoon();
  }

  signIn(user: string, password: string): void {
    const screen = this.model.screen;
    if (screen.at !== "sign_in" || screen.working || this.mustWait()) return;
    this.change({ screen: { ...screen, working: true } });
    signIn(user.trim(), password).then(
      (person) => {
        this.news.tell();
        this.openDesk(person);
      },
      (error: unknown) => this.askSignIn(signInProblem(error)),
    );
  }

  togglePassword(): void {
    const screen = this.model.screen;
    if (screen.at === "sign_in") this.change({ screen: { ...screen, passwordShown: !screen.passwordShown } });
  }

  signOut(): void {
    void this.leave();
  }

  chooseLanguage(language: Language): void {
    keepLanguage(language);
    this.setLanguage(language);
  }

  toggleReady(): void {
    if (this.model.agent === null) return;
    const wished = this.model.wish.is === "sent" ? this.model.wish.intent : this.model.agent.intent;
    this.wish(wished === "ready" ? "not_ready" : "ready", null);
  }

  chooseReason(reason: string): void {
    if (this.model.agent !== null) this.wish("not_ready", reason);
  }

  toggleReasons(open: boolean): void {
    this.change({ reasonsOpen: open });
  }

  endWrapUp(): void {
    if (this.model.agent?.activity === "wrap_up") this.order({ type: "end_wrap_up" });
  }

  extendWrapUp(): void {
    if ((this.model.agent?.wrapUpExtendsTo ?? null) !== null) this.order({ type: "extend_wrap_up" });
  }

  liftBan(): void {
    if (this.model.agent?.mayLiftBan === true) this.order({ type: "lift_ban" });
  }

  chooseAfterCall(intent: Intent | "stay", reason: string | null): void {
    if (this.model.agent !== null) this.order({ type: "after_call", intent, reason });
  }

  toggleTransfer(open: boolean): void {
    if (!open) return this.change({ transfer: NO_TRANSFER });
    if (!this.mayHandOver() || this.model.transfer.open) return;
    const asked = { open: true, targets: null, failed: false };
    this.change({ transfer: asked });
    fetchTargets().then(
      (targets) => {
        if (this.model.transfer === asked) this.change({ transfer: { ...asked, targets } });
      },
      () => {
        if (this.model.transfer === asked) this.change({ transfer: { ...asked, failed: true } });
      },
    );
  }

  handOver(action: "blind" | "consult", to: TransferTo): void {
    this.change({ transfer: NO_TRANSFER });
    if (this.mayHandOver()) this.order({ type: "transfer", action, to });
  }

  changeConsult(action: ConsultAction): void {
    if (this.model.agent?.call?.consult?.isAsked === false) this.order({ type: "transfer", action });
  }

  /** In a talk, and nobody is asked yet. */
  private mayHandOver(): boolean {
    const { agent } = this.model;
    return agent?.activity === "talking" && agent.call !== null && agent.call.consult === null;
  }

  readAway(): void {
    this.change({ awayRead: this.model.agent?.awayUntil ?? null });
  }

  toggleKeys(open: boolean): void {
    this.change({ keysOpen: open });
  }

  toggleSound(): void {
    this.alert.toggleSound();
  }

  allowNotifications(): void {
    Notification.requestPermission().then(
      (notifications) => this.change({ notifications }),
      () => this.change({ notifications: "denied" }),
    );
  }

  private async findSession(): Promise<void> {
    try {
      const person = await currentSession();
      if (person === null) this.askSignIn(null);
      else this.openDesk(person);
    } catch (error) {
      if (this.model.screen.at !== "loading") return; // the link finds out what is wrong
      console.warn("cordboard session:", error instanceof Error ? error.message : error);
      this.change({ screen: { at: "loading", failing: true } });
      setTimeout(() => void this.findSession(), SESSION_RETRY_EVERY_MS);
    }
  }

  private askSignIn(problem: SignInProblem | null): void {
    this.stopLinks();
    this.alert.over();
    this.change({
      screen: { at: "sign_in", problem, working: false, passwordShown: false },
      agent: null,
      queues: [],
      lastCall: null,
      wish: { is: "none" },
      reasonsOpen: false,
      transfer: NO_TRANSFER,
      keysOpen: false,
    });
  }

  private openDesk(person: Person): void {
    const screen = this.model.screen;
    if ((screen.at === "desk" || screen.at === "supervisor") && screen.person.user === person.user) return;
    if (person.role === "supervisor" || person.role === "admin") return this.openBoard(person);
    if (person.role !== "agent") {
      this.stopLinks();
      this.change({ screen: { at: "wrong_role", person }, agent: null });
      return;
    }
    this.change({ screen: { at: "desk", person }, agent: null, queues: [], lastCall: null });
    this.stopLinks();
    this.link.start();
    void this.findReasons();
  }

  private openBoard(person: Person): void {
    this.change({ screen: { at: "supervisor", person }, agent: null, board: newBoard(), managers: newManagers(), plan: newPlan() });
    this.stopLinks();
    this.supervisor.start();
    void this.findReasons();
  }

  private stopLinks(): void {
    this.link.stop();
    this.supervisor.stop();
  }

  private get activeLink(): { nudge(): void; clock: { at(localMs: number): number } } {
    return this.model.screen.at === "supervisor" ? this.supervisor.link : this.link;
  }

  /** Without the owner's list the usual reasons stay. */
  private async findReasons(): Promise<void> {
    const reasons = await fetchReasons().catch(() => []);
    if (reasons.length > 0) this.change({ reasons });
  }

  private async leave(): Promise<void> {
    // Offline first: a person who is gone must not be offered a caller. If
    // that cannot be said, the page's absence tells the backend soon enough.
    if (this.model.agent !== null) {
      await this.send({ type: "intent", intent: "offline", reason: null }).catch(() => undefined);
    }
    const restart = this.model.screen.at === "supervisor" ? this.supervisor : this.link;
    this.stopLinks();
    try {
      await signOut();
      this.news.tell();
      this.askSignIn(null);
    } catch (error) {
      if (error instanceof HttpError && error.status === 401) return this.askSignIn(null);
      // The cookie is still good: show the desk rather than pretend.
      this.change({ wish: { is: "failed" } });
      restart.start();
    }
  }

  private wish(intent: Intent, reason: string | null): void {
    const wish = { is: "sent", intent, reason } as const;
    this.change({ wish, reasonsOpen: false });
    this.send({ type: "intent", intent, reason }).then(
      () => {
        if (this.model.wish === wish) this.change({ wish: { is: "none" } });
      },
      (error: unknown) => {
        if (this.model.wish !== wish) return; // a newer wish counts
        const refused = error instanceof HttpError ? error.refused : null;
        this.change({ wish: refused === null ? { is: "failed" } : { is: "refused", refused } });
      },
    );
  }

  private order(command: Command): void {
    if (this.model.order.is === "sent" && this.model.order.type === command.type) return;
    const order = { is: "sent", type: command.type } as const;
    this.change({ order });
    this.send(command).then(
      () => {
        if (this.model.order === order) this.change({ order: { is: "none" } });
      },
      (error: unknown) => {
        if (this.model.order !== order) return;
        const refused = error instanceof HttpError ? error.refused : null;
        this.change({ order: { is: "refused", type: command.type, refused } });
      },
    );
  }

  private send(command: Command): Promise<void> {
    return this.link.send(command);
  }

  private stateCame(state: State): void {
    const before = this.model.agent;
    const agent = state.agent;
    const wish = this.model.wish;
    const granted = wish.is === "sent" && wish.intent === agent.intent && wish.reason === agent.reason;
    const settled = granted || (wish.is !== "sent" && wish.is !== "none" && before?.intentSince !== agent.intentSince);
    const changed = before?.stateSince !== agent.stateSince || before.bannedUntil !== agent.bannedUntil;
    this.alert.follow(agent, this.model.text);
    this.change({
      agent,
      queues: state.queues,
      lastCall: agent.call ?? (agent.activity === "wrap_up" ? this.model.lastCall : null),
      wish: settled ? { is: "none" } : wish,
      order: this.model.order.is === "refused" && changed ? { is: "none" } : this.model.order,
      said: this.saidOf(before, agent) ?? this.model.said,
    });
  }

  private linkChanged(link: Link): void {
    if (link.phase.at === "signed_out") return this.askSignIn({ is: "ended" });
    // Every frame changes the link a little; only its health is drawn.
    if (link.health === this.model.link.health && link.via === this.model.link.via) this.model.link = link;
    else this.change({ link });
  }

  private saidOf(before: Agent | null, agent: Agent): string | null {
    const text = this.model.text;
    if (before?.activity !== agent.activity || before.call?.offerId !== agent.call?.offerId) {
      const waited = agent.call === null ? "" : spoken(text, this.link.clock.at(Date.now()) - agent.call.queuedAt);
      if (agent.activity === "ringing" && agent.call !== null) {
        return text.said.ringing(callerName(agent.call, text), agent.call.queue, waited);
      }
      if (agent.activity === "talking" && agent.call !== null) return text.said.talking(callerName(agent.call, text));
      if (agent.activity === "wrap_up") return `${text.call.wrap_up}.`;
    }
    if (before !== null && before.phone !== agent.phone && agent.phone === "absent") return `${text.call.phone_absent}.`;
    if (before?.intent !== agent.intent) return text.said.intent(text.intent[agent.intent]);
    return null;
  }

  private mustWait(): boolean {
    const screen = this.model.screen;
    return screen.at === "sign_in" && screen.problem?.is === "wait" && screen.problem.untilLocalMs > Date.now();
  }

  private setLanguage(language: Language): void {
    this.change({ language, text: TEXTS[language] });
  }

  private change(part: Partial<Model>): void {
    Object.assign(this.model, part);
    this.drawSoon();
  }

  /** Draws once, however many changes this turn brings; hidden tabs draw too, for their title. */
  private drawSoon(): void {
    if (this.drawAsked) return;
    this.drawAsked = true;
    queueMicrotask(() => {
      this.drawAsked = false;
      this.model.localNow = Date.now();
      this.model.serverNow = this.activeLink.clock.at(this.model.localNow);
      this.draw(this.model, this);
    });
  }
}

function signInProblem(error: unknown): SignInProblem {
  if (!(error instanceof HttpError)) return { is: "other", refused: { code: "", field: null, problem: null, message: String(error) } };
  if (error.status === 401) return { is: "wrong" };
  if (error.retryAfterS !== null) return { is: "wait", untilLocalMs: Date.now() + error.retryAfterS * 1000 };
  if (error.status === 0 || error.status >= 500) return { is: "unreachable" };
  return { is: "other", refused: { code: error.code, field: error.field, problem: error.problem, message: error.message } };
}
