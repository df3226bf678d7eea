// Players: the handles of a scenario on its sounds, and their events.

const { Playback, urlSource, playerOptions } = part('playback');

const PlayerEvents = names(
    'Player.',
    'Created PlaybackReady Started Stopped PlaybackFinished Error PlaybackMarkerReached',
    { PlaybackBuffering: 'Player.Buffering' },
);

class Player extends Emitter {
    #playback;
    #token = host.unique();

    constructor(source, options) {
        super();
        const tell = (event, fields) => fire(this, event, { player: this, ...fields });
        this.#playback = new Playback(source, options, {
            ready: () => {
                tell(PlayerEvents.Created);
                tell(PlayerEvents.PlaybackReady);
            },
            started: (duration) => tell(PlayerEvents.Started, { duration }),
            marker: (offset) => tell(PlayerEvents.PlaybackMarkerReached, { offset }),
            stopped: () => tell(PlayerEvents.Stopped),
            finished: (error) => {
                forgetUnit(units.get(this));
                if (error) tell(PlayerEvents.Error, { error });
                tell(PlayerEvents.PlaybackFinished, error ? { error } : undefined);
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
        this.#playback.addMarker(offset);
    }
    pause() {
        this.#playback.pause();
    }
    resume() {
        this.#playback.resume();
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

const members = { PlayerEvents, createURLPlayer, createToneScriptPlayer };
