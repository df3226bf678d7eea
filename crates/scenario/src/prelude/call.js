// Call legs.

const units = new WeakMap(); // API object -> { unit, id }
const calls = new Map(); // number inside the session -> state, see newCall

const TONE_TYPES = { telephone_event: 1, in_band: 2, sip_info: 3 }; // DTMFType

function newCall(fields) {
    const state = {
        token: host.unique(),
        state: 'ALERTING',
        answered: false,
        connected: false,
        hungUp: false,
        playback: null,
        recorded: false,
        toneTypes: null, // DTMFType of the digits that are told, null for all
        quality: null, // of the audio, until it is told
        customData: '',
        ...fields,
    };
    state.call = new Call(state);
    units.set(state.call, { unit: 'call', id: state.no });
    calls.set(state.no, state);
    return state.call;
}

function callFields(state) {
    return { id: state.token, call: state.call };
}

let stateOfCall; // of an object that is a call; a TypeError for others

class Call extends Emitter {
    #s;

    static {
        stateOfCall = (call) => call.#s;
    }

    constructor(state) {
        super();
        this.#s = state;
    }
}

const callMethods = {
    __proto__: Emitter.prototype,

    id() {
        return stateOfCall(this).token;
    },
    callerid() {
        return stateOfCall(this).callerid;
    },

    answer(headers) {
        const s = stateOfCall(this);
        if (!mayAnswer(s, 'answer')) return;
        s.answered = true;
        emit({ effect: 'answer', call: s.no, headers: sipHeaders(headers) });
    },

    hangup(headers) {
        const s = stateOfCall(this);
        if (s.hungUp || s.state === 'TERMINATED') return;
        s.hungUp = true;
        emit({ effect: 'hangup', call: s.no, headers: sipHeaders(headers, true) });
    },

    // `types` is a DTMFType or a list of them; all of them unless given.
    handleTones(enabled, types) {
        const list = (Array.isArray(types) ? types : [types]).map(Number).filter((type) => type >= 1 && type <= 3);
        stateOfCall(this).toneTypes = list.length > 0 ? list : null;
        const effect = { effect: 'handle_tones', call: stateOfCall(this).no, enabled: Boolean(enabled) };
        emit(list.includes(TONE_TYPES.in_band) ? { ...effect, in_band: true } : effect);
    },
};
bindMethods(Call, callMethods, 'Call');

function mayAnswer(s, what) {
    const may = s.incoming && !s.answered && !s.hungUp && s.state !== 'TERMINATED';
    if (!may) note(`${what} of call ${s.no} ignored: not a waiting incoming call`);
    return may;
}

function dropPlayback(state) {
    if (state.playback === null) return;
    state.playback.stop();
    state.playback = null;
}

function enterState(state, next) {
    const oldState = state.state;
    if (oldState === next) return;
    state.state = next;
    fire(state.call, 'Call.StateChanged', { ...callFields(state), oldState, newState: next });
}

function endCall(state) {
    calls.delete(state.no);
    forgetUnit(units.get(state.call));
    enterState(state, 'TERMINATED');
    dropPlayback(state);
    for (const ended of whenCallEnds) ended(state.call);
    if (partsLoaded.amd) part('amd').callEnded(state.call, state.amd);
}

function tellQuality(state) {
    if (!state.quality) return;
    const { quality } = state;
    state.quality = null;
    fire(state.call, 'Call.AudioQualityDetected', { ...callFields(state), quality });
}

const onCall = {
    call_alerting(input) {
        const headers = headerObject(input.headers);
        const call = newCall({
            no: input.call,
            incoming: true,
            callerid: input.callerid,
            number: input.destination,
            displayName: input.display_name,
            clientType: headers['VI-Client-Type'] || 'sip',
        });
        fire(app, 'Application.CallAlerting', {
            ...callFields(calls.get(input.call)),
            call,
            callerid: input.callerid,
            destination: input.destination,
            displayName: input.display_name,
            fromURI: input.from_uri,
            toURI: input.to_uri,
            headers,
            customData: '',
            scheme: {},
        });
    },

    call_connected(input) {
        const s = calls.get(input.call);
        if (!s) return;
        s.connected = true;
        enterState(s, 'CONNECTED');
        // It may have been answered in the moment of the hang-up: one more is due.
        s.hungUp = false;
        const fields = { ...callFields(s), headers: headerObject(input.headers) };
        fire(s.call, 'Call.Connected', { ...fields, customData: '', scheme: {} });
        tellQuality(s);
        if (s.amd) part('amd').callConnected(s.amd);
    },

    // The first packet often comes before the answer; the quality is told after it.
    call_first_audio({ call: no, hd }) {
        const s = calls.get(no);
        if (!s) return;
        s.quality = hd ? 'HD' : 'Standard';
        fire(s.call, 'Call.FirstAudioPacketReceived', callFields(s));
        if (s.connected) tellQuality(s);
    },

    call_disconnected(input) {
        const s = calls.get(input.call);
        if (!s) return;
        const byUs = s.hungUp;
        endCall(s);
        watchers.get(s.call)?.('Call.Disconnected', { byUs });
        watchers.delete(s.call);
        fire(s.call, 'Call.Disconnected', {
            ...callFields(s),
            duration: Math.round(input.duration_ms / 1000),
            cost: 0,
            direction: 'SIP Call', // the cloud's word for what it bills
            internalCode: input.internal_code,
            reason: input.reason,
            headers: headerObject(input.headers),
        });
    },

    tone_received({ call: no, tone, how }) {
        const s = calls.get(no);
        const type = TONE_TYPES[how];
        if (!s || (s.toneTypes && !s.toneTypes.includes(type))) return;
        fire(s.call, 'Call.ToneReceived', { ...callFields(s), tone, type });
    },
};
