// Call-back instead of waiting: loaded after call-centre.js by the same rule. A caller
// who waits may leave a number; the place in line is kept. Later the backend starts a
// session for that place alone: nobody calls in, both are called from here.

const KEYS_MS = 12000; // the caller may think for so long about a key
const NUMBER_DIGITS_MAX = 20;
const CALLER_RING_MS = 30000; // of the phone that is called back
const CALLER_RINGBACK = '425@-19;*(1/4/1)'; // what the agent hears meanwhile
const DETECT_MACHINES = secret('CORDBOARD_DETECT_MACHINES') === 'yes'; // with the caller first

// --- The caller is asked ------------------------------------------------------------

const CALLBACK_WORDS = {
    en: {
        offer: 'You need not wait: we can call you back, and your place is kept. At this number, press 1. At another number, press 2.',
        own: 'You need not wait: we can call you back, and your place is kept. Press 1.',
        ask: 'You need not wait: we can call you back, and your place is kept. To leave your number, press 2.',
        number: 'Please enter the number, and then press the hash key.',
        hold: 'You asked us to call you back. Please stay on the line, an agent will answer in a moment.',
    },
    ru: {
        offer: 'Можно не ждать: мы перезвоним, место в очереди сохранится. На этот номер, нажмите 1. На другой, нажмите 2.',
        own: 'Можно не ждать: мы перезвоним, место в очереди сохранится. Нажмите 1.',
        ask: 'Можно не ждать: мы перезвоним, место в очереди сохранится. Чтобы оставить номер, нажмите 2.',
        number: 'Введите номер и нажмите решётку.',
        hold: 'Вы просили перезвонить. Пожалуйста, оставайтесь на линии, оператор сейчас ответит.',
    },
};

function sayOfCallback(what, next) {
    const language = callersLanguage();
    sayText(CALLBACK_WORDS[language][what], language, next, sound(`callback-${what}.${language}.wav`));
}

// The next keys are an answer, until `onKey` says that it is complete or time is up.
function askForKeys(what, onKey) {
    let timer = null;
    const over = () => {
        clearTimeout(timer);
        if (takeKey === take) takeKey = null;
    };
    const think = () => {
        clearTimeout(timer);
        timer = setTimeout(over, KEYS_MS);
    };
    const take = (key) => {
        think();
        if (onKey(key)) over();
    };
    takeKey = take;
    sayOfCallback(what, () => {
        think();
        playMusic();
    });
}

function askForNumber() {
    let digits = '';
    askForKeys('number', (key) => {
        if (key !== '#' && digits.length < NUMBER_DIGITS_MAX) {
            // A star begins an international number, as on old telephones.
            digits += key === '*' ? (digits === '' ? '+' : '') : key;
            return false;
        }
        if (digits !== '') report('callback_taken', { number: digits });
        return true;
    });
}

commands.offer_callback = ({ number, other_numbers: others }) => {
    if (!hears() || takeKey !== null) return { error: 'busy', ...status() };
    const own = others ? 'offer' : 'own';
    askForKeys(number ? own : 'ask', (key) => {
        if (key === '1' && number) report('callback_taken');
        else if (key === '2' && others) askForNumber();
        else report('digit', { digit: key }); // a key of the queue
        return true;
    });
    return { accepted: true };
};

// --- The caller is called back --------------------------------------------------------

// What the backend started this session for; null when somebody has called in.
function callbackOrder() {
    const text = VoxEngine.customData() || '';
    const order = text.startsWith('{') ? fromJson(text) : null;
    return order !== null && order.callback && order.number ? order : null;
}

class CallBack {
    constructor(order) {
        this.order = order;
        this.leg = null; // the caller's, while it is dialled
        this.over = false;
        this.timer = null;
        this.ringback = null;
        this.agents = {
            answered: (made) => this.agentAnswers(made),
            failed: failOffer,
            gone: (made) => this.agentGone(made),
        };
    }

