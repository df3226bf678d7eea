/**
 * The agent link as a pure machine: `step(link, now, input, chance)` gives the
 * next link and what to do. No clock, socket or random number in here; the
 * driver (driver.ts) owns those.
 *
 * 1. Ask for a single-use ticket, open the WebSocket with it, ping at once.
 * 2. Heard nothing for too long, or closed: wait 1-5 s and begin again, with
 *    `after` = the last event seen, so that the server may skip what is known.
 * 3. Sockets that keep failing although tickets are given (a proxy that does
 *    not pass WebSocket): long poll instead, and try a socket now and then.
 * 4. A 401 ends it: the session is over and a person must sign in.
 */

/** Where the link is. Times are local, in ms since 1970. */
export type Link = Readonly<{
  phase: Phase;
  /** What carried the last good news: decides whether the page shows trouble. */
  health: "new" | "live" | "broken";
  /** What the page is fed by, or was fed by last. */
  via: "socket" | "poll";
  /** Broken attempts in a row, of any kind: sets the wait. */
  failures: number;
  /** Sockets in a row that never became steady although a ticket was given. */
  socketFailures: number;
  /** The last event the page has seen. */
  lastEventId: number | null;
  /** While polling: when a socket is tried again. */
  socketRetryAt: number;
}>;

/** The steps a link goes through. */
export type Phase =
  | { at: "stopped" }
  | { at: "ticket" }
  | { at: "opening"; giveUpAt: number }
  | { at: "open"; openedAt: number; pingDueAt: number; pongDueAt: number | null }
  | { at: "waiting"; until: number }
  | { at: "polling" }
  | { at: "signed_out" };

/** What can happen to a link. */
export type LinkInput =
  | { is: "start" }
  | { is: "stop" }
  /** A ticket was given. */
  | { is: "ticket"; ticket: string }
  /** The backend answered 401. */
  | { is: "refused" }
  /** A request failed otherwise: no answer, a timeout, a 5xx. */
  | { is: "unreachable" }
  | { is: "opened" }
  /** A frame came; `eventId` if it was a state. */
  | { is: "heard"; eventId: number | null }
  | { is: "closed" }
  /** A long poll was answered. */
  | { is: "polled"; lastEventId: number | null }
  /** The time asked for by {@link nextWake} has come. */
  | { is: "wake" }
  /** The network came back or the page was looked at: do not wait any longer. */
  | { is: "nudge" };

/** What the driver must do, in order. */
export type LinkEffect =
  | { do: "ask_ticket" }
  | { do: "open_socket"; ticket: string; after: number | null }
  | { do: "close_socket" }
  | { do: "ping" }
  | { do: "poll"; after: number | null }
  | { do: "abort_requests" };

/** A first wait below a second would only meet the same restart again. */
export const BACKOFF_MS_MIN = 1_000;
/** An agent must not sit longer than this beside a backend that is back. */
export const BACKOFF_MS_MAX = 5_000;
/** A socket that is not open by then is held up by something on the way. */
export const OPEN_TIMEOUT_MS = 8_000;
/** The server is heard more often than this; if not, it is asked whether it lives. */
export const PING_EVERY_MS = 4_000;
/** No answer to a ping for this long: the socket is dead though not closed. */
export const PONG_TIMEOUT_MS = 4_000;
/** A socket that lived this long has proved that sockets work here. */
export const STEADY_AFTER_MS = 5_000;
/** Three in a row is a pattern, not an accident: poll instead. */
export const SOCKET_FAILURES_MAX = 3;
/** While polling, a socket is worth another try this often. */
export const SOCKET_RETRY_EVERY_MS = 60_000;

/** A link that has not been started. */
export function newLink(): Link {
  return {
    phase: { at: "stopped" },
    health: "new",
    via: "socket",
    failures: 0,
    socketFailures: 0,
    lastEventId: null,
    socketRetryAt: 0,
  };
}

/** When `wake` is next due; `null` while nothing is timed. */
export function nextWake(link: Link): number | null {
  const phase = link.phase;
  switch (phase.at) {
    case "opening":
      return phase.giveUpAt;
    case "open":
      return phase.pongDueAt ?? phase.pingDueAt;
    case "waiting":
      return phase.until;
    case "stopped":
    case "ticket":
    case "polling":
    case "signed_out":
      return null;
  }
}

type Step = [Link, LinkEffect[]];

/** Takes one input at `now`; `chance` is a fresh random number in [0, 1). */
export function step(link: Link, now: number, input: LinkInput, chance: number): Step {
  switch (input.is) {
    case "start":
      return askTicket({ ...link, failures: 0 });
    case "stop":
      return [{ ...newLink() }, [{ do: "abort_requests" }, { do: "close_socket" }]];
    case "ticket":
      return ticketGiven(link, now, input.ticket);
    case "refused":
      return isRunning(link)
        ? [{ ...link, phase: { at: "signed_out" } }, [{ do: "abort_requests" }, { do: "close_socket" }]]
        : [link, []];
    case "unreachable":
      return link.phase.at === "ticket" || link.phase.at === "polling" ? broken(link, now, chance) : [link, []];
    case "opened":
      return opened(link, now);
    case "heard":
      return heard(link, now, input.eventId);
    case "closed":
      return socketFailed(link, now, chance);
    case "polled":
      return polled(link, now, input.lastEventId);
    case "wake":
      return woken(link, now, chance);
    case "nudge":
      return nudged(link, now);
  }
}

