// The older forms of beeps and answering machines: tones of exchanges, the tone of a
// voicemail, and its prompt. Only outgoing calls have them, as on the cloud.

const TIMEOUT_S = 20;
const TIMEOUT_S_MAX = 600;
const TONE_MS = 100;
const TONE_MS_MAX = 5000;
const SECONDS_MAX = 60; // a duration of at most this is taken for seconds
const PATTERNS = { VOICEMAIL: 'VoiceMessage', HUMAN: 'LivePerson', TIMEOUT: 'Silence' };

const told = new WeakMap(); // state of a call -> the kinds of ToneDetected that it had

function positive(value, otherwise, most = Number.MAX_VALUE) {
    const number = Number(value);
    return value !== undefined && value !== null && number > 0 ? Math.min(number, most) : otherwise;
}

function mayListen(s, what) {
    const may = !s.incoming && s.state !== 'TERMINATED';
    if (!may) note(`${what} of call ${s.no} ignored: only for outgoing calls that are not over`);
    return may;
}

function tell(s, event, fields) {
    fire(s.call, `Call.${event}`, { id: s.token, call: s.call, ...fields });
}

// Once in a call, and not before it is connected.
function tellTone(s, kind) {
    const had = told.get(s) || '';
    if (had.includes(kind) || !s.connected) return;
    told.set(s, `${had} ${kind}`);
    tell(s, 'ToneDetected', { ProgressTone: kind === 'progress', VoicemailTone: kind === 'voicemail' });
}

function listenForProgress(s, enabled) {
    emit({ effect: 'detect_tone', call: s.no, spec: { kind: 'progress', enabled } });
}

onUnit.call_tone = ({ call: no, tone: { kind, hz } }) => {
    const s = calls.get(no);
    if (!s) return;
    if (kind === 'no_voicemail') return tell(s, 'VoicemailToneNotDetected');
    if (kind === 'voicemail') tell(s, 'VoicemailToneDetected', { frequency: hz });
    else if (s.connected) listenForProgress(s, false);
    tellTone(s, kind);
};

// As methods of a call.
const members = {
    detectProgressTone(detect) {
        const s = stateOfCall(this);
        if (!mayListen(s, 'detectProgressTone')) return false;
        const enabled = detect === undefined || Boolean(detect);
        listenForProgress(s, enabled);
        return enabled;
    },
    // Seconds and milliseconds, as the cloud had them.
    detectVoicemailTone(timeout, threshold) {
        const s = stateOfCall(this);
        if (!mayListen(s, 'detectVoicemailTone')) return;
        const timeout_ms = Math.round(positive(timeout, TIMEOUT_S, TIMEOUT_S_MAX) * 1000);
        const tone_ms = Math.round(positive(threshold, TONE_MS, TONE_MS_MAX));
        emit({ effect: 'detect_tone', call: s.no, spec: { kind: 'voicemail', timeout_ms, tone_ms } });
    },
    detectVoicemailPrompt(timeout, speechDuration) {
        const s = stateOfCall(this);
        if (!mayListen(s, 'detectVoicemailPrompt')) return;
        const speech = positive(speechDuration);
        const { create } = part('amd');
        const detector = create({
            call: s.call,
            timeout: positive(timeout, TIMEOUT_S, TIMEOUT_S_MAX) * 1000,
            speechDuration: speech <= SECONDS_MAX ? speech * 1000 : speech,
        });
        detector.detect().then(({ resultClass }) => {
            const pattern = PATTERNS[resultClass];
            if (!pattern) return; // the call is over
            const event = resultClass === 'VOICEMAIL' ? 'VoicemailPromptDetected' : 'VoicemailPromptNotDetected';
            tell(s, event, { pattern });
        }, () => tell(s, 'VoicemailPromptNotDetected', { pattern: PATTERNS.TIMEOUT }));
    },
};
