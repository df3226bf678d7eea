// What a scenario does with a call, and hears of it, less often than that it was
// answered and is over. The methods are bound to their object in emitter.js.

const TEXT_MESSAGE = 'text/plain'; // how sendMessage travels; other types are sendInfo

const members = {
    number() {
        return stateOfCall(this).number;
    },
    displayName() {
        return stateOfCall(this).displayName;
    },
    state() {
        return stateOfCall(this).state;
    },
    incoming() {
        return stateOfCall(this).incoming;
    },
    clientType() {
        return stateOfCall(this).clientType;
    },
    customData(value) {
        if (value !== undefined) stateOfCall(this).customData = String(value);
        return stateOfCall(this).customData;
    },
    toString() {
        return `Call ${stateOfCall(this).token}`;
    },

    // Media goes through us in every mode.
    answerDirect(peerCall, headers) {
        this.answer(headers);
    },

    ring(headers) {
        if (mayAnswer(stateOfCall(this), 'ring')) {
            emit({ effect: 'ring', call: stateOfCall(this).no, headers: sipHeaders(headers) });
        }
    },

    startEarlyMedia(headers) {
        if (mayAnswer(stateOfCall(this), 'startEarlyMedia')) {
            emit({ effect: 'early_media', call: stateOfCall(this).no, headers: sipHeaders(headers) });
        }
    },

    reject(code, headers) {
        if (!mayAnswer(stateOfCall(this), 'reject')) return;
        const number = Number(code);
        if (!(number >= 300 && number <= 699)) {
            throw new RangeError(`reject: ${String(code)} is not a SIP status from 300 to 699`);
        }
        stateOfCall(this).hungUp = true;
        emit({
            effect: 'reject',
            call: stateOfCall(this).no,
            code: Math.trunc(number),
            headers: sipHeaders(headers, true),
        });
    },

    decline(code, headers) {
        this.reject(code === undefined ? 486 : code, headers);
    },

    sendDigits(digits) {
        const clean = asText(digits);
        if (!/^[0-9*#p]*$/.test(clean)) throw new TypeError('sendDigits: only 0-9, *, # and p');
        emit({ effect: 'send_digits', call: stateOfCall(this).no, digits: clean });
    },

    sendMessage(text) {
        this.sendInfo(TEXT_MESSAGE, asText(text, String(text)));
    },

    sendInfo(mimeType, body, headers) {
        const text = asText(body, String(body));
        const most = host.limit('message_bytes');
        if (host.size(text) > most) {
            note(`message longer than ${most} bytes, not sent`);
            return;
        }
        emit({
            effect: 'send_info',
            call: stateOfCall(this).no,
            mime_type: asText(mimeType, 'text/plain'),
            body: text,
            headers: sipHeaders(headers),
        });
    },
};

const inputs = {
    call_info({ call: no, mime_type: mimeType, body, headers: pairs }) {
        const s = calls.get(no);
        if (!s) return;
        const headers = headerObject(pairs);
        if (mimeType.toLowerCase().startsWith(TEXT_MESSAGE)) {
            fire(s.call, 'Call.MessageReceived', { ...callFields(s), text: body, headers });
        } else {
            fire(s.call, 'Call.InfoReceived', { ...callFields(s), mimeType, body, headers });
        }
    },

    call_rtp({ call: no, stopped }) {
        const s = calls.get(no);
        if (s) fire(s.call, stopped ? 'Call.RtpStopped' : 'Call.RtpResumed', callFields(s));
    },

    call_held({ call: no, held }) {
        const s = calls.get(no);
        if (s) fire(s.call, held ? 'Call.OnHold' : 'Call.OffHold', callFields(s));
    },
};
