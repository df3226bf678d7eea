// Call legs.

const calls = new Map(); // number inside the session -> state, see newCall

const TEXT_MESSAGE = 'text/plain'; // how sendMessage travels; other types are sendInfo
const TONE_TYPES = { telephone_event: 1, in_band: 2, sip_info: 3 }; // DTMFType
const PROGRESS_TONES = { US: '440@-19,480@-19;*(2/4/1+2)', RU: '425@-19;*(1/4/1)' };

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

class Call extends Emitter {
    #s;

    constructor(state) {
        super();
        this.#s = state;
    }

    id() {
        return this.#s.token;
    }
    callerid() {
        return this.#s.callerid;
    }
    number() {
        return this.#s.number;
    }
    displayName() {
        return this.#s.displayName;
    }
    state() {
        return this.#s.state;
    }
    incoming() {
        return this.#s.incoming;
    }
    clientType() {
        return this.#s.clientType;
    }
    customData(value) {
        if (value !== undefined) this.#s.customData = String(value);
        return this.#s.customData;
    }
    toString() {
        return `Call ${this.#s.token}`;
    }

    answer(headers) {
        const s = this.#s;
        if (!this.#mayAnswer('answer')) return;
        s.answered = true;
        emit({ effect: 'answer', call: s.no, headers: sipHeaders(headers) });
    }

    // Media goes through us in every mode.
    answerDirect(peerCall, headers) {
        this.answer(headers);
    }

    ring(headers) {
        if (this.#mayAnswer('ring')) {
            emit({ effect: 'ring', call: this.#s.no, headers: sipHeaders(headers) });
        }
    }

    startEarlyMedia(headers) {
        if (this.#mayAnswer('startEarlyMedia')) {
            emit({ effect: 'early_media', call: this.#s.no, headers: sipHeaders(headers) });
        }
    }

    reject(code, headers) {
        if (!this.#mayAnswer('reject')) return;
        const number = Number(code);
        if (!(number >= 300 && number <= 699)) {
            throw new RangeError(`reject: ${String(code)} is not a SIP status from 300 to 699`);
        }
        this.#s.hungUp = true;
        emit({
            effect: 'reject',
            call: this.#s.no,
            code: Math.trunc(number),
            headers: sipHeaders(headers, true),
        });
    }

    decline(code, headers) {
        this.reject(code === undefined ? 486 : code, headers);
    }

    hangup(headers) {
        const s = this.#s;
        if (s.hungUp || s.state === 'TERMINATED') return;
        s.hungUp = true;
        emit({ effect: 'hangup', call: s.no, headers: sipHeaders(headers, true) });
    }

    handleBlindTransfer(enabled) {
        emit({ effect: 'handle_blind_transfer', call: this.#s.no, enabled: Boolean(enabled) });
    }

    notifyBlindTransferSuccess() {
        emit({ effect: 'notify_transfer', call: this.#s.no, code: 200, reason: 'OK' });
    }

    notifyBlindTransferFailed(code, reason) {
        const status = sipStatus(code, 603);
        emit({ effect: 'notify_transfer', call: this.#s.no, code: status, reason: asText(reason, 'Declined') });
    }

    // Asks the far end to call `to`, or to take over the place of another call.
    transferTo(parameters) {
        const { to, call, headers } = isObject(parameters) ? parameters : { to: parameters };
        const other = isObject(call) ? units.get(call) : undefined;
        const target = other ? { kind: 'call', call: other.id } : { kind: 'address', address: asText(to) };
        emit({ effect: 'transfer', call: this.#s.no, to: target, headers: sipHeaders(headers) });
    }

    reInvite(headers, mimeType, body) {
        emit({
            effect: 're_invite',
            call: this.#s.no,
            headers: sipHeaders(headers),
            mime_type: asText(mimeType),
            body: asText(body),
        });
    }

    acceptReInvite(headers) {
        emit({ effect: 'accept_re_invite', call: this.#s.no, headers: sipHeaders(headers) });
    }

    // (code, headers) or (headers).
    rejectReInvite(...given) {
        const headers = given.find(isObject);
        emit({
            effect: 'reject_re_invite',
            call: this.#s.no,
            code: sipStatus(given[0], 488),
            headers: sipHeaders(headers),
        });
    }

    sendMediaTo(unit, parameters) {
        sendMedia(units.get(this), unit, parameters);
    }

    stopMediaTo(unit, parameters) {
        stopMedia(units.get(this), unit, parameters);
    }

    startPlayback(url, options) {
        this.#play(urlSource(url), playerOptions(options));
    }

    say(text, parameters, ttsOptions) {
        this.#play(speechSource(text, parameters, ttsOptions), {});
    }

    playProgressTone(country) {
        const script = PROGRESS_TONES[asText(country).toUpperCase()] || PROGRESS_TONES.US;
        this.#play({ kind: 'tone_script', script }, { loop: true });
    }

    // No PlaybackFinished follows.
    stopPlayback() {
        dropPlayback(this.#s);
    }

    // What the call says and hears. It may begin before the answer and ends with the call.
    record(parameters) {
        const s = this.#s;
        if (s.state === 'TERMINATED') return;
        if (s.recorded) {
            note(`record of call ${s.no} ignored: it is recorded already`);
            return;
        }
        s.recorded = true;
        part('units').recordCall(this, s.no, callFields(s), parameters);
    }

    // `types` is a DTMFType or a list of them; all of them unless given.
    handleTones(enabled, types) {
        const list = (Array.isArray(types) ? types : [types]).map(Number).filter((type) => type >= 1 && type <= 3);
        this.#s.toneTypes = list.length > 0 ? list : null;
        const effect = { effect: 'handle_tones', call: this.#s.no, enabled: Boolean(enabled) };
        emit(list.includes(TONE_TYPES.in_band) ? { ...effect, in_band: true } : effect);
    }

    vad() {
        return part('listening').vad(this.#s);
    }

    handleMicStatus(handle) {
        part('listening').handleMicStatus(this.#s, handle);
    }

    enableBeepDetection(parameters) {
        part('listening').enableBeepDetection(this.#s, parameters);
    }

    disableBeepDetection() {
        part('listening').disableBeepDetection(this.#s);
    }

    monitorMediaStatistics(parameters) {
        part('listening').monitorMediaStatistics(this.#s, parameters);
    }

    sendDigits(digits) {
        const clean = asText(digits);
        if (!/^[0-9*#p]*$/.test(clean)) throw new TypeError('sendDigits: only 0-9, *, # and p');
        emit({ effect: 'send_digits', call: this.#s.no, digits: clean });
    }

    sendMessage(text) {
        this.sendInfo(TEXT_MESSAGE, asText(text, String(text)));
    }

    sendInfo(mimeType, body, headers) {
        const text = asText(body, String(body));
        const most = host.limit('message_bytes');
        if (host.size(text) > most) {
            note(`message longer than ${most} bytes, not sent`);
            return;
        }
        emit({
            effect: 'send_info',
            call: this.#s.no,
            mime_type: asText(mimeType, 'text/plain'),
            body: text,
            headers: sipHeaders(headers),
        });
    }

    #mayAnswer(what) {
        const s = this.#s;
        const may = s.incoming && !s.answered && !s.hungUp && s.state !== 'TERMINATED';
        if (!may) note(`${what} of call ${s.no} ignored: not a waiting incoming call`);
        return may;
    }

    #play(source, options) {
        const s = this.#s;
        if (s.state === 'TERMINATED') return;
        dropPlayback(s);
        const tell = (event, fields) => fire(this, event, { ...callFields(s), ...fields });
        s.playback = new Playback(source, options, {
            ready: () => tell(CallEvents.PlaybackReady),
            started: (duration) => tell(CallEvents.PlaybackStarted, { duration }),
            marker() {},
            stopped() {},
            finished: (error) => {
                s.playback = null;
                tell(CallEvents.PlaybackFinished, error ? { error } : undefined);
            },
        });
        sendMedia({ unit: 'player', id: s.playback.id }, this);
    }
}
bindOnRead(Call);

// A SIP status that refuses.
function sipStatus(code, otherwise) {
    const number = Math.trunc(Number(code));
    return number >= 300 && number <= 699 ? number : otherwise;
}

whenHeard[CallEvents.ReInviteReceived] = (object) => {
    const unit = units.get(object);
    if (unit && unit.unit === 'call') emit({ effect: 'handle_re_invites', call: unit.id });
};

function dropPlayback(state) {
    if (state.playback === null) return;
    state.playback.stop();
    state.playback = null;
}

function enterState(state, next) {
    const oldState = state.state;
    if (oldState === next) return;
    state.state = next;
    fire(state.call, CallEvents.StateChanged, { ...callFields(state), oldState, newState: next });
}

function callStateOf(call) {
    const unit = units.get(call);
    return unit && unit.unit === 'call' ? calls.get(unit.id) : undefined;
}

function callOfUnit({ unit, id }) {
    return unit === 'call' ? calls.get(id)?.call : undefined;
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
    fire(state.call, CallEvents.AudioQualityDetected, { ...callFields(state), quality });
}

// A CallEvent whose only field of its own is the headers.
function plainCallEvent(event, next) {
    return ({ call: no, headers, code }) => {
        const s = calls.get(no);
        if (!s) return;
        if (next) enterState(s, next);
        const fields = { ...callFields(s), headers: headerObject(headers) };
        if (code !== undefined) Object.assign(fields, { code, scheme: {} });
        fire(s.call, event, fields);
    };
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
        fire(app, AppEvents.CallAlerting, {
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

    call_ringing: plainCallEvent(CallEvents.Ringing, 'PROGRESSING'),
    call_audio_started: plainCallEvent(CallEvents.AudioStarted, 'PROGRESSING'),

    call_connected(input) {
        const s = calls.get(input.call);
        if (!s) return;
        s.connected = true;
        enterState(s, 'CONNECTED');
        // It may have been answered in the moment of the hang-up: one more is due.
        s.hungUp = false;
        const fields = { ...callFields(s), headers: headerObject(input.headers) };
        fire(s.call, CallEvents.Connected, { ...fields, customData: '', scheme: {} });
        tellQuality(s);
        if (s.amd) part('amd').callConnected(s.amd);
    },

    // The first packet often comes before the answer; the quality is told after it.
    call_first_audio({ call: no, hd }) {
        const s = calls.get(no);
        if (!s) return;
        s.quality = hd ? 'HD' : 'Standard';
        fire(s.call, CallEvents.FirstAudioPacketReceived, callFields(s));
        if (s.connected) tellQuality(s);
    },

    call_rtp({ call: no, stopped }) {
        const s = calls.get(no);
        if (s) fire(s.call, stopped ? CallEvents.RtpStopped : CallEvents.RtpResumed, callFields(s));
    },

    call_failed({ call: no, code, reason, headers }) {
        const s = calls.get(no);
        if (!s) return;
        endCall(s);
        fire(s.call, CallEvents.Failed, {
            ...callFields(s),
            code,
            reason,
            headers: headerObject(headers),
        });
    },

    call_disconnected(input) {
        const s = calls.get(input.call);
        if (!s) return;
        const byUs = s.hungUp;
        endCall(s);
        watchers.get(s.call)?.(CallEvents.Disconnected, { byUs });
        watchers.delete(s.call);
        fire(s.call, CallEvents.Disconnected, {
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
        fire(s.call, CallEvents.ToneReceived, { ...callFields(s), tone, type });
    },

    call_held({ call: no, held }) {
        const s = calls.get(no);
        if (s) fire(s.call, held ? CallEvents.OnHold : CallEvents.OffHold, callFields(s));
    },

    call_transfer_requested({ call: no, target, headers }) {
        const s = calls.get(no);
        if (!s) return;
        const fields = { ...callFields(s), transferTo: target, headers: headerObject(headers) };
        fire(s.call, CallEvents.BlindTransferRequested, fields);
    },

    call_transferred({ call: no, code, reason, headers: pairs }) {
        const s = calls.get(no);
        if (!s) return;
        const fields = { ...callFields(s), role: 'transferee', headers: headerObject(pairs) };
        if (code < 300) fire(s.call, CallEvents.TransferComplete, fields);
        else fire(s.call, CallEvents.TransferFailed, { ...fields, code, reason });
    },

    call_taken_over({ call: no, role, headers: pairs }) {
        const s = calls.get(no);
        if (s) fire(s.call, CallEvents.TransferComplete, { ...callFields(s), role, headers: headerObject(pairs) });
    },

    call_re_invite({ call: no, mime_type: mimeType, body, headers }) {
        const s = calls.get(no);
        if (!s) return;
        // The handler may have been removed again.
        if (!hears(s.call, CallEvents.ReInviteReceived)) s.call.acceptReInvite();
        else fire(s.call, CallEvents.ReInviteReceived, { ...callFields(s), mimeType, body, headers: headerObject(headers) });
    },

    call_re_invite_answered({ call: no, code, reason, mime_type: mimeType, body, headers: pairs }) {
        const s = calls.get(no);
        if (!s) return;
        const fields = { ...callFields(s), headers: headerObject(pairs) };
        if (code < 300) fire(s.call, CallEvents.ReInviteAccepted, { ...fields, mimeType, body });
        else fire(s.call, CallEvents.ReInviteRejected, { ...fields, code, reason });
    },

    call_info({ call: no, mime_type: mimeType, body, headers: pairs }) {
        const s = calls.get(no);
        if (!s) return;
        const headers = headerObject(pairs);
        if (mimeType.toLowerCase().startsWith(TEXT_MESSAGE)) {
            fire(s.call, CallEvents.MessageReceived, { ...callFields(s), text: body, headers });
        } else {
            fire(s.call, CallEvents.InfoReceived, { ...callFields(s), mimeType, body, headers });
        }
    },
};
