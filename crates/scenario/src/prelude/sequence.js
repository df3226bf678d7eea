// Sequence players.

const { Playback, urlSource } = part('playback');
const { MARKERS_MAX, addMarker, pause, resume } = part('markers');
const { hearing } = part('media');

const SequencePlayerEvents = names(
    'SequencePlayer.',
    'Created PlaybackReady Started Stopped PlaybackFinished Error PlaybackMarkerReached',
);
const SEGMENTS_MAX = 100; // of one sequence: its list lives as long as it plays

// Several sounds one after the other. The next one is loaded while the one
// before it plays, so that nothing is heard between them.
class SequencePlayer extends Emitter {
    #token = host.unique();
    #segments;
    #playing = []; // Playback of each segment from #at on, as far as made
    #at = 0;
    #paused;
    #over = false;
    #started = false;
    #unit = { unit: 'player', id: 0 };

    constructor(segments, options) {
        super();
        this.#segments = segments.map((segment) => ({ ...segment, markers: [] }));
        this.#paused = Boolean(options.onPause);
        units.set(this, this.#unit);
        this.#unit.id = this.#make(0, this.#paused).id;
    }

    id() {
        return this.#token;
    }
    sendMediaTo(unit, parameters) {
        sendMedia(this.#unit, unit, parameters);
    }
    stopMediaTo(unit, parameters) {
        stopMedia(this.#unit, unit, parameters);
    }
    pause() {
        this.#paused = true;
        const playback = this.#current();
        if (playback) pause(playback);
    }
    resume() {
        this.#paused = false;
        const playback = this.#current();
        if (playback) resume(playback);
    }
    // The offset counts inside the segment, whose number is from 0.
    addMarker(offset, segment = 0) {
        const target = this.#segments[segment];
        if (!target) throw new RangeError(`addMarker: there is no segment ${String(segment)}`);
        const playback = this.#playing[segment];
        if (playback) addMarker(playback, offset);
        else if (target.markers.length < MARKERS_MAX) target.markers.push(offset);
        else throw new Error(`more than ${MARKERS_MAX} markers`);
    }
    stop() {
        if (this.#over) return;
        this.#end();
        Promise.resolve().then(() => this.#tell(SequencePlayerEvents.Stopped));
    }
    toString() {
        return `SequencePlayer ${this.#token}`;
    }

    #current() {
        return this.#over ? undefined : this.#playing[this.#at];
    }

    #tell(event, fields) {
        fire(this, event, { sequencePlayer: this, ...fields });
    }

    #make(at, paused) {
        const segment = this.#segments[at];
        const source = segment.text === undefined ? urlSource(segment.url) : part('voice').speechSource(segment.text, segment.parameters);
        const playback = new Playback(source, { onPause: paused }, {
            ready: () => {
                if (at > 0) return;
                this.#tell(SequencePlayerEvents.Created);
                this.#tell(SequencePlayerEvents.PlaybackReady);
            },
            started: (duration) => {
                if (!this.#started) {
                    this.#started = true;
                    this.#tell(SequencePlayerEvents.Started, { duration });
                }
                this.#prepare(at + 1);
            },
            marker: (offset) => this.#tell(SequencePlayerEvents.PlaybackMarkerReached, { offset, segment: at }),
            stopped: () => {
                if (this.#over) return;
                this.#over = true;
                this.#tell(SequencePlayerEvents.Stopped);
            },
            finished: (error) => this.#next(at, error),
        });
        for (const offset of segment.markers) addMarker(playback, offset);
        this.#playing[at] = playback;
        return playback;
    }

    #prepare(at) {
        if (!this.#over && at < this.#segments.length && !this.#playing[at]) this.#make(at, true);
    }

    #next(at, error) {
        if (this.#over) return;
        if (error) {
            this.#end();
            this.#tell(SequencePlayerEvents.Error, { error });
            this.#tell(SequencePlayerEvents.PlaybackFinished, { error });
            return;
        }
        if (at + 1 >= this.#segments.length) {
            this.#end();
            this.#tell(SequencePlayerEvents.PlaybackFinished);
            return;
        }
        this.#at = at + 1;
        const playback = this.#playing[this.#at] || this.#make(this.#at, true);
        this.#unit.id = playback.id;
        for (const { to, from } of hearing.values()) {
            if (from.includes(this.#unit)) emit({ effect: 'send_media', from: this.#unit, to });
        }
        if (!this.#paused) resume(playback);
    }

    #end() {
        this.#over = true;
        forgetUnit(this.#unit);
        for (const playback of this.#playing) playback?.stop();
    }
}
bindOnRead(SequencePlayer);

function createSequencePlayer(parameters) {
    const segments = isObject(parameters) && Array.isArray(parameters.segments) ? parameters.segments : [];
    if (segments.length === 0 || segments.length > SEGMENTS_MAX) {
        throw new TypeError(`createSequencePlayer: from 1 to ${SEGMENTS_MAX} segments`);
    }
    for (const segment of segments) {
        if (!isObject(segment) || (typeof segment.url !== 'string' && typeof segment.text !== 'string')) {
            throw new TypeError('createSequencePlayer: every segment needs a url or a text');
        }
    }
    return new SequencePlayer(segments, parameters);
}
