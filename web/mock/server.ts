/**
 * A small backend for developing and testing the page: the agent API of the
 * real one over a {@link MockCentre}, and ways to break what can break.
 */

import { createReadStream, existsSync, statSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";
import type { Duplex } from "node:stream";
import { WebSocketServer, type WebSocket } from "ws";
import { MockCentre } from "./centre.ts";
import { MockFloor } from "./floor.ts";

/** The policy the real backend serves the page under. */
const CSP = "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; object-src 'none'";
const TYPES: Record<string, string> = {
  ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml",
};
/** Whom a caller can be handed over to. */
const TARGETS = {
  agents: [
    { agent: "boris", display_name: "Boris", state: "free" },
    { agent: "clara", display_name: "Clara", state: "not_ready" },
  ],
  queues: [{ queue: "sales", waiting: 2, agents_free: 0, is_open: true }],
  numbers: [{ name: "Pharmacy", number: "+442079460199" }],
  other_numbers: true,
};
/** Long polls are held this long; shorter than the real 25 s, to see many of them. */
const POLL_HOLD_MS = 3_000;

/** What the mock lets a test break. */
export interface Breakage {
  /** Sockets are refused, as by a proxy that does not know them. */
  sockets: boolean;
  /** Nothing is answered: every connection is cut. */
  everything: boolean;
  /** Commands are refused with this message. */
  commands: string | null;
}

/** A running mock backend. */
export class MockServer {
  readonly broken: Breakage = { sockets: false, everything: false, commands: null };
  /** Commands the page sent, and how. */
  readonly commands: { by: "socket" | "http"; command: Record<string, unknown> }[] = [];
  /** What sockets were opened with. */
  readonly linksAfter: (string | null)[] = [];
  /** The password that is right. */
  password = "demo";
  role = "agent";
  readonly floor = new MockFloor();
  private readonly supervisors = new Set<WebSocket>();
  private tries = 0;
  private signedIn = new Set<string>();
  private readonly tickets = new Set<string>();
  private readonly sockets = new Set<WebSocket>();
  private readonly http: Server;
  private readonly links = new WebSocketServer({ noServer: true });
  private lastId = 0;

  constructor(readonly centre: MockCentre, private readonly dist: string | null) {
    this.http = createServer((request, response) => void this.answer(request, response));
    this.http.on("upgrade", (request, socket, head) => this.upgrade(request, socket, head));
    centre.listen(() => this.tellAll());
  }

  /** Listens on loopback; port 0 picks a free one. Returns the address. */
  listen(port = 0): Promise<string> {
    return new Promise((done, failed) => {
      this.http.once("error", failed);
      this.http.listen(port, "127.0.0.1", () => done(`http://127.0.0.1:${(this.http.address() as AddressInfo).port}`));
    });
  }

  /** Ends everything. */
  close(): Promise<void> {
    this.drop();
    this.http.closeAllConnections();
    return new Promise((done) => this.http.close(() => done()));
  }

  /** Cuts all sockets without a word. */
  drop(): void {
    for (const socket of [...this.sockets, ...this.supervisors]) socket.terminate();
  }

  /** Forgets all sessions, as after an expiry. */
  forgetSessions(): void {
    this.signedIn.clear();
    this.drop();
  }

  /** Forgets the wrong passwords. */
  forgetTries(): void {
    this.tries = 0;
  }

  /** How many sockets are open. */
  get socketCount(): number {
    return this.sockets.size;
  }

  /** Tells supervisors that the agent at `index` has changed. */
  tellSupervisors(index: number): void {
    for (const socket of this.supervisors) this.tell(socket, this.floor.overview(this.centre.now(), index));
  }

  private followFloor(socket: WebSocket): void {
    this.supervisors.add(socket);
    socket.on("close", () => this.supervisors.delete(socket));
    socket.on("message", (data) => {
      const frame = JSON.parse(String(data)) as Record<string, unknown>;
      if (frame["type"] === "ping") this.tell(socket, { type: "pong", server_time: new Date(this.centre.now()).toISOString() });
    });
    this.tell(socket, this.floor.overview(this.centre.now()));
  }

  private tellAll(): void {
    for (const socket of this.sockets) this.tell(socket, { type: "state", ...this.centre.state() });
  }

  private tell(socket: WebSocket, frame: Record<string, unknown>): void {
    socket.send(JSON.stringify(frame));
  }

  private upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    const url = new URL(request.url ?? "/", "http://mock");
    const ticket = url.searchParams.get("ticket") ?? "";
    if (this.broken.everything) return void stream.destroy();
    const isFloor = url.pathname === "/api/v1/supervisor/link";
    if (this.broken.sockets || (!isFloor && url.pathname !== "/api/v1/agent/link") || !this.tickets.delete(ticket)) {
      stream.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
      return;
    }
    this.links.handleUpgrade(request, stream, head, (socket) => {
      if (isFloor) return this.followFloor(socket);
      this.sockets.add(socket);
      socket.on("close", () => this.sockets.delete(socket));
      socket.on("message", (data) => this.frame(socket, JSON.parse(String(data)) as Record<string, unknown>));
      const after = url.searchParams.get("after");
      this.linksAfter.push(after);
      if (after !== String(this.centre.eventId)) this.tell(socket, { type: "state", ...this.centre.state() });
    });
  }

  private frame(socket: WebSocket, frame: Record<string, unknown>): void {
    if (frame["type"] === "beat") return;
    if (frame["type"] === "ping") {
      this.tell(socket, { type: "pong", server_time: new Date(this.centre.now()).toISOString() });
      return;
    }
    this.commands.push({ by: "socket", command: frame });
    if (this.broken.commands !== null) {
      this.tell(socket, { type: "error", ref: frame["ref"], code: "refused", message: this.broken.commands });
      return;
    }
    this.command(frame);
    this.tell(socket, { type: "done", ref: frame["ref"] });
  }

  private command(command: Record<string, unknown>): void {
    if (command["type"] === "intent") {
      const intent = command["intent"] as "ready" | "not_ready" | "offline";
      this.centre.change({ intent, reason: (command["reason"] as string | null | undefined) ?? null });
    } else if (command["type"] === "after_call") {
      const intent = command["intent"] === "stay" ? null : command["intent"];
      this.centre.change({ more: { ...this.centre.agent.more, after_call: intent, after_call_reason: command["reason"] ?? null } });
    } else if (command["type"] === "lift_ban") {
      this.centre.change({ more: { ...this.centre.agent.more, banned_until: null, may_lift_ban: false } });
    } else if (command["type"] === "extend_wrap_up") {
      const wrapUpUntil = (this.centre.agent.wrapUpUntil ?? this.centre.now()) + 30_000;
      this.centre.change({ wrapUpUntil, more: { ...this.centre.agent.more, wrap_up_extends_to: null } });
    } else if (command["type"] === "end_wrap_up" && this.centre.agent.activity === "wrap_up") {
      this.centre.idle();
    }
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.broken.everything) return void request.socket.destroy();
    const url = new URL(request.url ?? "/", "http://mock");
    if (!url.pathname.startsWith("/api/")) return this.file(url.pathname, response);
    const body = await bodyOf(request);
    const send = (status: number, value: unknown, headers: Record<string, string> = {}) => {
      response.writeHead(status, { "Content-Type": "application/json", ...headers });
      response.end(value === null ? "" : JSON.stringify(value));
    };
    const refuse = (status: number, code: string, headers: Record<string, string> = {}) =>
      send(status, { error: { code, message: code.replaceAll("_", " ") } }, headers);
    if (request.method !== "GET" && request.headers["x-cordboard"] !== "page") return refuse(403, "not_from_the_page");
    const route = `${request.method} ${url.pathname}`;
    const cookie = /cordboard_session=(\w+)/.exec(request.headers.cookie ?? "")?.[1] ?? "";
    if (route === "POST /api/v1/session") return this.signIn(body, send, refuse);
    if (!this.signedIn.has(cookie)) return refuse(401, "not_signed_in");
    switch (route) {
      case "GET /api/v1/session":
        return send(200, this.person());
      case "DELETE /api/v1/session":
        this.signedIn.delete(cookie);
        return send(204, null);
      case "GET /api/v1/agent/transfer":
        return send(200, TARGETS);
      case "POST /api/v1/agent/transfer": {
        this.commands.push({ by: "http", command: { type: "transfer", ...body } });
        if (this.broken.commands !== null) return refuse(409, this.broken.commands);
        this.centre.transfer(String(body["action"]));
        return send(200, this.centre.state());
      }
      case "GET /api/v1/reasons":
        return send(200, { reasons: ["break", "lunch", "training", "other"].map((name) => ({ name, texts: {} })) });
      case "POST /api/v1/supervisor/ticket":
      case "POST /api/v1/agent/ticket": {
        const ticket = `t${++this.lastId}`;
        this.tickets.add(ticket);
        return send(200, { ticket, expires_in_ms: 30_000 });
      }
      case "GET /api/v1/agent/state":
        return send(200, this.centre.state());
      case "GET /api/v1/agent/events":
        return this.hold(Number(url.searchParams.get("after") ?? 0), response, send);
      case "PUT /api/v1/agent/intent":
      case "POST /api/v1/agent/wrap_up/end": {
        const type = url.pathname.endsWith("intent") ? "intent" : "end_wrap_up";
        this.commands.push({ by: "http", command: { type, ...body } });
        if (this.broken.commands !== null) return send(409, { error: { code: "refused", message: this.broken.commands } });
        this.command({ type, ...body });
        return send(200, {});
      }
      default: {
        const answer = this.role === "supervisor" ? this.floor.answer(route, body, url.searchParams, this.centre.now()) : null;
        return answer === null ? refuse(404, "not_found") : send(answer.status, answer.value);
      }
    }
  }

  private person(): Record<string, string> {
    return { user: "anna", role: this.role, display_name: "Anna" };
  }

  private signIn(
    body: Record<string, unknown>,
    send: (status: number, value: unknown, headers?: Record<string, string>) => void,
    refuse: (status: number, code: string, headers?: Record<string, string>) => void,
  ): void {
    if (this.tries >= 3) return refuse(429, "too_many_tries", { "Retry-After": "30" });
    if (body["user"] !== "anna" || body["password"] !== this.password) {
      this.tries += 1;
      return refuse(401, "wrong_credentials");
    }
    this.tries = 0;
    const session = `s${++this.lastId}`;
    this.signedIn.add(session);
    send(200, this.person(), { "Set-Cookie": `cordboard_session=${session}; HttpOnly; SameSite=Strict; Path=/` });
  }

  private hold(after: number, response: ServerResponse, send: (status: number, value: unknown) => void): void {
    let done = false;
    const finish = () => {
      if (done) return;
      done = true;
      clearTimeout(timer);
      stop();
      const news = this.centre.eventId !== after;
      send(200, { events: news ? [this.centre.state()] : [], last_event_id: this.centre.eventId });
    };
    const timer = setTimeout(finish, POLL_HOLD_MS);
    const stop = this.centre.listen(finish);
    response.on("close", () => {
      done = true;
      clearTimeout(timer);
      stop();
    });
    if (this.centre.eventId !== after) finish();
  }

  private file(path: string, response: ServerResponse): void {
    const name = path === "/" ? "index.html" : normalize(path).replace(/^([/\\]|\.\.)+/, "");
    const file = this.dist === null ? "" : join(this.dist, name);
    if (file === "" || !existsSync(file) || !statSync(file).isFile()) {
      response.writeHead(404, { "Content-Type": "text/plain" }).end("not found");
      return;
    }
    response.writeHead(200, {
      "Content-Type": TYPES[extname(file)] ?? "application/octet-stream",
      "Content-Security-Policy": CSP,
      "X-Content-Type-Options": "nosniff",
    });
    createReadStream(file).pipe(response);
  }
}

async function bodyOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  try {
    return text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
  } catch {
    return {};
  }
}
