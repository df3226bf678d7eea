/** The state a mock backend keeps: one agent, two queues, and what a call does to them. Times are Date objects' ms. */

/** The agent as it goes over the wire, times in ms. */
export interface MockAgent {
  intent: "ready" | "not_ready" | "offline";
  reason: string | null;
  intentSince: number;
  activity: "idle" | "reserved" | "ringing" | "talking" | "consulting" | "wrap_up";
  activitySince: number;
  wrapUpUntil: number | null;
  retryAt: number | null;
  phone: "present" | "absent" | "unknown";
  call: MockCall | null;
  /** Further fields as they go over the wire. */
  more: Record<string, unknown>;
}

/** A call as it goes over the wire, times in ms. */
export interface MockCall {
  callId: string;
  offerId: string;
  queue: string;
  callerNumber: string;
  displayName: string | null;
  dialedNumber: string;
  customData: string | null;
  queuedAt: number;
  offeredAt: number;
  ringUntil: number;
  talkSince: number | null;
  /** `null` while the colleague's phone rings; absent without a consult. */
  consultWith?: "colleague" | "caller" | "all" | null;
}

/** One queue as it goes over the wire, times in ms. */
export interface MockQueue {
  queue: string;
  waiting: number;
  longestSince: number | null;
  free: number;
  talking: number;
  ready: number;
  answered: number;
  abandoned: number;
}

const iso = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());

/** A centre with one agent, driven by a test or by the demo's script. */
export class MockCentre {
  eventId = 1;
  agent: MockAgent;
  queues: MockQueue[];
  marks = { answered: 12, missed: 1, rejected: 0, busy: 0, unreachable: 0, unregistered: 0, answer_speed_ms: 4230 as number | null, talk_ms: 4_980_000, miss_streak: 0 };
  private readonly listeners = new Set<() => void>();

  /** `skewMs`: how far the server's clock is ahead of the machine's. */
  constructor(readonly skewMs = 0) {
    const now = this.now();
    this.agent = {
      intent: "offline", reason: null, intentSince: now, activity: "idle", activitySince: now,
      wrapUpUntil: null, retryAt: null, phone: "present", call: null, more: {},
    };
    this.queues = [
      { queue: "support", waiting: 0, longestSince: null, free: 1, talking: 2, ready: 3, answered: 48, abandoned: 3 },
      { queue: "sales", waiting: 0, longestSince: null, free: 0, talking: 1, ready: 1, answered: 17, abandoned: 0 },
    ];
  }

  /** As it was at first: offline, idle, an empty queue. */
  reset(): void {
    const first = new MockCentre(this.skewMs);
    this.marks = first.marks;
    this.queues = first.queues;
    this.change({ ...first.agent, more: {} });
  }

  /** The server's time. */
  now(): number {
    return Date.now() + this.skewMs;
  }

  /** Calls `changed` after every change; returns how to stop it. */
  listen(changed: () => void): () => void {
    this.listeners.add(changed);
    return () => this.listeners.delete(changed);
  }

  /** Changes something and tells everybody. */
  change(part: Partial<MockAgent>): void {
    const now = this.now();
    if (part.intent !== undefined || part.reason !== undefined) part.intentSince ??= now;
    if (part.activity !== undefined) part.activitySince ??= now;
    Object.assign(this.agent, part);
    this.eventId += 1;
    for (const changed of [...this.listeners]) changed();
  }

  /** A caller who has waited `waitedMs` is offered for `ringMs`. */
  offer(waitedMs = 42_000, ringMs = 20_000, part: Partial<MockCall> = {}): void {
    const now = this.now();
    const call: MockCall = {
      callId: "c-1041", offerId: `o-${this.eventId}`, queue: "support", callerNumber: "+44 20 7946 0182",
      displayName: null, dialedNumber: "100", customData: null,
      queuedAt: now - waitedMs, offeredAt: now, ringUntil: now + ringMs, talkSince: null, ...part,
    };
    this.change({ activity: "ringing", call, retryAt: null });
  }

  /** The agent answers. */
  talk(): void {
    const call = this.agent.call;
    this.change({ activity: "talking", call: call === null ? null : { ...call, talkSince: this.now() } });
  }

  /** What an agent wishes of a transfer; a colleague answers at once. */
  transfer(action: string): void {
    const call = this.agent.call;
    if (call === null) return;
    const { consultWith, ...alone } = call;
    switch (action) {
      case "consult":
        return this.change({ activity: "consulting", call: { ...call, consultWith: "colleague" } });
      case "swap": {
        const next = consultWith === "colleague" ? "caller" : "colleague";
        return this.change({ activity: next === "caller" ? "talking" : "consulting", call: { ...call, consultWith: next } });
      }
      case "merge":
        return this.change({ activity: "talking", call: { ...call, consultWith: "all" } });
      case "cancel":
        return this.change({ activity: "talking", call: alone });
      default:
        return this.wrapUp(30_000);
    }
  }

  /** The talk ends; wrap-up for `ms`, or without end. */
  wrapUp(ms: number | null): void {
    this.marks.answered += 1;
    this.change({ activity: "wrap_up", wrapUpUntil: ms === null ? null : this.now() + ms, call: null });
  }

  /** Nothing to do any more. */
  idle(retryAfterMs: number | null = null): void {
    const retryAt = retryAfterMs === null ? null : this.now() + retryAfterMs;
    this.change({ activity: "idle", call: null, wrapUpUntil: null, retryAt });
  }

  /** The whole state as the page gets it. */
  state(): Record<string, unknown> {
    const { agent } = this;
    const call = agent.call;
    return {
      event_id: this.eventId,
      server_time: iso(this.now()),
      agent: {
        user: "anna", display_name: "Anna", intent: agent.intent, reason: agent.reason, intent_since: iso(agent.intentSince),
        activity: agent.activity, activity_since: iso(agent.activitySince), wrap_up_until: iso(agent.wrapUpUntil),
        retry_at: iso(agent.retryAt), phone: agent.phone, marks: this.marks, ...agent.more,
        call: call === null ? null : {
          call_id: call.callId, offer_id: call.offerId, queue: call.queue, caller_number: call.callerNumber,
          display_name: call.displayName, dialed_number: call.dialedNumber, custom_data: call.customData,
          queued_at: iso(call.queuedAt), offered_at: iso(call.offeredAt), ring_until: iso(call.ringUntil), talk_since: iso(call.talkSince),
          consult: call.consultWith === undefined ? null : { colleague: "boris", display_name: "Boris", is_asked: false, since: null, with: call.consultWith },
        },
      },
      queues: this.queues.map((queue) => ({
        queue: queue.queue, waiting: queue.waiting, longest_since: iso(queue.longestSince), agents_free: queue.free,
        agents_talking: queue.talking, agents_ready: queue.ready, answered_today: queue.answered, abandoned_today: queue.abandoned,
      })),
    };
  }
}
