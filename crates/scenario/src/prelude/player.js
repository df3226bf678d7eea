// Players: the handles of a scenario on its sounds, and their events.

const { Playback, urlSource, playerOptions } = part('playback');

class Player extends Emitter {
    #playback;
    #token = host.unique();

    constructor(source, options) {
        super();
        const tell = (event, fields) => fire(this, event, { player: this, ...fields });
        this.#playback = new Playback(source, options, {
            ready: () => {
                tell('Player.Created');
                tell('Player.PlaybackReady');
            },
            started: (duration) => tell('Player.Started', { duration }),
            marker: (offset) => tell('Player.PlaybackMarkerReached', { offset }),
            stopped: () => tell('Player.Stopped'),
            finished: (error) => {
                forgetUnit(units.get(this));
                if (error) tell('Player.Error', { error });
                tell('Player.PlaybackFinished', error ? { error } : undefined);
            },
        });
        units.set(this, { unit: 'player', id: this.#playback.id });
    }

    id() {
        return this.#token;
    }
    sendMediaTo(unit, parameters) {
        sendMedia(units.get(this), unit, parameters);
    }
    stopMediaTo(unit, parameters) {
        stopMedia(units.get(this), unit, parameters);
    }
    addMarker(offset) {
        part('markers').addMarker(this.#playback, offset);
    }
    pause() {
        part('markers').pause(this.#playback);
    }
    resume() {
        part('markers').resume(this.#playback);
    }
    // Ends the player for good; Stopped follows after the running callback.
    stop() {
        const playback = this.#playback;
        if (!playback.stop()) return;
        forgetUnit(units.get(this));
        later(playback.hooks.stopped);
    }
    toString() {
        return `Player ${this.#token}`;
    }
}
bindOnRead(Player);

function createURLPlayer(request, options, onPause) {
    const source = isObject(request) ? part('requests').requestSource(request) : urlSource(request);
    return new Player(source, playerOptions(options, onPause));
}

function createToneScriptPlayer(script, options, onPause) {
    return new Player({ kind: 'tone_script', script: asText(script) }, playerOptions(options, onPause));
}

const members = {
    PlayerEvents: lazyEvents('PlayerEvents'),
    createURLPlayer,
    createToneScriptPlayer,
    createToneScript: createToneScriptPlayer, // its name in older releases
};
