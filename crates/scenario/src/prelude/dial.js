// Outgoing calls, in the object forms of today and the positional ones of old.

const RING_TIMEOUT_HEADER = 'vi-calltimeout'; // seconds, callUser only
const RING_TIMEOUT_MIN_S = 10;
const RING_TIMEOUT_MAX_S = 400;

function withoutPlus(number) {
    return asText(number).replace(/^\+/, '');
}

function outgoing(clientType, number, { callerid, displayName, allow180After183 }) {
    const no = host.nextCall();
    newCall({
        no,
        incoming: false,
        callerid: asText(callerid),
        number,
        displayName: asText(displayName),
        clientType,
        audioStarted: false,
        ringsLate: allow180After183 === true,
    });
    return no;
}

function dial(target, clientType, number, options) {
    const { callerid, displayName, headers, timeoutMs, amd } = options;
    const no = outgoing(clientType, number, options);
    const { call } = calls.get(no);
    emit({
        effect: 'dial',
        call: no,
        target,
        callerid: asText(callerid),
        display_name: asText(displayName),
        headers: sipHeaders(headers),
        timeout_ms: timeoutMs || host.limit('outgoing_unanswered_s') * 1000,
    });
    if (isObject(amd)) part('amd').belongTo(amd, call);
    return call;
}

function callUser(first, second, displayName, extraHeaders) {
    let options;
    if (isObject(first)) options = first;
    else if (isObject(second)) options = { ...second, username: first };
    else options = { username: first, callerid: second, displayName, extraHeaders };

    const user = asText(options.username);
    const headers = { ...(isObject(options.extraHeaders) ? options.extraHeaders : {}) };
    let timeoutMs = 0; // the usual
    for (const name of Object.keys(headers)) {
        if (name.toLowerCase() !== RING_TIMEOUT_HEADER) continue;
        const seconds = Number(headers[name]);
        if (seconds > 0) {
            timeoutMs = Math.min(Math.max(seconds, RING_TIMEOUT_MIN_S), RING_TIMEOUT_MAX_S) * 1000;
        }
        delete headers[name];
    }
    return dial({ kind: 'user', user }, 'user', user, {
        callerid: options.callerid,
        displayName: options.displayName,
        headers,
        timeoutMs: Math.round(timeoutMs),
        amd: options.amd,
    });
}

function callSIP(to, second, displayName, password, authUser, extraHeaders, video, outProxy) {
    const options = isObject(second)
        ? second
        : { callerid: second, displayName, password, authUser, headers: extraHeaders, outProxy };
    const address = asText(to);
    const uri = /^sips?:/i.test(address) ? address : `sip:${address}`;
    const given = (value) => asText(value, null) || null;
    const target = {
        kind: 'sip',
        uri,
        auth_user: given(options.authUser),
        password: given(options.password),
        out_proxy: given(options.outProxy),
    };
    return dial(target, 'sip', address, { ...options, headers: options.headers });
}

function callPSTN(number, callerid, parameters) {
    const digits = withoutPlus(number);
    return dial({ kind: 'pstn', number: digits }, 'pstn', digits, {
        callerid: withoutPlus(callerid),
        amd: isObject(parameters) ? parameters.amd : undefined,
    });
}

// No WhatsApp is connected here: the call fails, and the scenario may try another way.
function callWhatsappUser(parameters) {
    const options = isObject(parameters) ? parameters : {};
    const call = outgoing('wab', withoutPlus(options.number), options);
    note(`call ${call} cannot be made: no WhatsApp is connected`);
    later(() => inputs.call_failed({ call, code: 503, reason: 'Service Unavailable', headers: [] }));
    return calls.get(call).call;
}

// Joins or opens the session of that conference here.
function callConference(conferenceId, callerid, displayName, headers) {
    const conference = asText(conferenceId);
    return dial({ kind: 'conference', conference }, 'sip', conference, { callerid, displayName, headers });
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

const ringing = plainCallEvent('Call.Ringing', 'PROGRESSING');
const audioStarted = plainCallEvent('Call.AudioStarted', 'PROGRESSING');

const inputs = {
    // Not after early audio, unless the scenario asked for it: as on the cloud.
    call_ringing(input) {
        const s = calls.get(input.call);
        if (!s || (s.audioStarted && !s.ringsLate)) return;
        ringing(input);
    },

    call_audio_started(input) {
        const s = calls.get(input.call);
        if (!s) return;
        s.audioStarted = true;
        audioStarted(input);
    },

    call_failed({ call: no, code, reason, headers }) {
        const s = calls.get(no);
        if (!s) return;
        endCall(s);
        fire(s.call, 'Call.Failed', {
            ...callFields(s),
            code,
            reason,
            headers: headerObject(headers),
        });
    },
};

const members = { callUser, callSIP, callPSTN, callWhatsappUser, callConference };