function isRunning(link: Link): boolean {
  return link.phase.at !== "stopped" && link.phase.at !== "signed_out";
}

function askTicket(link: Link): Step {
  return [{ ...link, phase: { at: "ticket" } }, [{ do: "ask_ticket" }]];
}

function poll(link: Link): Step {
  return [{ ...link, phase: { at: "polling" } }, [{ do: "poll", after: link.lastEventId }]];
}

function ticketGiven(link: Link, now: number, ticket: string): Step {
  if (link.phase.at !== "ticket") return [link, []];
  const phase: Phase = { at: "opening", giveUpAt: now + OPEN_TIMEOUT_MS };
  return [{ ...link, phase }, [{ do: "open_socket", ticket, after: link.lastEventId }]];
}

function opened(link: Link, now: number): Step {
  if (link.phase.at !== "opening") return [link, []];
  const phase: Phase = {
    at: "open",
    openedAt: now,
    pingDueAt: now + PING_EVERY_MS,
    pongDueAt: now + PONG_TIMEOUT_MS,
  };
  return [{ ...link, phase }, [{ do: "ping" }]];
}

function heard(link: Link, now: number, eventId: number | null): Step {
  if (link.phase.at !== "open") return [link, []];
  const steady = now - link.phase.openedAt >= STEADY_AFTER_MS;
  return [
    {
      ...link,
      phase: { ...link.phase, pingDueAt: now + PING_EVERY_MS, pongDueAt: null },
      health: "live",
      via: "socket",
      failures: 0,
      socketFailures: steady ? 0 : link.socketFailures,
      lastEventId: eventId ?? link.lastEventId,
    },
    [],
  ];
}

function polled(link: Link, now: number, lastEventId: number | null): Step {
  if (link.phase.at !== "polling") return [link, []];
  const next: Link = { ...link, health: "live", via: "poll", failures: 0, lastEventId: lastEventId ?? link.lastEventId };
  return now >= link.socketRetryAt ? askTicket(next) : poll(next);
}

/** No socket, or no backend at all: which of the two decides what is tried next. */
function socketFailed(link: Link, now: number, chance: number): Step {
  if (link.phase.at !== "opening" && link.phase.at !== "open") return [link, []];
  const steady = link.phase.at === "open" && now - link.phase.openedAt >= STEADY_AFTER_MS;
  const socketFailures = steady ? 0 : link.socketFailures + 1;
  const next: Link = { ...link, socketFailures };
  if (socketFailures >= SOCKET_FAILURES_MAX) {
    return poll({ ...next, socketRetryAt: now + SOCKET_RETRY_EVERY_MS });
  }
  return broken(next, now, chance);
}

function broken(link: Link, now: number, chance: number): Step {
  // Full jitter between the least wait and a doubling cap, so that a backend
  // that comes back does not meet all its agents in the same millisecond.
  const cap = Math.min(BACKOFF_MS_MAX, BACKOFF_MS_MIN * 2 ** (link.failures + 1));
  const until = now + BACKOFF_MS_MIN + (cap - BACKOFF_MS_MIN) * chance;
  return [{ ...link, phase: { at: "waiting", until }, health: "broken", failures: link.failures + 1 }, []];
}

/** After a wait: a socket, unless sockets have proved not to work here. */
function again(link: Link, now: number): Step {
  const pollInstead = link.socketFailures >= SOCKET_FAILURES_MAX && now < link.socketRetryAt;
  return pollInstead ? poll(link) : askTicket(link);
}

function woken(link: Link, now: number, chance: number): Step {
  const due = nextWake(link);
  if (due === null || now < due) return [link, []];
  const phase = link.phase;
  switch (phase.at) {
    case "opening": {
      const [next, effects] = socketFailed(link, now, chance);
      return [next, [{ do: "close_socket" }, ...effects]];
    }
    case "open": {
      if (phase.pongDueAt !== null) {
        const [next, effects] = socketFailed(link, now, chance);
        return [next, [{ do: "close_socket" }, ...effects]];
      }
      return pinged(link, now);
    }
    case "waiting":
      return again(link, now);
    case "stopped":
    case "ticket":
    case "polling":
    case "signed_out":
      return [link, []];
  }
}

function pinged(link: Link, now: number): Step {
  if (link.phase.at !== "open" || link.phase.pongDueAt !== null) return [link, []];
  return [{ ...link, phase: { ...link.phase, pongDueAt: now + PONG_TIMEOUT_MS } }, [{ do: "ping" }]];
}

function nudged(link: Link, now: number): Step {
  if (link.phase.at === "waiting") return again(link, now);
  return pinged(link, now);
}
