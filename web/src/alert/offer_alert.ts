/** Makes an offer noticed: sound, window title, system notification. In one tab only, if several are open. */

import { callerName } from "../desk/caller.ts";
import type { Sound } from "../desk/model.ts";
import type { Agent, CallCard } from "../link/wire.ts";
import type { Text } from "../text/en.ts";
import { Bell } from "./bell.ts";
import { newElection, step, type Election, type ElectionInput, type Word } from "./election.ts";

const CHANNEL = "cordboard.ring";
const SOUND_STORED_AS = "cordboard.sound";
/** From the beginning of a press to the click it makes. */
const PRESS_MS_MAX = 1_000;

/** Follows the agent's offers. */
export class OfferAlert {
  private readonly bell = new Bell();
  private readonly channel = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel(CHANNEL);
  private election: Election = newElection(tabName());
  private on = localStorage.getItem(SOUND_STORED_AS) !== "off";
  private call: CallCard | null = null;
  private text: Text | null = null;
  private notification: Notification | null = null;
  /** Whether this tab rings now; tests look at it through the page's root element. */
  private ringsHere = false;
  private unlockedAt = 0;

  /** `soundChanged` hears whether an offer can be heard. */
  constructor(private readonly soundChanged: (sound: Sound) => void) {
    const used = () => void this.used();
    addEventListener("pointerdown", used, { capture: true });
    addEventListener("keydown", used, { capture: true });
    addEventListener("pagehide", () => this.say({ says: "gone", tab: this.election.me }));
    addEventListener("storage", (event) => {
      if (event.key === SOUND_STORED_AS) this.setOn(event.newValue !== "off");
    });
    if (this.channel !== null) {
      this.channel.onmessage = (event) => this.feed({ is: "heard", word: event.data as Word });
    }
  }

  /** Whether an offer can be heard. */
  get sound(): Sound {
    if (!this.on) return "off";
    return this.bell.allowed ? "on" : "blocked";
  }

  /** Switches the sound on or off, on this computer, for good. */
  toggleSound(): void {
    // Blocked sound was unlocked by this very press: nothing else to switch.
    if (this.on && (!this.bell.allowed || Date.now() - this.unlockedAt < PRESS_MS_MAX)) return;
    localStorage.setItem(SOUND_STORED_AS, this.on ? "off" : "on");
    this.setOn(!this.on);
  }

  /** Takes the agent's newest state. */
  follow(agent: Agent, text: Text): void {
    this.text = text;
    if (agent.activity === "ringing" && agent.call !== null) {
      this.call = agent.call;
      this.feed({ is: "offered", offer: agent.call.offerId });
    } else {
      this.over();
    }
  }

  /** No offer any more. */
  over(): void {
    if (this.call === null) return;
    this.call = null;
    this.feed({ is: "over" });
  }

  private async used(): Promise<void> {
    const was = this.sound;
    const canSound = await this.bell.unlock();
    this.feed({ is: "used", canSound });
    if (this.sound === was) return;
    this.unlockedAt = Date.now();
    this.soundChanged(this.sound);
    // Allowed in the middle of an offer: the rest of it is heard.
    if (this.sound === "on" && this.ringsHere) this.bell.ring();
  }

  private setOn(on: boolean): void {
    this.on = on;
    if (!on) this.bell.hush();
    else if (this.ringsHere) this.bell.ring();
    this.soundChanged(this.sound);
  }

  private feed(input: ElectionInput): void {
    const [election, effects] = step(this.election, input);
    this.election = election;
    for (const effect of effects) {
      switch (effect.do) {
        case "ring":
          this.ring();
          break;
        case "hush":
          this.hush();
          break;
        case "wait":
          setTimeout(() => this.feed({ is: "waited", offer: effect.offer }), effect.ms);
          break;
        case "say":
          this.say(effect.word);
      }
    }
  }

  private ring(): void {
    this.ringsHere = true;
    document.documentElement.dataset["rings"] = "here";
    if (this.on) this.bell.ring();
    if (this.call === null || this.text === null || !document.hidden) return;
    if (typeof Notification === "undefined" || Notification.permission !== "granted") return;
    try {
      const body = this.text.call.notification(callerName(this.call, this.text), this.call.queue);
      this.notification = new Notification(this.text.call.ringing, { body, tag: this.call.offerId, icon: "/icon.svg" });
      this.notification.onclick = () => window.focus();
    } catch {
      // Some phones allow notifications only from a service worker; sound and title remain.
    }
  }

  private hush(): void {
    this.ringsHere = false;
    delete document.documentElement.dataset["rings"];
    this.bell.hush();
    this.notification?.close();
    this.notification = null;
  }

  private say(word: Word): void {
    this.channel?.postMessage(word);
  }
}

/** A name no other tab has. `randomUUID` is missing on plain-HTTP pages, so it is not used. */
function tabName(): string {
  const parts = crypto.getRandomValues(new Uint32Array(2));
  return [...parts].map((part) => part.toString(36)).join("-");
}
