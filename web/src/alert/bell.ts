/** The ring: two soft notes, made by the browser itself, without a sound file. */

/** The two notes: E5 and C5, a falling third that carries without alarming. */
const NOTES_HZ = [659.26, 523.25] as const;
const NOTE_S = 0.42;
/** One ring every this long, about the rhythm of a telephone. */
const EVERY_S = 2.4;
/** Longer than any ring timeout in use; then the offer is over anyway. */
const RINGS_MAX = 50;
const LOUDNESS = 0.22;

/** Makes the sound of an offer. */
export class Bell {
  private context: AudioContext | null = null;
  private ringing: GainNode | null = null;

  /** Whether the browser lets this page make a sound. */
  get allowed(): boolean {
    return this.context?.state === "running";
  }

  /** To be called from a press or a key: browsers allow sound only then. */
  async unlock(): Promise<boolean> {
    if (typeof AudioContext === "undefined") return false;
    this.context ??= new AudioContext();
    await this.context.resume().catch(() => undefined);
    return this.allowed;
  }

  /**
   * Rings until {@link hush}. All rings are laid out at once on the audio
   * clock, because timers of a hidden tab may come a minute late.
   */
  ring(): void {
    this.hush();
    if (this.context === null || !this.allowed) return;
    const context = this.context;
    const volume = new GainNode(context, { gain: LOUDNESS });
    volume.connect(context.destination);
    for (let ring = 0; ring < RINGS_MAX; ring++) {
      NOTES_HZ.forEach((frequency, index) => {
        note(context, volume, frequency, context.currentTime + 0.05 + ring * EVERY_S + index * NOTE_S * 0.55);
      });
    }
    this.ringing = volume;
  }

  /** Silent at once. */
  hush(): void {
    this.ringing?.disconnect();
    this.ringing = null;
  }
}

function note(context: AudioContext, volume: GainNode, frequency: number, at: number): void {
  const envelope = new GainNode(context, { gain: 0 });
  envelope.connect(volume);
  envelope.gain.setValueAtTime(0, at);
  envelope.gain.linearRampToValueAtTime(1, at + 0.02);
  envelope.gain.exponentialRampToValueAtTime(0.001, at + NOTE_S);
  const tone = new OscillatorNode(context, { type: "triangle", frequency });
  tone.connect(envelope);
  tone.start(at);
  tone.stop(at + NOTE_S);
}
