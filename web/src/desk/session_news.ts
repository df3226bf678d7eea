/** Tells this person's other tabs that somebody signed in or out, so that all of them agree. */

const CHANNEL = "cordboard.session";

/** Listens for news of other tabs and tells them ours. */
export class SessionNews {
  private readonly channel = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel(CHANNEL);

  constructor(changed: () => void) {
    if (this.channel !== null) this.channel.onmessage = () => changed();
  }

  /** The session changed here. */
  tell(): void {
    this.channel?.postMessage("changed");
  }
}
