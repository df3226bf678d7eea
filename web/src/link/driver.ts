/** Carries out what the link machine decides: sockets, requests, timers. */

import { ServerClock } from "./clock.ts";
import { askTicket, HttpError, POLL_TIMEOUT_MS, request } from "./http.ts";
import { newLink, nextWake, step, type Link, type LinkEffect, type LinkInput } from "./machine.ts";
import { requestOf, type Command } from "./commands.ts";
import { WireError } from "./fields.ts";
import { decodeFrame, type Channel, type News } from "./wire.ts";

/** Whom the link tells what. */
export interface LinkListener<N> {
  newsCame(news: N): void;
  linkChanged(link: Link): void;
}

/** A command unanswered for this long on the socket goes over HTTP instead. */
const COMMAND_TIMEOUT_MS = 4_000;
/** Polls are at least this far apart, whatever the server answers: ten a second at most. */
const POLL_EVERY_MS_MIN = 100;

/** A poll is held so long: with the next one on its way the server misses a lost page within seconds. */
const POLL_HOLD_MS = 2_500;

type Answered = (error: HttpError | null) => void;

/** The running link of one page. */
export class LinkDriver<N extends News> {
  /** The server's clock; good from the first frame on. */
  readonly clock = new ServerClock();
  private link: Link = newLink();
  private socket: WebSocket | null = null;
  private requests = new AbortController();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private pingSentAt: number | null = null;
  private lastRef = 0;
  private readonly unanswered = new Map<number, Answered>();

  constructor(
    private readonly channel: Channel<N>,
    private readonly listener: LinkListener<N>,
  ) {}

  /** Begins to connect, and keeps at it until {@link stop} or the session's end. */
  start(): void {
    this.feed({ is: "start" });
  }

  /** Ends the connection for good. */
  stop(): void {
    this.feed({ is: "stop" });
  }

  /** Tries now rather than later: the network or the person came back. */
  nudge(): void {
    this.feed({ is: "nudge" });
  }

  /**
   * Has `command` done: over the socket if it is open, else by HTTP. Both are
   * idempotent, so a command whose answer was lost is simply sent again.
   * Throws {@link HttpError}.
   */
  async send(command: Command): Promise<void> {
    // A transfer has no frame, for it must not be done twice.
    if (this.link.phase.at === "open" && this.socket !== null && command.type !== "transfer") {
      try {
        return await this.sendFrame(this.socket, command);
      } catch (error) {
        if (!(error instanceof HttpError) || error.status !== 0) throw error;
      }
    }
    try {
      const { method, path, body } = requestOf(command);
      await request(method, path, { body });
    } catch (error) {
      if (error instanceof HttpError && error.status === 401) this.feed({ is: "refused" });
      throw error;
    }
  }

  private sendFrame(socket: WebSocket, command: Command): Promise<void> {
    const ref = ++this.lastRef;
    return new Promise((done, failed) => {
      const timer = setTimeout(() => this.answer(ref, new HttpError(0, "timeout", "no answer")), COMMAND_TIMEOUT_MS);
      this.unanswered.set(ref, (error) => {
        clearTimeout(timer);
        if (error === null) done();
        else failed(error);
      });
      socket.send(JSON.stringify({ ...command, ref }));
    });
  }

  private answer(ref: number, error: HttpError | null): void {
    const answered = this.unanswered.get(ref);
    this.unanswered.delete(ref);
    answered?.(error);
  }

  private feed(input: LinkInput): void {
    const now = Date.now();
    const [link, effects] = step(this.link, now, input, Math.random());
    const changed = link !== this.link;
    this.link = link;
    for (const effect of effects) this.carryOut(effect);
    clearTimeout(this.timer);
    const wakeAt = nextWake(this.link);
    if (wakeAt !== null) this.timer = setTimeout(() => this.feed({ is: "wake" }), Math.max(0, wakeAt - now));
    if (changed) this.listener.linkChanged(this.link);
  }

  private carryOut(effect: LinkEffect): void {
    switch (effect.do) {
      case "ask_ticket":
        return void this.fetchTicket();
      case "open_socket":
        return this.openSocket(effect.ticket, effect.after);
      case "close_socket":
        return this.closeSocket();
      case "ping":
        this.pingSentAt = Date.now();
        this.socket?.send('{"type":"ping"}');
        return;
      case "poll":
        return void this.poll(effect.after);
      case "abort_requests":
        this.requests.abort();
        this.requests = new AbortController();
    }
  }

