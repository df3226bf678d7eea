// One sound of a session as it plays: when it started and how far it is. Players,
// sequence players and call.startPlayback stand on it; `hooks` tells them what happens.
// Pauses and markers are a part of their own: see markers.js.

const playbacks = new Map(); // id -> Playback

class Playback {
    constructor(source, options, hooks) {
        this.id = host.nextPlayer();
        this.hooks = hooks; // ready(), started(ms), finished(error), stopped(), marker(offset)
        this.paused = Boolean(options.onPause);
        this.duration = null; // until it is loaded
        this.announced = false;
        this.playedMs = 0; // up to the last pause
        this.since = null; // time of the last start, null while silent
        this.markers = null; // those that it has still to pass, once it has any
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

    // True when there was something to stop.
    stop() {
        if (!this.isLive()) return false;
        this.forget();
        emit({ effect: 'stop_player', player: this.id });
        return true;
    }

    forget() {
        playbacks.delete(this.id);
        if (this.markers) part('markers').disarm(this);
    }

    loaded(duration) {
        this.duration = duration;
        this.hooks.ready();
        if (!this.paused && this.isLive()) this.begin();
    }

    finished(error) {
        this.forget();
        if (!error && this.duration !== null && this.markers) part('markers').tellLate(this);
        this.hooks.finished(error);
    }

    begin() {
        this.since = host.now();
        if (!this.announced) {
            this.announced = true;
            this.hooks.started(this.duration);
        }
        if (this.since !== null && this.markers) part('markers').arm(this);
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
