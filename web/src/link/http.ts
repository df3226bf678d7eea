/** The backend over plain HTTP: signing in, tickets, and everything the socket does, without it. */

import type { Refused } from "../text/refused.ts";

/** Who is signed in. */
export interface Person {
  user: string;
  role: string;
  displayName: string;
}

/**
 * A request that did not succeed. `status` 0 means no answer came at all.
 * 401: sign in again; 429: wait `retryAfterS`; 5xx and 0: try again later.
 */
export class HttpError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly retryAfterS: number | null = null,
    /** The field at fault, and what is wrong with it. */
    readonly field: string | null = null,
    readonly problem: string | null = null,
  ) {
    super(message);
  }

  /** What the server said; `null` when it did not answer, or not as it should. */
  get refused(): Refused | null {
    if (this.status < 400 || this.status >= 500) return null;
    return { code: this.code, field: this.field, problem: this.problem, message: this.message };
  }
}

/** Longer than any answer but a long poll takes; then the way there is broken. */
const REQUEST_TIMEOUT_MS = 8_000;
/** The server holds a long poll 25 s; ten more for a slow way. */
export const POLL_TIMEOUT_MS = 35_000;
/** If the server does not say how long to wait after too many tries. */
const RETRY_AFTER_S_DEFAULT = 30;

interface Options {
  body?: unknown;
  /** Sent as it is, instead of a body. */
  file?: Blob;
  timeoutMs?: number;
  signal?: AbortSignal;
}

/** Sends one request and returns the decoded JSON body (`null` if there is none). Throws {@link HttpError}. */
export async function request(method: string, path: string, options: Options = {}): Promise<unknown> {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), options.timeoutMs ?? REQUEST_TIMEOUT_MS);
  options.signal?.addEventListener("abort", () => stop.abort());
  if (options.signal?.aborted) stop.abort();
  // The header tells the backend that a page of ours asks and no foreign form.
  const headers: Record<string, string> = { "X-Cordboard": "page", Accept: "application/json" };
  const init: RequestInit = { method, headers, credentials: "same-origin", cache: "no-store", signal: stop.signal };
  if (options.body !== undefined) {
    headers["Content-Type"] = "application/json";
    init.body = JSON.stringify(options.body);
  }
  if (options.file !== undefined) {
    headers["Content-Type"] = "text/csv";
    init.body = options.file;
  }
  try {
    const answer = await fetch(path, init);
    const text = await answer.text();
    if (!answer.ok) throw refusal(answer, text);
    return text === "" ? null : parsed(text);
  } catch (error) {
    if (error instanceof HttpError) throw error;
    throw new HttpError(0, "unreachable", error instanceof Error ? error.message : String(error));
  } finally {
    clearTimeout(timer);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new HttpError(502, "not_json", "the answer is not JSON");
  }
}

function refusal(answer: Response, text: string): HttpError {
  let code = `http_${answer.status}`;
  let message = answer.statusText;
  let field: string | null = null;
  let problem: string | null = null;
  try {
    const { error } = JSON.parse(text) as { error?: Record<string, unknown> };
    if (typeof error?.["code"] === "string") code = error["code"];
    if (typeof error?.["message"] === "string") message = error["message"];
    if (typeof error?.["field"] === "string") field = error["field"];
    if (typeof error?.["problem"] === "string") problem = error["problem"];
  } catch {
    // A proxy's own error page: the status says enough.
  }
  const after = Number(answer.headers.get("Retry-After") ?? NaN);
  const retryAfterS = answer.status === 429 ? (after > 0 ? after : RETRY_AFTER_S_DEFAULT) : null;
  return new HttpError(answer.status, code, message, retryAfterS, field, problem);
}

function person(value: unknown): Person {
  const from = (value ?? {}) as Record<string, unknown>;
  const user = from["user"];
  if (typeof user !== "string") throw new HttpError(502, "bad_answer", "user: expected a string");
  const name = from["display_name"];
  return {
    user,
    role: typeof from["role"] === "string" ? from["role"] : "agent",
    displayName: typeof name === "string" && name !== "" ? name : user,
  };
}

/** Who the session cookie belongs to; `null` if nobody is signed in. */
export async function currentSession(): Promise<Person | null> {
  try {
    return person(await request("GET", "/api/v1/session"));
  } catch (error) {
    if (error instanceof HttpError && error.status === 401) return null;
    throw error;
  }
}

/** Signs in; the session is a cookie that scripts cannot read. */
export async function signIn(user: string, password: string): Promise<Person> {
  return person(await request("POST", "/api/v1/session", { body: { user, password } }));
}

/** Ends the session here and on the server. */
export async function signOut(): Promise<void> {
  await request("DELETE", "/api/v1/session");
}

/** A single-use ticket for one socket of the channel at `base`. */
export async function askTicket(base: string, signal: AbortSignal): Promise<string> {
  const answer = await request("POST", `${base}/ticket`, { signal });
  const ticket = (answer as { ticket?: unknown } | null)?.ticket;
  if (typeof ticket !== "string") throw new HttpError(502, "bad_answer", "ticket: expected a string");
  return ticket;
}

/** A reason for not being ready: as it is recorded, and as it is shown by language. */
export interface Reason {
  name: string;
  texts: Record<string, string>;
}

/** The reasons that the owner lists, in the order of the menu. */
export async function fetchReasons(): Promise<Reason[]> {
  const answer = (await request("GET", "/api/v1/reasons")) as { reasons?: unknown } | null;
  const list = Array.isArray(answer?.reasons) ? answer.reasons : [];
  return list.flatMap((one: unknown) => {
    const { name, texts } = (one ?? {}) as { name?: unknown; texts?: unknown };
    if (typeof name !== "string" || name === "") return [];
    return [{ name, texts: (typeof texts === "object" && texts !== null ? texts : {}) as Record<string, string> }];
  });
}
