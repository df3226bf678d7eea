// Recorders: of whatever is sent to them, and of a call by call.record().

const RecorderEvents = names('Recorder.', 'Started Stopped', { RecorderError: 'Recorder.Error' });
const KEEP_DAYS = { '': 90, '-6m': 183, '-1y': 365, '-2y': 730, '-3y': 1095, '-5y': 1826 }; // RecordExpireTime

const recordings = new Map(); // number inside the session -> { started, stopped, failed }

// What the engine needs of the parameters; those of video and transcription have no meaning here.
function recorderSpec(parameters, call) {
    const wish = isObject(parameters) ? parameters : {};
    return {
        call,
        stereo: Boolean(wish.stereo) && call !== null,
        hd: Boolean(wish.hd_audio || wish.lossless),
        name: asText(wish.recordNamePrefix, asText(wish.name)),
        keep_days: KEEP_DAYS[wish.expire] || null,
    };
}

function beginRecording(spec, hooks) {
    const no = host.nextUnit();
    recordings.set(no, hooks);
    emit({ effect: 'create_recorder', recorder: no, spec });
    return no;
}

function endOfRecording(what, tell) {
    onUnit[what] = (input) => {
        const hooks = recordings.get(input.recorder);
        recordings.delete(input.recorder);
        if (hooks) tell(hooks, input);
    };
}
onUnit.recorder_started = ({ recorder, url }) => recordings.get(recorder)?.started({ url });
endOfRecording('recorder_failed', (hooks, { error }) => hooks.failed({ error }));
endOfRecording('recorder_stopped', (hooks, { url, duration_ms: ms, sha256 }) =>
    hooks.stopped({ url, cost: 0, duration: Math.round(ms / 1000), duration_ms: ms, sha256 }),
);

class Recorder extends Emitter {
    #token = host.unique();
    #unit;

    constructor(parameters) {
        super();
        const tell = (event, fields) => fire(this, event, { recorder: this, ...fields });
        const over = (event) => (fields) => {
            forgetUnit(this.#unit);
            tell(event, fields);
        };
        const no = beginRecording(recorderSpec(parameters, null), {
            started: (fields) => tell(RecorderEvents.Started, fields),
            stopped: over(RecorderEvents.Stopped),
            failed: over(RecorderEvents.RecorderError),
        });
        this.#unit = { unit: 'recorder', id: no };
        units.set(this, this.#unit);
    }

    id() {
        return this.#token;
    }
    // Silence is recorded while it is muted: the time goes on.
    mute(doMute) {
        if (recordings.has(this.#unit.id)) {
            emit({ effect: 'mute_recorder', recorder: this.#unit.id, muted: Boolean(doMute) });
        }
    }
    // Stopped follows when the file is whole.
    stop() {
        if (recordings.has(this.#unit.id)) emit({ effect: 'stop_recorder', recorder: this.#unit.id });
    }
    toString() {
        return `Recorder ${this.#token}`;
    }
}
bindOnRead(Recorder);

// A recorder of a conference. What it can do more on the cloud is about the picture.
class ConferenceRecorder extends Recorder {
    #priority = [];

    setConference(conference) {
        conference.sendMediaTo(this);
    }
    setPriority(priority) {
        this.#priority = Array.isArray(priority) ? [...priority] : [];
        return Promise.resolve(this.#priority);
    }
    getPriority() {
        return Promise.resolve(this.#priority);
    }
    update() {
        return Promise.resolve();
    }
}
bindOnRead(ConferenceRecorder);

// `{video: ...}` asks for a recorder of a conference; the oldest form is (name, secure).
function createRecorder(first) {
    const parameters = isObject(first) ? first : { name: first };
    return parameters.video ? new ConferenceRecorder(parameters) : new Recorder(parameters);
}

// call.record(): what the call says and hears, until it ends.
function recordCall(call, no, fields, parameters) {
    const tell = (event) => (more) => fire(call, event, { ...fields, ...more });
    beginRecording(recorderSpec(parameters, no), {
        started: tell('Call.RecordStarted'),
        stopped: tell('Call.RecordStopped'),
        failed: tell('Call.RecordError'),
    });
}

const members = {
    createConference,
    destroyConference,
    createRecorder,

    // What the call says and hears. It may begin before the answer and ends with the call.
    record(parameters) {
        const s = stateOfCall(this);
        if (s.state === 'TERMINATED') return;
        if (s.recorded) {
            note(`record of call ${s.no} ignored: it is recorded already`);
            return;
        }
        s.recorded = true;
        recordCall(this, s.no, callFields(s), parameters);
    },
};
