/**
 * The server's clock as seen from here. The server sends start times, the page
 * ticks by itself; a wrong clock on the agent's desk must not show.
 *
 * A reading is worth as much as the time it was under way: for a ping the
 * server's time lies somewhere between sending and receiving (the idea of
 * NTP, RFC 5905 §8); for a pushed frame only the upper bound is known.
 */
export class ServerClock {
  private offsetMs = 0;
  private errorMs = Infinity;

  /** Milliseconds to add to a local time to get the server's. */
  get offset(): number {
    return this.offsetMs;
  }

  /** Server time for the local time `localMs`. */
  at(localMs: number): number {
    return localMs + this.offsetMs;
  }

  /**
   * Takes a reading: the server said `serverMs` somewhere between `sentMs` and
   * `heardMs` (local). A less exact reading than the present one is only
   * believed if it contradicts it: then somebody changed a clock.
   */
  read(serverMs: number, sentMs: number, heardMs: number): void {
    const errorMs = Math.max(0, heardMs - sentMs) / 2;
    const offsetMs = serverMs - (sentMs + heardMs) / 2;
    const apartMs = Math.abs(offsetMs - this.offsetMs);
    if (errorMs <= this.errorMs || apartMs > errorMs + this.errorMs + PUSH_DELAY_MS) {
      this.offsetMs = offsetMs;
      this.errorMs = errorMs;
    }
  }

  /** A pushed frame: sent at `serverMs`, heard at `heardMs`, on its way for an unknown while. */
  readPushed(serverMs: number, heardMs: number): void {
    this.read(serverMs, heardMs - PUSH_DELAY_MS, heardMs);
  }
}

/** How long a pushed frame is assumed to travel at most: slower ones are rare and pings correct them. */
const PUSH_DELAY_MS = 1_000;
