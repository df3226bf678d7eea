// Detectors of answering machines, and the older form of them.

const TIMEOUT_MS = 6500;
const TIMEOUT_MS_MAX = 20000;
const CLASSES = { human: 'HUMAN', voicemail: 'VOICEMAIL', timeout: 'TIMEOUT' };
const COMPLETE = 'AMD.Events.DetectionComplete';
const ERROR = 'AMD.Events.DetectionError';
const detectors = new Map(); // id -> state, while it listens
const stateOf = new WeakMap(); // detector -> state

function within(value, otherwise, most) {
    const number = Number(value);
    return value !== undefined && number >= 0 ? Math.min(Math.round(number), most) : otherwise;
}

function callStateOf(call) {
    const unit = units.get(call);
    return unit && unit.unit === 'call' ? calls.get(unit.id) : undefined;
}

function callOfUnit({ unit, id }) {
    return unit === 'call' ? calls.get(id)?.call : undefined;
}

class AnsweringMachineDetector extends Emitter {
    #s;

    constructor(parameters) {
        super();
        const thresholds = isObject(parameters.thresholds) ? parameters.thresholds : {};
        this.#s = {
            no: host.nextUnit(),
            token: host.unique(),
            detector: this,
            call: isObject(parameters.call) ? parameters.call : null,
            spec: {
                timeout_ms: within(parameters.timeout, TIMEOUT_MS, TIMEOUT_MS_MAX),
                human_min: within(thresholds.human, 0, 100),
                machine_min: within(thresholds.voicemail, 0, 100),
                machine_greeting_ms: within(parameters.speechDuration, undefined, TIMEOUT_MS_MAX),
            },
            wanted: false,
            running: false,
            result: null, // the event, once there is one
            waiting: [],
        };
        this.model = asText(parameters.model);
        this.call = this.#s.call;
        this.timeout = this.#s.spec.timeout_ms;
        units.set(this, { unit: 'amd', id: this.#s.no });
        stateOf.set(this, this.#s);
    }

    id() {
        return this.#s.token;
    }

    // Resolves with the event of the result. Before the call is connected it waits
    // for that; without a call it waits for one by sendMediaTo.
    detect() {
        const s = this.#s;
        if (s.result) return Promise.resolve(s.result);
        s.wanted = true;
        if (s.call) listenTo(s, s.call);
        return new Promise((resolve, reject) => s.waiting.push({ resolve, reject }));
    }

    toString() {
        return `AnsweringMachineDetector ${this.#s.token}`;
    }
}
bindOnRead(AnsweringMachineDetector);

// Connects the detector with a call; it begins when the call is connected.
function listenTo(s, call) {
    s.call = call;
    s.detector.call = call;
    const state = callStateOf(call);
    if (!state || state.state === 'TERMINATED') {
        finish(s, { resultClass: 'CALL_ENDED' });
    } else if (state.connected) begin(s);
    else state.amd = s.detector;
}

function begin(s) {
    if (s.running || s.result) return;
    s.running = true;
    detectors.set(s.no, s);
    emit({ effect: 'start_amd', detector: s.no, spec: s.spec });
    if (s.call) sendMedia(units.get(s.call), s.detector);
}

function finish(s, { resultClass, confidence, beep }) {
    if (s.result) return;
    detectors.delete(s.no);
    const fields = { amd: s.detector, call: s.call, callId: s.call ? s.call.id() : '', resultClass, resultSubtype: 'NONE' };
    if (confidence !== undefined) fields.confidence = confidence;
    // Not on the cloud: whether the machine records already.
    if (beep !== undefined) fields.beep = beep;
    s.result = { name: COMPLETE, ...fields };
    if (s.running) {
        emit({ effect: 'stop_amd', detector: s.no });
        forgetUnit(units.get(s.detector));
    }
    fire(s.detector, COMPLETE, fields);
    for (const { resolve } of s.waiting.splice(0)) resolve(s.result);
}

// The call to which a detector belongs is connected.
function callConnected(detector) {
    const s = stateOf.get(detector);
    if (s) begin(s);
}

function callEnded(call, detector) {
    const own = detector && stateOf.get(detector);
    if (own) finish(own, { resultClass: 'CALL_ENDED' });
    for (const s of [...detectors.values()]) if (s.call === call) finish(s, { resultClass: 'CALL_ENDED' });
}

// Audio of a unit goes to a detector by sendMediaTo: that starts it.
function heardBy(detector, source) {
    const s = stateOf.get(detector);
    if (s.running || s.result) return;
    const call = callOfUnit(source);
    if (call) {
        s.call = call;
        s.detector.call = call;
    }
    s.running = true;
    detectors.set(s.no, s);
    emit({ effect: 'start_amd', detector: s.no, spec: s.spec });
}

function onResult({ detector: no, class: name, confidence, beep, error }) {
    const s = detectors.get(no);
    if (!s) return;
    if (error) {
        detectors.delete(no);
        fire(s.detector, ERROR, { amd: s.detector, callId: s.call ? s.call.id() : '', message: error });
        for (const { reject } of s.waiting.splice(0)) reject(new Error(error));
        return;
    }
    finish(s, { resultClass: CLASSES[name], confidence, beep });
}

const create = (parameters) => new AnsweringMachineDetector(isObject(parameters) ? parameters : {});

// The given detector of callPSTN, callSIP and callUser belongs to their call.
function belongTo(detector, call) {
    const s = stateOf.get(detector);
    if (!s) return note('amd: not made by AMD.create, ignored');
    s.wanted = true;
    listenTo(s, call);
}

// The older form: resolves for a machine, rejects for anything else.
function detectVoicemail(call, parameters) {
    const o = isObject(parameters) ? parameters : {};
    const threshold = o.threshold === undefined ? 0 : o.threshold;
    const detector = create({ model: o.model, call, thresholds: { voicemail: threshold } });
    return detector.detect().then(({ resultClass, confidence }) => {
        if (resultClass === 'VOICEMAIL') {
            fire(call, AI.Events.VoicemailDetected, { call, confidence });
            return { name: AI.Events.VoicemailDetected, call, confidence };
        }
        fire(call, AI.Events.VoicemailNotDetected, { call });
        throw { name: AI.Events.VoicemailNotDetected, call };
    });
}

const AI = { Events: names('AI.Events.', 'VoicemailDetected VoicemailNotDetected'), detectVoicemail };
