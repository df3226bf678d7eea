import { plural } from "./plural.ts";

const rule = new Intl.PluralRules("en");

/** English. Its shape is the type that every other language must have. */
export const en = {
  language: "English",
  page_title: "Cordboard – agent",

  sign_in: {
    title: "Sign in",
    lead: "Take calls, see your queue, know who is waiting.",
    user: "User name",
    password: "Password",
    show_password: "Show password",
    hide_password: "Hide password",
    submit: "Sign in",
    working: "Signing in…",
    wrong: "The user name or the password is wrong. Check both and try again.",
    wait: (left: string) => `Too many tries. You can try again in ${left}.`,
    unreachable: "The server does not answer. Check your network and try again.",
    other: (message: string) => `Signing in did not work: ${message}`,
    ended: "Your session has ended. Please sign in again.",
    not_agent: (name: string, role: string) =>
      `${name} is signed in as ${role}. This page is for agents: sign out and use an agent’s name.`,
  },

  header: {
    sign_out: "Sign out",
    language: "Language",
    sound_on: "Sound is on",
    sound_off: "Sound is off",
    sound_blocked: "Allow sound",
    notify: "Notify me",
    notify_hint: "Show a system notification when a call comes and this page is hidden",
    keys: "Keys",
    phone: { present: "Phone connected", absent: "Phone not connected", unknown: "Phone: no news" },
  },

  link: {
    connecting: "Connecting…",
    broken: "No connection to the server. Trying again…",
    broken_hint: "What you see may be out of date. A call in progress goes on.",
    poll: "Slow connection: changes may come a little late.",
  },

  intent: {
    ready: "Ready",
    not_ready: "Not ready",
    offline: "Offline",
    press_when_ready: "Press when you are ready for calls",
    press_to_stop: "Press to stop taking calls",
    after_call_ready: "After this call you get the next one",
    after_call_stop: "After this call you get no more",
    saving: "Saving…",
    failed: "Not saved: no connection. Press again.",
    refused: (message: string) => `Not saved: ${message}`,
    why: "Choose a reason",
    reasons: { break: "Break", lunch: "Lunch", training: "Training", other: "Other" } as Record<ReasonKey, string>,
  },

  call: {
    title: "Call",
    idle_ready: "Waiting for a call",
    idle_ready_hint: "The next caller is yours. Your phone will ring.",
    idle_not_ready: "You get no calls now",
    idle_not_ready_hint: "Callers go to your colleagues until you are ready.",
    retry: (time: string) => `Next offer after ${time}`,
    retry_hint: "The last call was not taken, so you are passed over for a moment.",
    reserved: "A call is on its way to you",
    ringing: "Incoming call",
    ringing_hint: "Answer on your phone",
    talking: "Talking with",
    wrap_up: "After the call",
    wrap_up_hint: "Finish your notes. The next call can come when the time is up.",
    wrap_up_open_hint: "Finish your notes, then press Done.",
    done: "Done",
    busy: "Busy",
    unknown_caller: "Number withheld",
    queue: "Queue",
    waited: "Waiting",
    waited_total: "Waited",
    talk: "Talk time",
    dialed: "Dialled",
    note: "Note",
    time_left: "left",
    phone_absent: "Your phone is not connected",
    phone_absent_hint: "No call can reach you. Check that the phone is switched on and in the network, and that it is registered with your user name.",
    offer_title: (who: string) => `☎ ${who} – Cordboard`,
    notification: (who: string, queue: string) => `${who} – queue ${queue}`,
  },

  marks: {
    title: "My day",
    answered: "Answered",
    missed: "Missed",
    rejected: "Rejected",
    unreachable: "Not reached",
    busy: "Phone busy",
    answer_speed: "Answer speed",
    talk: "Talk time",
    streak: (n: number) => plural(rule, n, { one: "1 miss in a row", other: `${n} misses in a row` }),
  },

  queues: {
    title: "Queues",
    none: "You are in no queue yet.",
    queue: "Queue",
    waiting: "Waiting",
    longest: "Longest wait",
    free: "Free",
    talking: "Talking",
    ready: "Ready",
    answered: "Answered today",
    abandoned: "Hung up waiting",
    callers: (n: number) => plural(rule, n, { one: "1 caller waiting", other: `${n} callers waiting` }),
    nobody: "Nobody is waiting",
  },

  keys: {
    title: "Keys",
    ready: "Ready / not ready",
    end_wrap_up: "End the time after the call",
    help: "Show or hide this list",
    close: "Close",
    note: "Keys do nothing while you type in a field.",
  },

  units: {
    /** Short spans in running text. */
    seconds: (n: number) => plural(rule, n, { one: "1 second", other: `${n} seconds` }),
    minutes: (n: number) => plural(rule, n, { one: "1 minute", other: `${n} minutes` }),
    hours_short: (n: number) => `${n} h`,
    minutes_short: (n: number) => `${n} min`,
    seconds_short: (n: string) => `${n} s`,
  },

  /** Sentences for screen readers: said once, when the state changes. */
  said: {
    ringing: (who: string, queue: string, waited: string) =>
      `Incoming call from ${who}, queue ${queue}, waiting for ${waited}.`,
    talking: (who: string) => `Talking with ${who}.`,
    intent: (word: string) => `You are now: ${word}.`,
  },
};

/** The reasons for not being ready that the page offers; what goes over the wire. */
export type ReasonKey = "break" | "lunch" | "training" | "other";

/** Every text of the page in one language. */
export type Text = typeof en;
