// One sound of a session as it plays: when it started, how far it is, which
// markers it has still to pass. Players, sequence players and call.startPlayback
// stand on it; `hooks` tells them what happens.

const playbacks = new Map(); // id -> Playback
const LATE_MS = 500; // the clock may be so far behind the audio
const MARKERS_MAX = 100; // of one playback: each is a timer outside the heap

class Playback {
    constructor(source, options, hooks) {
        this.id = host.nextPlayer();
        this.hooks = hooks; // ready(), started(ms), finished(error), stopped(), marker(offset)
        this.paused = Boolean(options.onPause);
        this.duration = null; // until it is loaded
        this.announced = false;
        this.playedMs = 0; // up to the last pause
        this.since = null; // time of the last start, null while silent
        this.markers = [];
        playbacks.set(this.id, this);
        emit({
            effect: 'create_player',
            player: this.id,
            source,
            looped: Boolean(options.loop),
            paused: this.paused,
        });
    }

    isLive() {
        return playbacks.get(this.id) === this;
    }

    addMarker(offset) {
        const ms = Math.round(Number(offset));
        if (!Number.isFinite(ms)) throw new TypeError('addMarker: the offset is a number of milliseconds');
        if (this.markers.length >= MARKERS_MAX) throw new Error(`more than ${MARKERS_MAX} markers`);
        const marker = { offset: ms, timer: 0 };
        this.markers.push(marker);
        if (this.since !== null) this.#arm(marker);
    }

    pause() {
        if (!this.isLive()) return;
        emit({ effect: 'pause_player', player: this.id });
        this.paused = true;
        if (this.since === null) return;
        this.playedMs += host.now() - this.since;
        this.since = null;
        this.#disarm();
    }

    resume() {
        if (!this.isLive()) return;
        emit({ effect: 'resume_player', player: this.id });
        this.paused = false;
        if (this.duration !== null && this.since === null) this.#begin();
    }

    // True when there was something to stop.
    stop() {
        if (!this.isLive()) return false;
        this.forget();
        emit({ effect: 'stop_player', player: this.id });
        return true;
    }

    forget() {
        playbacks.delete(this.id);
        this.#disarm();
    }

    loaded(duration) {
        this.duration = duration;
        this.hooks.ready();
        if (!this.paused && this.isLive()) this.#begin();
    }

    finished(error) {
        this.forget();
        // The end comes from the audio, markers from the clock: those that the
        // clock has not reached yet come first.
        if (!error && this.duration !== null) {
            const due = this.markers.filter((marker) => {
                const place = this.#placeOf(marker);
                return place >= 0 && place <= this.duration && place >= this.duration - LATE_MS;
            });
            this.markers = [];
            for (const marker of due) this.hooks.marker(marker.offset);
        }
        this.hooks.finished(error);
    }

    #begin() {
        this.since = host.now();
        if (!this.announced) {
            this.announced = true;
            this.hooks.started(this.duration);
        }
        if (this.since !== null) for (const marker of this.markers) this.#arm(marker);
    }

    // Milliseconds from the beginning; negative offsets count from the end.
    #placeOf({ offset }) {
        return offset < 0 ? this.duration + offset : offset;
    }

    #arm(marker) {
        const left = this.#placeOf(marker) - this.playedMs - (host.now() - this.since);
        if (marker.timer !== 0 || left < 0 || this.#placeOf(marker) > this.duration) return;
        marker.timer = markerTimer(left, () => {
            this.markers.splice(this.markers.indexOf(marker), 1);
            this.hooks.marker(marker.offset);
        });
    }

    #disarm() {
        for (const marker of this.markers) {
            clearMarker(marker.timer);
            marker.timer = 0;
        }
    }
}

const inputs = {
    player_started({ player: id, duration_ms: duration }) {
        const playback = playbacks.get(id);
        if (playback) playback.loaded(duration);
    },
    player_finished({ player: id, error }) {
        const playback = playbacks.get(id);
        if (playback) playback.finished(error);
    },
};

// The session ends, and all its sounds.
function endPlaybacks() {
    for (const playback of [...playbacks.values()]) {
        playback.forget();
        playback.hooks.stopped();
    }
}

// The second argument is an options object today and was (loop, onPause) before.
function playerOptions(options, onPause) {
    if (options !== null && typeof options === 'object') return options;
    return { loop: options === true, onPause: onPause === true };
}

function urlSource(url) {
    return { kind: 'url', url: asText(url) };
}
