/** What supervisors are told by the mock: agents in every state, queues, bindings, absences. */

const iso = (ms: number) => new Date(ms).toISOString();

const MARKS = { answered: 12, missed: 1, rejected: 0, busy: 0, unreachable: 0, unregistered: 0, answer_speed_ms: 4_200, talk_ms: 5_400_000, miss_streak: 0 };
const NAMES = ["Anna", "Boris", "Clara", "Dmitri", "Elena", "Fedor", "Galina", "Hector", "Irina", "Konstantin"];

/** The user name of an agent by number. */
export function userOf(index: number): string {
  const name = (NAMES[index % NAMES.length] ?? "").toLowerCase();
  return index < NAMES.length ? name : `${name}${index}`;
}

/** One agent as it goes over the wire; the state goes round. */
function agent(index: number, now: number): Record<string, unknown> {
  const name = NAMES[index % NAMES.length] ?? "";
  const user = userOf(index);
  const since = now - (index % 10) * 47_000 - 5_000;
  const call = {
    call_id: `c${index}`, offer_id: `o${index}`, queue: "support", caller_number: "+44 20 7946 0182", display_name: null,
    dialed_number: "100", custom_data: null, queued_at: iso(since), offered_at: iso(since), ring_until: iso(now + 9_000), talk_since: null,
  };
  const usual = {
    user, display_name: name, intent: "ready", reason: null, intent_since: iso(since), activity: "idle", activity_since: iso(since),
    state_since: iso(since), wrap_up_until: null, retry_at: null, phone: "present", call: null, serves: ["support", "sales"],
    marks: { ...MARKS, answered: (index * 7) % 23, missed: index % 4 },
  };
  const states: Record<string, unknown>[] = [
    {}, { activity: "talking", call }, { activity: "ringing", call }, { activity: "wrap_up", wrap_up_until: iso(now + 20_000) },
    { intent: "not_ready", reason: "training", forced_by: "olga", forced_why: "the new price list" },
    { banned_until: iso(now + 600_000), ban_reason: "3 offers missed in a row", may_lift_ban: true },
    { activity: "unreachable", unreachable_since: iso(since) }, { phone: "absent" }, { intent: "offline" }, { intent: "not_ready", reason: "lunch" },
  ];
  return { ...usual, ...states[index % states.length] };
}

/** A number that takes callers, and one that failed too often. */
function RESERVES(now: number): Record<string, unknown>[] {
  const night = {
    reserve: "night", contact: { type: "phone", number: "+442079460150" }, queues: ["support"], threshold_ms: 60_000, standing: "free", in_use: 1, talking: 0,
    calls_at_once: 2, used_hour: 5, calls_per_hour: 12, used_today: 31, calls_per_day: 0, retry_at: null, banned_until: null, ban_reason: null,
    opening_until: null, marks: { ...MARKS, answered: 27, missed: 2 },
  };
  const banned = { standing: "banned", in_use: 0, banned_until: iso(now + 480_000), ban_reason: "3 offers missed in a row" };
  return [night, { ...night, ...banned, reserve: "partner", contact: { type: "sip", uri: "sip:duty@partner.example" } }];
}

/** One who waits, one who is called again, one who is dialled. */
function CALLBACKS(now: number): Record<string, unknown>[] {
  const callback = (number: number, state: string, more: Record<string, unknown>) => ({
    callback: `b${number}`, queue: "support", number: `+44 20 7946 019${number}`, state, taken_at: iso(now - 600_000 + number * 60_000), came_at: iso(now - 700_000),
    position: number, attempts: 0, next_at: null, expires_at: iso(now + 80_000_000), trouble: null, agent: null, ...more,
  });
  return [
    callback(1, "dialling", { position: 0, attempts: 1, agent: "irina" }),
    callback(2, "retrying", { attempts: 1, next_at: iso(now + 240_000), trouble: "busy" }),
    callback(3, "waiting", {}),
  ];
}

/** A day around now: who is late, who works through a break, who is away as planned. */
function SHIFTS(now: number): Record<string, unknown>[] {
  const hour = 3_600_000;
  const half = Math.floor(now / (hour / 2)) * (hour / 2);
  const piece = (agent: string, from: number, to: number, activity = "work", paid = true) => ({
    agent, from: iso(half + from * hour), to: iso(half + to * hour), activity, paid,
  });
  const shifts = ["anna", "boris", "clara", "fedor", "hector", "irina"].flatMap((name) => [piece(name, -2, 2), piece(name, 2, 2.5, "lunch", false), piece(name, 2.5, 5)]);
  return [...shifts, piece("dmitri", -2, 0), piece("dmitri", 0, 1, "break"), piece("dmitri", 1, 4), piece("elena", -1, 1, "meeting"), piece("konstantin", -3, 0), piece("konstantin", 0, 0.5, "lunch", false)];
}

