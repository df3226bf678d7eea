// Players: the handles of a scenario on its sounds, and their events.

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

// The second argument is an options object today and was (loop, onPause) before.
function playerOptions(options, onPause) {
    if (options !== null && typeof options === 'object') return options;
    return { loop: options === true, onPause: onPause === true };
}

function urlSource(url) {
    return { kind: 'url', url: asText(url) };
}

// `{url, method, headers: [{name, value}], body: {text} or {binary}}`.
function requestSource(request) {
    const method = asText(request.method, 'GET').toUpperCase();
    const headers = Array.isArray(request.headers) ? request.headers : [];
    const body = isObject(request.body) ? request.body : {};
    const bytes = plainBytes(body.text === undefined ? body.binary : asText(body.text));
    if (method === 'GET' && headers.length === 0 && bytes === undefined) return urlSource(request.url);
    if (method !== 'GET' && method !== 'POST') throw new TypeError('createURLPlayer: the method is GET or POST');
    return {
        kind: 'request',
        spec: {
            method,
            url: asText(request.url),
            headers: part('net').httpHeaders(headers.map((h) => `${asText(h?.name)}: ${asText(h?.value)}`)),
            body: typeof bytes === 'string' ? host.bytes(bytes) : bytes || [],
            timeout_ms: host.limit('audio_fetch_s') * 1000,
            connect_timeout_ms: host.limit('http_connect_s') * 1000,
        },
    };
}

function createURLPlayer(request, options, onPause) {
    const source = isObject(request) ? requestSource(request) : urlSource(request);
    return new Player(source, playerOptions(options, onPause));
}

// What the words of ttsOptions come to, percent of the usual.
const MANNERS = {
    rate: { 'x-slow': 50, slow: 75, medium: 100, fast: 130, 'x-fast': 170, default: 100 },
    pitch: { 'x-low': 50, low: 75, medium: 100, high: 125, 'x-high': 150, default: 100 },
    volume: { silent: 0, 'x-soft': 25, soft: 50, medium: 100, loud: 150, 'x-loud': 200, default: 100 },
};
const MANNER_MAX = 400;

// 'slow', 1.5, '150%', '+20%', '0.5Hz' or '+6dB' as percent of the usual; NaN for others.
function mannerPercent(words, given) {
    const text = asText(given, String(given)).trim();
    if (words[text] !== undefined) return words[text];
    const [, sign, digits, unit] = /^([+-]?)(\d+(?:\.\d+)?)(%|Hz|dB)?$/.exec(text) || [];
    const number = Number(sign + digits);
    const percent = {
        '%': sign ? 100 + number : number,
        dB: 100 * 10 ** (number / 20),
    }[unit];
    const wanted = Math.round(percent ?? (sign ? NaN : number * 100));
    return Math.min(Math.max(wanted, 0), MANNER_MAX);
}

function mannerOf(options) {
    const manner = { rate: 100, pitch: 100, volume: 100 };
    for (const [name, given] of Object.entries(isObject(options) ? options : {})) {
        const key = name === 'speed' ? 'rate' : name;
        const percent = MANNERS[key] ? mannerPercent(MANNERS[key], given) : NaN;
        if (percent >= 0) manner[key] = percent;
        else note(`ttsOptions.${name} has no effect here: ${asText(given, String(given))}`);
    }
    return manner;
}

// (text, {voice or language, ttsOptions}), (text, a Language or a voice, ttsOptions) or (text).
function speechSource(text, parameters, ttsOptions) {
    const isNew = isObject(parameters);
    const voice = isNew ? parameters.voice || parameters.language : parameters;
    return {
        kind: 'speech',
        text: asText(text, String(text)),
        voice: asText(voice),
        manner: mannerOf(isNew ? parameters.ttsOptions : ttsOptions),
    };
}

function createTTSPlayer(text, parameters, ttsOptions, onPause) {
    const options = isObject(parameters) ? { ...parameters, loop: false } : { onPause: onPause === true };
    return new Player(speechSource(text, parameters, ttsOptions), options);
}

function createToneScriptPlayer(script, options, onPause) {
    return new Player({ kind: 'tone_script', script: asText(script) }, playerOptions(options, onPause));
}