  private async fetchTicket(): Promise<void> {
    const { signal } = this.requests;
    try {
      const ticket = await askTicket(this.channel.base, signal);
      if (!signal.aborted) this.feed({ is: "ticket", ticket });
    } catch (error) {
      if (!signal.aborted) this.feed(failure(error));
    }
  }

  private openSocket(ticket: string, after: number | null): void {
    this.closeSocket();
    const address = new URL(`${this.channel.base}/link`, location.href);
    address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    address.searchParams.set("ticket", ticket);
    // Beats are answered by this page: a tab that sleeps answers none, and the server knows.
    address.searchParams.set("beats", "true");
    if (after !== null) address.searchParams.set("after", String(after));
    const socket = new WebSocket(address);
    this.socket = socket;
    // A socket that was replaced may still speak: only the present one is heard.
    socket.onopen = () => this.socket === socket && this.feed({ is: "opened" });
    socket.onmessage = (event) => this.socket === socket && this.frameCame(String(event.data));
    socket.onclose = () => {
      if (this.socket !== socket) return;
      this.closeSocket();
      this.feed({ is: "closed" });
    };
  }

  private closeSocket(): void {
    const socket = this.socket;
    this.socket = null;
    socket?.close();
    for (const ref of [...this.unanswered.keys()]) {
      this.answer(ref, new HttpError(0, "closed", "the connection broke"));
    }
  }

  private frameCame(json: string): void {
    const now = Date.now();
    try {
      const frame = decodeFrame(json, this.channel);
      if (frame?.type === "beat") {
        this.socket?.send('{"type":"beat"}');
      } else if (frame?.type === "news") {
        this.takeNews(frame.news, now);
      } else if (frame?.type === "pong") {
        this.clock.read(frame.serverTime, this.pingSentAt ?? now, now);
      } else if (frame?.type === "done") {
        this.answer(frame.ref, null);
      } else if (frame?.type === "error" && frame.ref !== null) {
        this.answer(frame.ref, new HttpError(400, frame.code, frame.message));
      }
      this.feed({ is: "heard", eventId: frame?.type === "news" ? frame.news.eventId : null });
    } catch (error) {
      reportWire(error);
    }
  }

  private takeNews(news: N, heardMs: number): void {
    this.clock.readPushed(news.serverTime, heardMs);
    this.listener.newsCame(news);
  }

  private async poll(after: number | null): Promise<void> {
    const { signal } = this.requests;
    const startedAt = Date.now();
    try {
      let lastEventId: number | null;
      if (after === null) {
        const news = this.channel.decode(await request("GET", `${this.channel.base}/state`, { signal }));
        if (signal.aborted) return;
        this.takeNews(news, Date.now());
        lastEventId = news.eventId;
      } else {
        const path = `${this.channel.base}/events?after=${after}&hold_ms=${POLL_HOLD_MS}`;
        const answer = (await request("GET", path, { signal, timeoutMs: POLL_TIMEOUT_MS })) as {
          events?: unknown;
          last_event_id?: unknown;
        } | null;
        if (signal.aborted) return;
        const newest = Array.isArray(answer?.events) ? answer.events.at(-1) : undefined;
        if (newest !== undefined) this.takeNews(this.channel.decode(newest), Date.now());
        lastEventId = typeof answer?.last_event_id === "number" ? answer.last_event_id : null;
      }
      const early = POLL_EVERY_MS_MIN - (Date.now() - startedAt);
      if (early > 0) await new Promise((resume) => setTimeout(resume, early));
      if (!signal.aborted) this.feed({ is: "polled", lastEventId });
    } catch (error) {
      if (error instanceof WireError) reportWire(error);
      if (!signal.aborted) this.feed(failure(error));
    }
  }
}

function failure(error: unknown): LinkInput {
  return error instanceof HttpError && error.status === 401 ? { is: "refused" } : { is: "unreachable" };
}

/** A frame against the contract is a defect of one side: said in the console, and survived. */
function reportWire(error: unknown): void {
  console.error("cordboard link:", error instanceof Error ? error.message : error);
}