/** All agents and queues. */
export class MockFloor {
  eventId = 1;
  count = 10;
  /** Orders that came, as method and path with the body. */
  readonly orders: { route: string; body: unknown }[] = [];
  bindings = [
    { number: "+442079460182", agent: "anna", since: "2026-11-01T08:00:00.000Z", source: "import", consent_at: null, note: "since the fair" },
    { number: "+442079460183", agent: "boris", since: "2026-11-02T08:00:00.000Z", source: "caller", consent_at: "2026-11-02T08:00:00.000Z", note: "" },
  ];
  absences: Record<string, unknown>[] = [
    { kind: "vacation", from: "2026-12-01T00:00:00.000Z", until: "2026-12-15T00:00:00.000Z", zone: "UTC", deputy: "boris", note: "" },
  ];

  /** Service level of the day of both queues. */
  level = { in_time: 40, of: 48, within_ms: 20_000 };
  /** The next file of shifts has a wrong line. */
  badShifts = false;
  /** Calls that are not shown. */
  more = 0;

  private calls(now: number): Record<string, unknown>[] {
    const call = (number: number, state: string, more: Record<string, unknown>) => ({
      call_id: `c${number}`, queue: "support", caller_number: `+44 20 7946 018${number}`, display_name: null, state, queued_at: iso(now - 187_000 + number * 1_000),
      since: iso(now - 30_000), agent: null, reserve: null, why: null, ...more,
    });
    return [
      call(1, "talking", { agent: "boris", why: "idle longest (1500 ms) of 3 free; call first of 2 to be served (priority 0, waited 4000 ms)" }),
      call(2, "offering", { reserve: "night", why: "first of the list of 1 reserves free; waited 61000 ms, threshold 60000 ms; no agent free" }),
      call(3, "waiting", { display_name: "Meridian Garden Supplies", since: iso(now - 184_000) }),
    ];
  }

  /** Everything, or the agent at `only`. */
  overview(now: number, only: number | null = null): Record<string, unknown> {
    const all = [...Array(this.count).keys()].map((index) => agent(index, now));
    const busier = (one: Record<string, unknown>) => ({ ...one, marks: { ...MARKS, answered: 100 + this.eventId } });
    const queue = { queue: "support", waiting: 3, longest_since: iso(now - 187_000), agents_free: 1, agents_talking: 2, agents_ready: 5, answered_today: 48, abandoned_today: 3, callbacks: 3, is_open: true, service_level_today: this.level };
    const sales = { ...queue, queue: "sales", waiting: 0, longest_since: null, is_open: false };
    return {
      type: "overview", event_id: ++this.eventId, server_time: iso(now), full: only === null,
      agents: only === null ? all : all.slice(only, only + 1).map(busier), removed: [], queues: [queue, sales],
      reserves: RESERVES(now), ...(only === null ? { callbacks: CALLBACKS(now) } : {}), calls: only === null ? this.calls(now) : [], calls_gone: [], calls_total: this.more + 3,
    };
  }

  /** The answer to a supervisor's request; `null` for one it does not know. */
  answer(route: string, body: unknown, query: URLSearchParams, now: number): { status: number; value: unknown } | null {
    const ok = (value: unknown) => ({ status: 200, value });
    if (!route.startsWith("GET ")) this.orders.push({ route, body });
    if (route === "GET /api/v1/bindings") return ok({ bindings: this.bindings, total: this.bindings.length, next: null });
    if (route === "GET /api/v1/answers") return ok({ answers: [{ number: "+442079460190", last_asked: { at: "2026-11-20T08:00:00.000Z", answer: "no" } }] });
    if (route === "POST /api/v1/bindings.csv") {
      const refusals = [{ line: 4, field: "agent", expected: "the user name of an agent", problem: "not_an_agent" }];
      return ok(query.get("dry_run") === "true" ? { imported: 2, refused: 1, refusals } : { imported: 2, refused: 1, refusals });
    }
    if (route === "GET /api/v1/shifts") return ok({ shifts: SHIFTS(now), next: null, activities: ["work", "meeting"] });
    if (route === "POST /api/v1/shifts.csv") {
      const refusals = [{ line: 3, field: "from", expected: "time at which the shift of line 2 is over", problem: "overlaps" }];
      return ok({ imported: 4, removed: 0, refused: this.badShifts ? 1 : 0, refusals: this.badShifts ? refusals : [] });
    }
    if (/^PUT .api.v1.agents.[^/]+.absences$/.test(route)) this.absences = (body as { absences: Record<string, unknown>[] }).absences;
    if (/^(GET|PUT) .api.v1.agents.[^/]+.absences$/.test(route)) return ok({ absences: this.absences });
    if (/ .api.v1.(agents|bindings|callbacks|people|reserves)./.test(route)) return ok({});
    return null;
  }
}
