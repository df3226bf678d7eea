// What is heard in a call: voices, beeps, and how well the audio comes.

const HZ_MIN = 300; // the telephone band
const HZ_MAX = 3400;
const FREQUENCIES_MAX = 16;
const BEEP_TIMEOUT_MS_MAX = 600000;
const INTERVAL_S = 5;
const INTERVAL_S_MIN = 3;
const INTERVAL_S_MAX = 10;

const listening = new WeakMap(); // state of a call -> what is listened for

function earOf(s) {
    if (!listening.has(s)) {
        listening.set(s, { listens: false, asked: false, told: false, active: false, beep: false });
    }
    return listening.get(s);
}

function fieldsOf(s, fields) {
    return { id: s.token, call: s.call, ...fields };
}

function listenToVoice(s, ear, enabled) {
    if (ear.listens === enabled || s.state === 'TERMINATED') return;
    ear.listens = enabled;
    if (!enabled) ear.active = false;
    emit({ effect: 'listen_to_voice', call: s.no, enabled });
}

// Whether somebody speaks now. The first question begins the listening.
function vad(s) {
    const ear = earOf(s);
    ear.asked = true;
    listenToVoice(s, ear, true);
    return ear.active;
}

function handleMicStatus(s, handle) {
    const ear = earOf(s);
    ear.told = Boolean(handle);
    listenToVoice(s, ear, ear.told || ear.asked);
}

onUnit.call_voice = ({ call: no, active }) => {
    const s = calls.get(no);
    if (!s) return;
    const ear = earOf(s);
    ear.active = active;
    if (ear.told) fire(s.call, 'Call.MicStatusChange', fieldsOf(s, { active }));
};

function beepError(s, reason) {
    later(() => fire(s.call, 'Call.BeepDetectionError', fieldsOf(s, { reason })));
}

function enableBeepDetection(s, parameters) {
    const { frequencies, timeout } = isObject(parameters) ? parameters : {};
    const given = frequencies === undefined || frequencies === null ? [] : frequencies;
    if (s.state === 'TERMINATED') return beepError(s, 'the call is over');
    if (!Array.isArray(given) || given.length > FREQUENCIES_MAX) {
        return beepError(s, `frequencies is not a list of at most ${FREQUENCIES_MAX} numbers`);
    }
    const list = given.map((hz) => Math.round(Number(hz)));
    if (!list.every((hz) => hz >= HZ_MIN && hz <= HZ_MAX)) {
        return beepError(s, `a frequency is not from ${HZ_MIN} to ${HZ_MAX} Hz`);
    }
    const ms = Number(timeout);
    const limit = timeout !== undefined && ms >= 0 ? Math.min(Math.round(ms), BEEP_TIMEOUT_MS_MAX) : null;
    earOf(s).beep = true;
    emit({ effect: 'detect_beep', call: s.no, spec: { frequencies: list, timeout_ms: limit } });
}

function disableBeepDetection(s) {
    const ear = earOf(s);
    if (!ear.beep) return;
    ear.beep = false;
    emit({ effect: 'stop_beep', call: s.no });
    later(() => fire(s.call, 'Call.BeepDetectionComplete', fieldsOf(s, { timeout: false })));
}

// Of the fields only one is there: what was heard, or why nothing was.
onUnit.call_beep = ({ call: no, frequencies }) => {
    const s = calls.get(no);
    if (!s || !earOf(s).beep) return;
    earOf(s).beep = false;
    const fields = frequencies.length > 0 ? { frequencies } : { timeout: true };
    fire(s.call, 'Call.BeepDetectionComplete', fieldsOf(s, fields));
};

function monitorMediaStatistics(s, parameters) {
    const { monitor, interval } = isObject(parameters) ? parameters : {};
    if (s.state === 'TERMINATED') return;
    const wished = Math.round(Number(interval)) || INTERVAL_S;
    const every = Math.min(Math.max(wished, INTERVAL_S_MIN), INTERVAL_S_MAX);
    const on = monitor === undefined || Boolean(monitor);
    emit({ effect: 'monitor_media', call: s.no, every_s: on ? every : null });
}

// What is not known is not there. Loss in percent, jitter and round trip in milliseconds, level in dB.
function sampleOf(id, { packets, bytes, lost, jitter_us: us, round_trip_us: trip, level_dbfs: level }) {
    const sample = { id, numPackets: packets, numBytes: bytes };
    if (typeof lost === 'number') {
        sample.lostPackets = lost;
        sample.packetLoss = packets + lost > 0 ? (100 * lost) / (packets + lost) : 0;
    }
    if (typeof us === 'number') sample.jitter = us / 1000;
    if (typeof trip === 'number') sample.roundTripTime = trip / 1000;
    if (typeof level === 'number') sample.audioLevel = level;
    return sample;
}

onUnit.call_statistics = ({ call: no, received, sent }) => {
    const s = calls.get(no);
    if (!s) return;
    const statistics = { in: sampleOf(`${s.token}-in`, received), out: sampleOf(`${s.token}-out`, sent) };
    fire(s.call, 'Call.MediaStatisticsReceived', fieldsOf(s, { statistics, ...statistics }));
    fire(s.call, 'Call.Statistics', fieldsOf(s, { statistics, ...statistics }));
};

// As methods of a call.
const members = {
    vad() {
        return vad(stateOfCall(this));
    },
    handleMicStatus(handle) {
        handleMicStatus(stateOfCall(this), handle);
    },
    enableBeepDetection(parameters) {
        enableBeepDetection(stateOfCall(this), parameters);
    },
    disableBeepDetection() {
        disableBeepDetection(stateOfCall(this));
    },
    monitorMediaStatistics(parameters) {
        monitorMediaStatistics(stateOfCall(this), parameters);
    },
};
