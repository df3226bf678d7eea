// Players. The engine loads and plays; here are the handle and its events.

const players = new Map(); // id -> { player } or, for call.startPlayback, { owner }
const units = new WeakMap(); // API object -> { unit, id }

function sendMedia(from, sink) {
    const to = units.get(sink);
    if (!to || to.unit !== 'call') throw new TypeError('sendMediaTo: not a unit that can listen');
    emit({ effect: 'send_media', from, to });
}

function stopMedia(from, sink) {
    const to = units.get(sink);
    if (!to) throw new TypeError('stopMediaTo: not a media unit');
    emit({ effect: 'stop_media', from, to });
}

function createPlayer(record, source, options) {
    const id = host.nextPlayer();
    players.set(id, record);
    emit({
        effect: 'create_player',
        player: id,
        source,
        looped: Boolean(options.loop),
        paused: Boolean(options.onPause),
    });
    return id;
}

class Player extends Emitter {
    #id;
    #token = host.unique();

    constructor(source, options) {
        super();
        this.#id = createPlayer({ player: this }, source, options);
        units.set(this, { unit: 'player', id: this.#id });
    }

    id() {
        return this.#token;
    }

    sendMediaTo(unit) {
        sendMedia(units.get(this), unit);
    }

    stopMediaTo(unit) {
        stopMedia(units.get(this), unit);
    }

    pause() {
        if (players.has(this.#id)) emit({ effect: 'pause_player', player: this.#id });
    }

    resume() {
        if (players.has(this.#id)) emit({ effect: 'resume_player', player: this.#id });
    }

    // Ends the player for good; Stopped follows after the running callback.
    stop() {
        if (!players.delete(this.#id)) return;
        emit({ effect: 'stop_player', player: this.#id });
        Promise.resolve().then(() => fire(this, PlayerEvents.Stopped, { player: this }));
    }

    toString() {
        return `Player ${this.#token}`;
    }
}
bindOnRead(Player);

// The second argument is an options object today and was (loop, onPause) before.
function playerOptions(options, onPause) {
    if (options !== null && typeof options === 'object') return options;
    return { loop: options === true, onPause: onPause === true };
}

function createURLPlayer(request, options, onPause) {
    let url = request;
    if (request !== null && typeof request === 'object') {
        ({ url } = request);
        const method = asText(request.method, 'GET').toUpperCase();
        if (method !== 'GET' || request.body || (request.headers && request.headers.length)) {
            throw new Error('createURLPlayer: only a plain GET is supported here');
        }
    }
    return new Player({ kind: 'url', url: asText(url) }, playerOptions(options, onPause));
}

function createToneScriptPlayer(script, options, onPause) {
    return new Player({ kind: 'tone_script', script: asText(script) }, playerOptions(options, onPause));
}

const onPlayer = {
    player_started({ player: id, duration_ms: duration }) {
        const record = players.get(id);
        if (!record) return;
        const { player, owner } = record;
        if (owner) {
            fire(owner.call, CallEvents.PlaybackReady, callFields(owner));
            fire(owner.call, CallEvents.PlaybackStarted, { ...callFields(owner), duration });
        } else {
            fire(player, PlayerEvents.Created, { player });
            fire(player, PlayerEvents.PlaybackReady, { player });
            fire(player, PlayerEvents.Started, { player, duration });
        }
    },

    player_finished({ player: id, error }) {
        const record = players.get(id);
        if (!record) return;
        players.delete(id);
        const { player, owner } = record;
        const failure = error ? { error } : {};
        if (owner) {
            if (owner.playback === id) owner.playback = null;
            fire(owner.call, CallEvents.PlaybackFinished, { ...callFields(owner), ...failure });
        } else {
            if (error) fire(player, PlayerEvents.Error, { player, error });
            fire(player, PlayerEvents.PlaybackFinished, { player, ...failure });
        }
    },
};