    status() {
        return this.leg === null ? null : { doing: 'calling_back', offer_id: talk === null ? undefined : talk.id };
    }

    // The backend knows of this session.
    accepted() {
        if (this.order.first === 'caller') this.dial();
    }

    // The agent is on the line first and hears that the caller is being called.
    agentAnswers(made) {
        if (made.over || this.over) {
            made.leg.hangup();
            return;
        }
        clearTimeout(made.timer);
        ringing.delete(made.id);
        talk = made;
        made.talkAt = Date.now();
        report('offer_answered', { offer_id: made.id });
        cancelRinging();
        this.ringback = VoxEngine.createToneScriptPlayer(CALLER_RINGBACK, { loop: true });
        this.ringback.sendMediaTo(made.leg);
        this.dial();
    }

    agentGone(made) {
        if (made.over) return;
        endOffer(made);
        report('offer_failed', { offer_id: made.id, reason: 'cancelled', rang_ms: 0 });
        this.drop();
        end('agent_hung_up');
    }

    dial() {
        doing = 'calling_back';
        report('callback_dialled');
        this.leg = VoxEngine.callPSTN(this.order.number, this.order.caller_id || undefined);
        this.timer = setTimeout(() => this.failed('no_answer'), CALLER_RING_MS);
        this.leg.addEventListener(CallEvents.Connected, () => this.callerAnswers());
        this.leg.addEventListener(CallEvents.Failed, (e) => {
            const reason = failure(e, { type: 'phone' });
            this.failed(reason === 'cancelled' ? 'no_answer' : reason);
        });
    }

    callerAnswers() {
        const { leg } = this;
        if (this.over) {
            leg.hangup();
            return;
        }
        this.quiet();
        watchCaller(leg);
        callerAnswered();
        if (talk === null) {
            this.holdCaller(leg);
            return;
        }
        callback = null;
        talk.then = agentLegs;
        beginTalk(talk);
    }

    // With the caller first: music until an agent answers.
    holdCaller(leg) {
        doing = 'waiting';
        sayOfCallback('hold', playMusic);
        if (!DETECT_MACHINES) {
            this.callerWaits();
            return;
        }
        const detector = AMD.create({ model: AMD.Model.EU_GENERAL, timeout: 5000 });
        detector.addEventListener(AMD.Events.DetectionComplete, ({ resultClass }) => {
            if (resultClass === AMD.ResultClass.VOICEMAIL) this.failed('machine');
            else this.callerWaits();
        });
        detector.addEventListener(AMD.Events.DetectionError, () => this.callerWaits());
        leg.sendMediaTo(detector);
        detector.detect();
    }

    callerWaits() {
        if (this.over || callback !== this) return;
        this.leg = null;
        callback = null;
        report('callback_answered');
    }

    failed(reason) {
        if (this.over) return;
        this.drop();
        report('callback_failed', { reason });
        if (talk !== null) {
            const made = talk;
            endOffer(made);
            made.leg.hangup();
        }
        end('callback_failed');
    }

    quiet() {
        clearTimeout(this.timer);
        if (this.ringback !== null) this.ringback.stop();
    }

    // Whatever this session was at, it is no more.
    drop() {
        this.over = true;
        this.quiet();
        if (this.leg !== null && caller === null) this.leg.hangup();
    }

    // The backend takes the offer back whose agent is on the line.
    cancel() {
        const made = talk;
        this.drop();
        endOffer(made);
        made.leg.hangup();
        end('backend_hung_up');
        return { accepted: true };
    }
}

VoxEngine.addEventListener(AppEvents.Started, () => {
    const order = callbackOrder();
    if (order === null) return;
    callback = new CallBack(order);
    Object.assign(arrival, {
        caller_number: order.number,
        dialed_number: order.dialed_number || '',
        queue: order.queue,
        language: order.language || LANGUAGE,
        callback: order.callback,
        callback_start: order.callback_start,
    });
    lastContactAt = Date.now();
    register();
});
