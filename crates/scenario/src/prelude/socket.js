// WebSockets, opened by the scenario or by a client at the access URL, with text
// and audio both ways. Part of its own: most scenarios do without.

const SEND_BYTES_MAX = 1 << 20; // of one message
const TRACE_CHARS_MAX = 1000; // of one message in the log
const STREAMS_MAX = 8; // tags of one WebSocket
const ENCODINGS = ['PCM8', 'PCM16', 'ALAW', 'ULAW', 'OPUS'];
const CLOSE_REASON_BYTES_MAX = 123; // RFC 6455 5.5
const events = names('WebSocket.', 'Open Close Message Error Created', {
    MediaStarted: 'WebSocket.MediaEventStarted',
    MediaEnded: 'WebSocket.MediaEventEnded',
});
const sockets = new Map(); // id -> state
const stateOf = new WeakMap(); // WebSocket -> state
const sending = new Map(); // id of a unit that sends audio to its far end -> state
let arriving = null; // the id of the connection that is made an object
let traceIncoming = false;

class WebSocket extends Emitter {
    #s;

    // `parameters` is an object, or the subprotocols as in older releases.
    constructor(url, parameters) {
        super();
        const own = isObject(parameters) && !Array.isArray(parameters) ? parameters : { protocols: parameters };
        const incoming = arriving !== null;
        this.#s = {
            no: incoming ? arriving : host.nextUnit(),
            token: host.unique(),
            traced: (incoming ? traceIncoming : Boolean(own.trace)) && !own.privacy,
            streams: new Map(), // tag -> unit: the audio both ways that has this tag
            socket: this,
        };
        for (const name of ['onopen', 'onclose', 'onerror', 'onmessage', 'oncreated', 'onmediastarted', 'onmediaended']) {
            this[name] = null;
        }
        this.url = asText(url);
        this.readyState = incoming ? 'open' : 'connecting';
        sockets.set(this.#s.no, this.#s);
        this.#s.streams.set(null, { unit: 'web_socket', id: this.#s.no });
        units.set(this, this.#s.streams.get(null));
        stateOf.set(this, this.#s);
        if (!incoming) order(this.#s, { do: 'open', url: this.url, protocols: texts(own.protocols), headers: handshakeHeaders(own.headers) });
        Promise.resolve().then(() => tell(this.#s, 'Created', {}));
    }

    id() {
        return this.#s.token;
    }

    // Text as it is, anything else as JSON.
    send(data) {
        const s = this.#s;
        const text = typeof data === 'string' ? data : stringify(data);
        if (text === undefined) throw new TypeError('send: there is nothing to send');
        if (this.readyState === 'closed' || this.readyState === 'closing') {
            note(`send ignored: WebSocket ${s.no} is ${this.readyState}`);
        } else if (host.size(text) > SEND_BYTES_MAX) {
            note(`message longer than ${SEND_BYTES_MAX} bytes, not sent`);
        } else {
            if (s.traced) note(`socket=${s.no} sent: ${text.slice(0, TRACE_CHARS_MAX)}`);
            order(s, { do: 'send', text });
        }
    }

    close(code, reason) {
        if (this.readyState === 'closed' || this.readyState === 'closing') return;
        this.readyState = 'closing';
        const number = Number(code);
        const fits = number === 1000 || (number >= 3000 && number <= 4999);
        let why = asText(reason);
        while (host.size(why) > CLOSE_REASON_BYTES_MAX) why = why.slice(0, -1);
        order(this.#s, { do: 'close', code: fits ? Math.trunc(number) : 1000, reason: why });
    }

    // What the far end sends as audio, to a unit; `tag` is one of its streams.
    sendMediaTo(unit, parameters) {
        sendMedia(streamUnit(this.#s, parameters), unit, parameters);
    }

    stopMediaTo(unit, parameters) {
        stopMedia(streamUnit(this.#s, parameters), unit, parameters);
    }

    // Of one stream, or of all.
    clearMediaBuffer(parameters) {
        const tag = tagOf(parameters);
        const unit = this.#s.streams.get(tag);
        if (unit) order(this.#s, { do: 'clear', stream: tag === null ? null : unit.id });
    }

    toString() {
        return `WebSocket ${this.#s.token}`;
    }
}
bindOnRead(WebSocket);

function order(state, what) {
    emit({ effect: 'socket', socket: state.no, order: what });
}

function texts(value) {
    const list = Array.isArray(value) ? value : [value];
    return list.map((item) => asText(item)).filter((item) => item !== '');
}

// [{name, value}], or an object.
function handshakeHeaders(headers) {
    if (Array.isArray(headers)) {
        return headers.filter((h) => isObject(h) && asText(h.name)).map((h) => [asText(h.name), asText(h.value, String(h.value))]);
    }
    return isObject(headers) ? Object.entries(headers).map(([name, value]) => [name, String(value)]) : [];
}

function tagOf(parameters) {
    return (isObject(parameters) && asText(parameters.tag)) || null;
}

// A stream with a tag is a unit of its own, from the first time it is named.
function streamUnit(state, parameters) {
    const tag = tagOf(parameters);
    let unit = state.streams.get(tag);
    if (!unit) {
        if (state.streams.size >= STREAMS_MAX) throw new Error(`more than ${STREAMS_MAX} streams in a WebSocket`);
        unit = { unit: 'web_socket', id: host.nextUnit() };
        state.streams.set(tag, unit);
        order(state, { do: 'name_stream', stream: unit.id, tag });
    }
    return unit;
}

// Audio to the far end begins.
function openStream(socket, parameters) {
    const own = isObject(parameters) ? parameters : {};
    const encoding = asText(own.encoding, 'PCM8').toUpperCase();
    if (!ENCODINGS.includes(encoding)) {
        throw new TypeError(`sendMediaTo: ${encoding} is not a WebSocketAudioEncoding`);
    }
    const state = stateOf.get(socket);
    const unit = streamUnit(state, parameters);
    const custom = isObject(own.customParameters) ? stringify(own.customParameters) : null;
    sending.set(unit.id, state);
    order(state, { do: 'stream', stream: unit.id, encoding, custom_parameters: custom });
    return unit;
}

// The units that a stopMediaTo of a WebSocket may mean.
function openStreams(socket, parameters) {
    const { streams } = stateOf.get(socket);
    const tag = tagOf(parameters);
    return tag === null ? [...streams.values()] : [streams.get(tag)].filter(Boolean);
}

// Nothing is sent any more: stopped, or the source is gone.
function endStream(unit) {
    const state = sending.get(unit.id);
    if (sending.delete(unit.id)) order(state, { do: 'stop_stream', stream: unit.id });
}

// The on... property comes right before the handlers.
function tell(state, name, fields) {
    const { socket } = state;
    const event = { websocket: socket, ...fields };
    const own = socket[`on${name.toLowerCase()}`];
    if (typeof own === 'function') own.call(socket, { name: events[name], ...event });
    fire(socket, events[name], event);
}

function close(state, code, reason, wasClean) {
    sockets.delete(state.no);
    for (const unit of state.streams.values()) {
        sending.delete(unit.id);
        forgetUnit(unit);
    }
    state.socket.readyState = 'closed';
    tell(state, 'Close', { code, reason, wasClean });
}

function media(input) {
    const fields = {};
    if (input.tag) fields.tag = input.tag;
    if (input.encoding) fields.encoding = input.encoding;
    if (input.custom_parameters) fields.customParameters = parse(input.custom_parameters);
    if (input.duration_ms !== undefined) fields.mediaInfo = { duration: input.duration_ms };
    return fields;
}

function onSocket(input, text) {
    const state = sockets.get(input.socket);
    if (!state) return;
    switch (input.event) {
        case 'opened':
            if (state.socket.readyState === 'connecting') state.socket.readyState = 'open';
            tell(state, 'Open', {});
            break;
        case 'message':
            if (state.traced) note(`socket=${state.no} received: ${text.slice(0, TRACE_CHARS_MAX)}`);
            // `data` is the name of older releases.
            tell(state, 'Message', { text, data: text });
            break;
        case 'media_started':
            tell(state, 'MediaStarted', media(input));
            break;
        case 'media_ended':
            tell(state, 'MediaEnded', media(input));
            break;
        case 'closed':
            if (input.error) tell(state, 'Error', { reason: input.error });
            close(state, input.code, input.reason, input.clean);
            break;
    }
}

function onArrived({ socket: no, method, path, headers, reason }) {
    const { requestPath } = part('access');
    const request = { method, path: requestPath(path), content: '', headers: keyValues(headers) };
    if (no === undefined) {
        fire(app, 'Application.OnNewWebSocketFailed', { reason, ...request });
        return;
    }
    arriving = no;
    let websocket;
    try {
        websocket = new WebSocket(sessionURL().replace(/^http/, 'ws'));
    } finally {
        arriving = null;
    }
    fire(app, 'AppEvents.NewWebSocketConnection', { websocket, ...request });
}

// The session ends: all are closed.
function closeSockets() {
    for (const state of [...sockets.values()]) close(state, 1000, '', true);
}

const members = {
    WebSocket,
    createWebSocket: (url, parameters) => new WebSocket(url, parameters),
    allowWebSocketConnections: () => host.allowSockets(),
    enableTraceForIncomingWebsockets() {
        traceIncoming = true;
    },
    disableTraceForIncomingWebsockets() {
        traceIncoming = false;
    },
    // Statistics are a service of the cloud: there is nothing to switch.
    enableStatisticsForIncomingWebsockets() {},
    disableStatisticsForIncomingWebsockets() {},
};

const inputs = { socket: onSocket, socket_arrived: onArrived };
