// Recognition: the handle of a scenario on somebody who listens. What is said
// comes from the engine, which has a recogniser or says that it has none.

const PHRASES_MAX = 1000; // of one recogniser

const recognisers = new Map(); // id -> { tell, started }

// A language may be a text, an old Language value, or an array of texts.
function phrasesOf(parameters) {
    const given = parameters.phraseHints || parameters.dict || parameters.dictionary;
    const list = Array.isArray(given) ? given : [];
    return list.slice(0, PHRASES_MAX).map((phrase) => asText(phrase, String(phrase)));
}

class ASR extends Emitter {
    #id;
    #unit;
    #token = host.unique();
    #language;
    #phrases;

    constructor(parameters) {
        super();
        this.#id = host.nextUnit();
        this.#language = asText(parameters.profile) || asText(parameters.lang) || asText(parameters.language);
        this.#phrases = phrasesOf(parameters);
        this.#unit = { unit: 'asr', id: this.#id };
        units.set(this, this.#unit);
        recognisers.set(this.#id, {
            unit: this.#unit,
            single: Boolean(parameters.singleUtterance),
            since: null,
            tell: (event, fields) => fire(this, event, { asr: this, ...fields }),
        });
        emit({
            effect: 'create_asr',
            asr: this.#id,
            spec: {
                profile: this.#language,
                phrases: this.#phrases,
                single_utterance: Boolean(parameters.singleUtterance),
                interim_results: Boolean(parameters.interimResults),
            },
        });
    }

    id() {
        return this.#token;
    }
    language() {
        return this.#language;
    }
    dictionary() {
        return [...this.#phrases];
    }
    // Nothing but Stopped follows.
    stop() {
        const own = recognisers.get(this.#id);
        if (!own) return;
        emit({ effect: 'stop_asr', asr: this.#id });
        Promise.resolve().then(() => endRecogniser(this.#id));
    }
    toString() {
        return `ASR ${this.#token}`;
    }
}
bindOnRead(ASR);

function endRecogniser(id) {
    const own = recognisers.get(id);
    if (!own) return;
    recognisers.delete(id);
    forgetUnit(own.unit);
    const duration = own.since === null ? 0 : Math.round((host.now() - own.since) / 1000);
    own.tell(ASREvents.Stopped, { cost: 0, duration });
}

const ASREvents = names('ASR.', 'Started CaptureStarted SpeechCaptured Result InterimResult Stopped', {
    ASRError: 'ASR.Error',
});

const heard = {
    started(own) {
        own.since = host.now();
        own.tell(ASREvents.Started);
    },
    capture_started: (own) => own.tell(ASREvents.CaptureStarted),
    speech_captured: (own) => own.tell(ASREvents.SpeechCaptured),
    interim: (own, { text }) => own.tell(ASREvents.InterimResult, { text }),
    result(own, { text, confidence }, id) {
        own.tell(ASREvents.Result, { text, confidence });
        if (!own.single || !recognisers.has(id)) return;
        emit({ effect: 'stop_asr', asr: id });
        endRecogniser(id);
    },
    failed(own, { error }, id) {
        own.tell(ASREvents.ASRError, { error });
        endRecogniser(id);
    },
};

function onAsr(input) {
    const own = recognisers.get(input.asr);
    if (own) heard[input.heard](own, input, input.asr);
}

function createASR(parameters) {
    return new ASR(isObject(parameters) ? parameters : {});
}
