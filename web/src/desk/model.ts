/** Everything the page draws from, at one moment. */

import type { Link } from "../link/machine.ts";
import type { Command, ConsultAction, TransferTo } from "../link/commands.ts";
import type { Targets } from "./transfer.ts";
import type { Person, Reason } from "../link/http.ts";
import type { Agent, CallCard, Intent, Queue } from "../link/wire.ts";
import type { Absences, Board, Managers, SupervisorActions } from "../supervision/model.ts";
import type { Plan } from "../supervision/plan.ts";
import type { Language } from "../text/language.ts";
import type { Text } from "../text/en.ts";
import type { Refused } from "../text/refused.ts";

/** Why signing in did not work, or why it is asked again. */
export type SignInProblem =
  | { is: "wrong" }
  | { is: "wait"; untilLocalMs: number }
  | { is: "unreachable" }
  | { is: "other"; refused: Refused }
  | { is: "ended" };

/** Which page is on the screen. */
export type Screen =
  | { at: "loading"; failing: boolean }
  | { at: "sign_in"; problem: SignInProblem | null; working: boolean; passwordShown: boolean }
  | { at: "wrong_role"; person: Person }
  | { at: "desk"; person: Person }
  | { at: "supervisor"; person: Person };

/** Whether a wish of the agent is under way or was refused. */
export type Wish =
  | { is: "none" }
  | { is: "sent"; intent: Intent; reason: string | null }
  | { is: "failed" }
  | { is: "refused"; refused: Refused };

/** A wish other than an intent: what is asked, and why it was refused. */
export type Order =
  | { is: "none" }
  | { is: "sent"; type: Command["type"] }
  | { is: "refused"; type: Command["type"]; refused: Refused | null };

/** Whether an offer can be heard: browsers allow sound only after a press. */
export type Sound = "on" | "off" | "blocked";

/** The whole model. */
export interface Model {
  language: Language;
  text: Text;
  /** Local time of this drawing. */
  localNow: number;
  /** Server time of this drawing. */
  serverNow: number;
  screen: Screen;
  link: Link;
  agent: Agent | null;
  queues: Queue[];
  /** The call of the last talk, for the card during wrap-up. */
  lastCall: CallCard | null;
  wish: Wish;
  /** Which other wish is under way, and what went wrong with the last one. */
  order: Order;
  /** Reasons for not being ready, as the owner lists them. */
  reasons: readonly Reason[];
  /** The end of the absence that the person has read about. */
  awayRead: number | null;
  board: Board;
  managers: Managers;
  absences: Absences;
  /** The plan of shifts of today. */
  plan: Plan;
  reasonsOpen: boolean;
  /** The list of those to whom the caller can be handed over. */
  transfer: { open: boolean; targets: Targets | null; failed: boolean };
  keysOpen: boolean;
  sound: Sound;
  /** `default` means: not asked yet. `unsupported` where there are none. */
  notifications: NotificationPermission | "unsupported";
  /** What a screen reader says now. */
  said: string;
}

/** What the person can do. */
export interface Actions {
  readonly supervisor: SupervisorActions;
  signIn(user: string, password: string): void;
  togglePassword(): void;
  signOut(): void;
  chooseLanguage(language: Language): void;
  toggleReady(): void;
  chooseReason(reason: string): void;
  toggleReasons(open: boolean): void;
  endWrapUp(): void;
  extendWrapUp(): void;
  liftBan(): void;
  chooseAfterCall(intent: Intent | "stay", reason: string | null): void;
  /** Opens or closes the list of those to whom the caller can be handed over. */
  toggleTransfer(open: boolean): void;
  handOver(action: "blind" | "consult", to: TransferTo): void;
  changeConsult(action: ConsultAction): void;
  readAway(): void;
  toggleKeys(open: boolean): void;
  toggleSound(): void;
  allowNotifications(): void;
}
