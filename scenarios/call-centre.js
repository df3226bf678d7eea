// A call centre for one caller: answers, plays music, and does what the backend
// says until the caller or the agent hangs up. Runs unchanged on Cordboard and
// on Voximplant. The contract with the backend is in docs/scenarios.md.
//
// One session is one caller, so the state of the call is the state of the file.

// --- Settings -----------------------------------------------------------------

const secret = (name) => VoxEngine.getSecretValue(name) || '';
const BACKEND_URL = secret('CORDBOARD_BACKEND_URL').replace(/\/+$/, '');
const TOKEN = secret('CORDBOARD_TOKEN');
const FALLBACK_NUMBER = secret('CORDBOARD_FALLBACK_NUMBER'); // dialled when the backend stays away
const LANGUAGE = secret('CORDBOARD_LANGUAGE') || 'en'; // of the announcements: en or ru

const FALLBACK_AFTER_MS = 120000; // no contact with the backend for so long: fall back
const HEARTBEAT_MS = 15000; // a restarted backend learns of a waiting caller within this
const MUSIC_MS = 30000; // music between two announcements
const RING_MS = 20000; // an agent's phone, when the backend does not say
const REQUEST_TIMEOUT_S = 10;
const RETRY_FIRST_MS = 500;
const RETRY_MAX_MS = 8000;
const FLUSH_MS = 45000; // events still unsent are tried for so long after the call
const GOODBYE_MAX_MS = 15000; // the goodbye is cut after this
const DIGITS_UNSENT_MAX = 200; // more unsent events than this: digits are dropped
const RINGING_MAX = 10; // phones that ring at once
const QUESTION_MS = 12000; // the caller may think for so long about the own manager
const TRANSFER_MS = 10000; // an agent's phone that asks for a transfer is answered within this
const ANSWERS_MAX = 200; // answers remembered for repeated commands

// --- State --------------------------------------------------------------------

const arrival = {}; // what the backend is told about the call
let caller = null; // the caller's leg
let answeredAt = 0;
let doing = 'waiting'; // waiting, offering, calling_back, talking or ending
let callId = null; // the backend's number of this call
let refused = false; // the backend does not want this call
const ringing = new Map(); // offers whose agents are being rung, see connect()
let talk = null; // the offer whose agent talks to the caller
let consult = null; // a colleague who is asked about the call, see call-centre-consult.js
let callback = null; // the caller is being called back, see call-centre-callback.js
let question = null; // what the caller is asked when the agent hangs up
let talked = false; // the talk is over, only the question is left
let answerQuestion = null; // takes the digit while the question is put
let takeKey = null; // takes the keys that answer something else
let fallbackLeg = null;
let placeToTell = null; // position and expected wait that wait until what is said is over
let placesRecorded = false; // there is no voice to say them: recorded pieces do
let placesUnsaid = false; // nor are there pieces
let lastContactAt = Date.now();
let endWhy = null;

// --- Talking to the backend -----------------------------------------------------

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// Doubles from RETRY_FIRST_MS; the random half keeps a thousand sessions from
// coming back to a restarted backend in the same instant.
function retryDelayMs(attempt) {
    const full = Math.min(RETRY_FIRST_MS * 2 ** attempt, RETRY_MAX_MS);
    return full / 2 + (Math.random() * full) / 2;
}

// 'ok', 'refused' (asking again will not help) or 'later'.
function verdict(code) {
    if (code >= 200 && code < 300) return 'ok';
    if (code >= 400 && code < 500 && code !== 408 && code !== 425 && code !== 429) return 'refused';
    return 'later';
}

async function post(path, body) {
    let result;
    try {
        result = await Net.httpRequestAsync(BACKEND_URL + path, {
            method: 'POST',
            headers: ['Content-Type: application/json', `Authorization: Bearer ${TOKEN}`],
            postData: JSON.stringify(body),
            timeout: REQUEST_TIMEOUT_S,
        });
    } catch (error) {
        result = { code: -1, text: String(error) };
    }
    // A page for people from something in between is no answer of a backend.
    const isNonsense = result.code >= 200 && result.code < 300 && result.text && fromJson(result.text) === null;
    if (isNonsense) return { code: result.code, text: '', verdict: 'later' };
    if (result.code >= 200 && result.code < 500) lastContactAt = Date.now();
    return { code: result.code, text: result.text, verdict: verdict(result.code) };
}

const eventsPath = () => `/api/v1/calls/${encodeURIComponent(callId)}/events`;

// Tells the backend about the caller until it accepts, and again while the
// caller waits: the same session_id is the same call, so this is harmless, and a
// backend that lost its memory learns of the caller again.
async function register() {
    for (let attempt = 0; callId === null || endWhy === null; attempt += 1) {
        const due = callId === null ? fallbackLeg === null : doing === 'waiting';
        if (due) {
            const contactBefore = lastContactAt;
            const result = await post('/api/v1/calls', arrival);
            if (result.verdict === 'ok' && !accepted(fromJson(result.text))) {
                lastContactAt = contactBefore; // an answer without sense is none
            }
            if (result.verdict === 'refused' && callId === null) {
                Logger.write(`the backend refused the call: ${result.code} ${result.text}`);
                refused = true;
                goodbye('backend_refused', (fromJson(result.text) || {}).say);
                return;
            }
        }
        await sleep(callId === null ? retryDelayMs(attempt) : HEARTBEAT_MS);
    }
}

// Says whether it was an answer of a backend.
function accepted(answer) {
    if (!answer || !answer.call_id) return false;
    if (answer.call_id === callId) return true;
    // A backend that lost its data deals a new number: events start again from 1.
    if (callId !== null) {
        lastSeq = 0;
        for (const event of unsent) event.seq = nextSeq();
    }
    const isFirst = callId === null;
    callId = answer.call_id;
    sendEvents();
    if (isFirst && callback !== null) callback.accepted();
    return true;
}

function fromJson(text) {
    try {
        return JSON.parse(text);
    } catch (error) {
        Logger.write(`not JSON: ${error}`);
        return null;
    }
}

// --- Events: in order, one at a time, until each is accepted ----------------------

const unsent = [];
let lastSeq = 0;
let sending = false;
let sendNow = () => {}; // ends the pause before the next attempt
const nextSeq = () => (lastSeq += 1);

function report(type, fields) {
    if (type === 'digit' && unsent.length >= DIGITS_UNSENT_MAX) return;
    unsent.push({ seq: nextSeq(), at: new Date().toISOString(), type, ...fields });
    sendEvents();
}

async function sendEvents() {
    if (sending || callId === null) return;
    sending = true;
    for (let attempt = 0; unsent.length > 0; ) {
        const event = unsent[0];
        const result = await post(eventsPath(), event);
        if (result.verdict === 'later') {
            await new Promise((resolve) => {
                sendNow = () => resolve(null);
                setTimeout(resolve, retryDelayMs(attempt));
            });
            attempt += 1;
        } else {
            if (result.verdict === 'refused') Logger.write(`event ${event.type} refused: ${result.code}`);
            unsent.shift();
            attempt = 0;
        }
    }
    sending = false;
}

// --- What the caller hears: one thing at a time -----------------------------------

const sound = (name) => `${BACKEND_URL}/sounds/${name}`;
let music = null; // the looped player, paused during announcements
let musicIsTone = false;
let spoken = null; // the announcement that plays now
let announceTimer = null;

function playMusic() {
    if (placeToTell !== null) {
        tellPlace(placeToTell);
        return;
    }
    if (musicIsTone) stopMusic(); // the music may be back
    if (music === null) {
        music = VoxEngine.createURLPlayer(sound('hold-music.wav'), { loop: true });
        music.addEventListener(PlayerEvents.PlaybackFinished, playToneInstead);
    } else {
        music.resume();
    }
    music.sendMediaTo(caller);
    clearTimeout(announceTimer);
    announceTimer = setTimeout(() => speak(sound(`please-wait.${LANGUAGE}.wav`), playMusic), MUSIC_MS);
}

// The music lives on the backend: while that is down a plain ring-back tone says
// that the line is alive.
function playToneInstead(e) {
    Logger.write(`no music: ${e.error}`);
    music = VoxEngine.createToneScriptPlayer('425@-19;*(1/4/1)', { loop: true });
    musicIsTone = true;
    if (spoken === null) music.sendMediaTo(caller);
}

// Plays one file in place of the music, then calls `next`.
function speak(url, next) {
    speakBy(VoxEngine.createURLPlayer(url), next);
}

// Says a text; where there is no voice, plays a file instead if there is one.
function sayText(text, language, next, url) {
    const instead = (e) => (url ? speak(url, next) : next(e));
    if (typeof VoxEngine.createTTSPlayer !== 'function') {
        instead({ error: 'no voice' });
        return;
    }
    const voice = language === 'ru' ? VoiceList.Google.ru_RU_Standard_A : VoiceList.Google.en_US_Standard_C;
    speakBy(VoxEngine.createTTSPlayer(text, { language: voice }), (e) => (e && e.error ? instead(e) : next(e)));
}

/**
 * @param {any} player
 * @param {(e?: any) => void} next
 * @param {typeof PlayerEvents | typeof SequencePlayerEvents} events
 */
function speakBy(player, next, events = PlayerEvents) {
    clearTimeout(announceTimer);
    if (spoken !== null) spoken.stop();
    if (music !== null) music.pause();
    spoken = player;
    player.addEventListener(events.PlaybackFinished, (e) => {
        if (spoken !== player) return;
        spoken = null;
        next(e);
    });
    player.sendMediaTo(caller);
}

function stopMusic() {
    if (music === null) return;
    music.removeEventListener(PlayerEvents.PlaybackFinished);
    music.stop();
    music = null;
    musicIsTone = false;
}

function silence() {
    takeKey = null;
    clearTimeout(announceTimer);
    stopMusic();
    if (spoken !== null) spoken.stop();
    spoken = null;
    placeToTell = null;
}

// The caller can be played something.
const hears = () => caller !== null && (doing === 'waiting' || doing === 'offering');

const callersLanguage = () => [arrival.language, LANGUAGE].find((language) => PLACES[language]) || 'en';

const PLACES = {
    en: {
        position: (n) => (n === 1 ? 'You are next.' : `You are number ${n} in the queue.`),
        form: (n) => (n === 1 ? 1 : 5),
        wait: (minutes) => `The wait is about ${minutes === 1 ? 'one minute' : `${minutes} minutes`}.`,
        longer: 'Fewer people take calls now, so it is longer than before.',
    },
    ru: {
        position: (n) => (n === 1 ? 'Вы следующий в очереди.' : `Ваше место в очереди: ${n}.`),
        form(n) {
            if (n % 100 > 10 && n % 100 < 15) return 5;
            return { 1: 1, 2: 2, 3: 2, 4: 2 }[n % 10] || 5;
        },
        wait(minutes) {
            const word = { 1: 'минута', 2: 'минуты', 5: 'минут' }[this.form(minutes)];
            return `Примерное время ожидания: ${minutes} ${word}.`;
        },
        longer: 'Операторов стало меньше, поэтому ждать придётся дольше, чем было сказано.',
    },
};

const RECORDED_MAX = 999; // larger numbers have no pieces

// Names of the recorded pieces that say a number: 321 is 300, 20, 1.
function recordedNumber(n) {
    const rest = n % 100;
    const parts = rest < 20 ? [n - rest, rest] : [n - rest, rest - (rest % 10), rest % 10];
    return parts.filter((part) => part > 0).map((part) => `number-${part}`);
}

// Names of the pieces that say a place and a wait; sounds/make-announcements.sh makes them.
function recordedPlace({ position, minutes, longer }, language) {
    const pieces = [];
    if (position === 1) pieces.push('place-next');
    else if (position <= RECORDED_MAX) {
        pieces.push('place', ...recordedNumber(position));
        if (language === 'en') pieces.push('place-end');
    }
    if (minutes > 0 && minutes <= RECORDED_MAX) {
        // A minute is feminine in Russian.
        const feminine = (name) => (/^number-[12]$/.test(name) ? `${name}-minutes` : name);
        const number = recordedNumber(minutes);
        pieces.push('wait', ...(language === 'ru' ? number.map(feminine) : number));
        pieces.push(`minute-${PLACES[language].form(minutes)}`);
    }
    if (longer) pieces.push('wait-longer');
    return pieces.map((name) => ({ url: sound(`${name}.${language}.wav`) }));
}

function playPlace(place, language, next) {
    const segments = recordedPlace(place, language);
    if (segments.length === 0) speak(sound(`please-wait.${language}.wav`), next);
    else speakBy(VoxEngine.createSequencePlayer({ segments }), next, SequencePlayerEvents);
}

// Waits until what is said is over; of several the newest is told. Phones ring
// meanwhile, and whoever answers silences it. The backend sees to it that a place
// rises, and a wait grows, for a stated reason only.
function tellPlace(place) {
    placeToTell = spoken === null ? null : place;
    if (spoken !== null || placesUnsaid) return;
    const language = callersLanguage();
    const words = PLACES[language];
    const minutes = Math.ceil((place.waitMs || 0) / 60000);
    const recorded = () => {
        placesRecorded = true;
        playPlace({ ...place, minutes }, language, (e) => {
            if (e && e.error) placesUnsaid = true; // the prompt must do
            playMusic();
        });
    };
    if (placesRecorded) {
        recorded();
        return;
    }
    const parts = [words.position(place.position)];
    if (minutes > 0) parts.push(words.wait(minutes));
    if (place.longer) parts.push(words.longer);
    sayText(parts.join(' '), language, (e) => (e && e.error ? recorded() : playMusic()));
}

// --- Offers: ringing an agent -------------------------------------------------------

const CONTACT_FIELD = { user: 'user', sip: 'uri', phone: 'number' };

function dial(contact, callerid, displayName) {
    const headers = { 'X-Cordboard-Call': String(callId) };
    if (contact.type === 'user') {
        return VoxEngine.callUser({ username: contact.user, callerid, displayName, extraHeaders: headers });
    }
    if (contact.type === 'sip') return VoxEngine.callSIP(contact.uri, { callerid, displayName, headers });
    return VoxEngine.callPSTN(contact.number, callerid);
}

// What becomes of agents' phones that ring for a caller who waits.
const agentLegs = { answered: offerAnswered, failed: failOffer, gone: agentGone };

// Several phones may ring at once: the first who answers has the call.
function connect({ offer_id: id, contact, caller_id: callerId, ring_timeout_ms: ringMs }) {
    if (ringing.has(id) || (talk !== null && talk.id === id)) return { accepted: true };
    const mayRing = doing === 'waiting' || doing === 'offering';
    if (!mayRing || ringing.size >= RINGING_MAX) return { error: 'busy', ...status() };
    if (!contact || !contact[CONTACT_FIELD[contact.type]]) return { error: 'bad_contact' };

    doing = 'offering';
    const made = ring(id, contact, callerId, ringMs, callback === null ? agentLegs : callback.agents);
    ringing.set(id, made);
    return { accepted: true };
}

// Rings somebody; what follows is done by `then`, which may change meanwhile.
function ring(id, contact, callerId, ringMs, then) {
    const leg = dial(contact, callerId || arrival.caller_number, arrival.display_name);
    const made = { id, leg, then, startedAt: Date.now(), rang: false, over: false, talkAt: 0, asks: null };
    made.timer = setTimeout(() => made.then.failed(made, 'no_answer'), ringMs || RING_MS);
    leg.addEventListener(CallEvents.Ringing, () => offerRings(made));
    leg.addEventListener(CallEvents.AudioStarted, () => offerRings(made));
    leg.addEventListener(CallEvents.Connected, () => made.then.answered(made));
    leg.addEventListener(CallEvents.Failed, (e) => made.then.failed(made, failure(e, contact), e));
    leg.addEventListener(CallEvents.Disconnected, () => made.then.gone(made));
    leg.addEventListener(CallEvents.BlindTransferRequested, (e) => phoneAsks(made, e.transferTo));
    leg.addEventListener(CallEvents.TransferComplete, (e) => phoneJoins(made, e.role));
    return made;
}

function failure({ code, reason }, contact) {
    const isUser = contact.type === 'user';
    if (isUser && (code === 404 || (code === 480 && /regist/i.test(reason)))) return 'unregistered';
    if (code === 486 || code === 600) return 'busy';
    if (code === 408) return 'no_answer';
    if (code === 487) return 'cancelled';
    if (code === 404 || code === 480 || (code >= 500 && code < 600)) return 'unreachable';
    return 'rejected';
}

function offerRings(made) {
    if (made.rang || made.over) return;
    made.rang = true;
    report('offer_ringing', { offer_id: made.id });
}

function offerAnswered(made) {
    // Answered in the moment in which it was cancelled: nobody is there to talk to.
    if (made.over) {
        made.leg.hangup();
        return;
    }
    clearTimeout(made.timer);
    doing = 'talking';
    ringing.delete(made.id);
    talk = made;
    report('offer_answered', { offer_id: made.id });
    beginTalk(made);
}

function beginTalk(made) {
    doing = 'talking';
    made.talkAt = Date.now();
    silence();
    VoxEngine.sendMediaBetween(caller, made.leg);
    cancelRinging();
    report('talk_started', { offer_id: made.id });
    made.leg.handleBlindTransfer(true);
}

// Told at once, not when the leg is gone: the next agent need not wait for that.
function failOffer(made, reason, event) {
    if (made.over) return;
    endOffer(made);
    made.leg.hangup();
    const fields = { offer_id: made.id, reason, rang_ms: made.rang ? Date.now() - made.startedAt : 0 };
    if (event) Object.assign(fields, { sip_code: event.code, sip_reason: event.reason });
    report('offer_failed', fields);
    if (doing === 'offering' && ringing.size === 0) doing = 'waiting';
}

function cancelRinging() {
    for (const made of [...ringing.values()]) failOffer(made, 'cancelled');
}

function endOffer(made) {
    made.over = true;
    clearTimeout(made.timer);
    ringing.delete(made.id);
    if (talk === made) talk = null;
}

// The leg whose end comes first is the one that hung up.
function talkEnded(made, endedBy) {
    endOffer(made);
    report('talk_ended', { offer_id: made.id, ended_by: endedBy, talk_ms: Date.now() - made.talkAt });
    made.leg.hangup();
}

function agentGone(made) {
    if (made.over) return;
    if (consult !== null) {
        consult.agentGone();
        return;
    }
    const talkMs = Date.now() - made.talkAt;
    talkEnded(made, 'agent');
    if (question === null || talkMs < question.talkMsMin) end('agent_hung_up');
    else askManager();
}

// --- Transfers: the backend decides who has the caller next ---------------------------

// The agent leaves, the caller waits on: for whom, the backend says.
function agentLeaves(made) {
    endOffer(made);
    question = null;
    if (made.asks !== null) {
        clearTimeout(made.asks);
        made.leg.notifyBlindTransferSuccess();
    }
    made.leg.hangup();
    doing = 'waiting';
    playMusic();
}

// The agent's own phone asks for a transfer (REFER).
function phoneAsks(made, to) {
    if (talk !== made || consult !== null || made.asks !== null) {
        made.leg.notifyBlindTransferFailed(486, 'Busy');
        return;
    }
    made.asks = setTimeout(() => refusePhone(made, 'no_answer'), TRANSFER_MS);
    report('transfer_requested', { offer_id: made.id, to });
}

// The agent's own phone has joined the caller to another call of its own, or has
// another phone in its place: this leg goes on with somebody else.
function phoneJoins(made, role) {
    if (talk !== made || role !== 'transferor') return;
    if (consult !== null) consult.drop();
    question = null;
    made.talkAt = Date.now();
    report('agent_replaced', { offer_id: made.id });
}

const TRANSFER_CODES = { unknown: 404, busy: 486, not_allowed: 403 };

function refusePhone(made, why) {
    if (made.asks === null) return;
    clearTimeout(made.asks);
    made.asks = null;
    made.leg.notifyBlindTransferFailed(TRANSFER_CODES[why] || 480, why);
}

// --- The question after the talk ------------------------------------------------------

const QUESTIONS = {
    en: (name) => `Shall ${name} always answer you when you call? Press 1 for yes, 2 for no.`,
    ru: (name) => `Соединять вас всегда с менеджером ${name}? Нажмите 1, если да, 2, если нет.`,
};

// The agent is in wrap-up already: only the caller's time is taken.
function askManager() {
    doing = 'ending';
    talked = true;
    const language = callersLanguage();
    const text = QUESTIONS[language](question.name);
    let timer = null;
    const done = (answer) => {
        if (answerQuestion === null) return;
        answerQuestion = null;
        clearTimeout(timer);
        report('manager_choice', { answer });
        end('agent_hung_up');
    };
    answerQuestion = (digit) => done({ 1: 'yes', 2: 'no' }[digit] || 'unclear');
    timer = setTimeout(() => done('unclear'), GOODBYE_MAX_MS + QUESTION_MS);
    const asked = (e) => {
        clearTimeout(timer);
        timer = setTimeout(() => done('unclear'), e && e.error ? 0 : QUESTION_MS);
    };
    sayText(text, language, asked, sound(`ask-manager.${language}.wav`));
}

// --- Commands from the backend --------------------------------------------------------

function status() {
    if (consult !== null) return { doing: 'consulting', call_id: callId, ...consult.status() };
    const calling = callback === null ? null : callback.status();
    if (calling !== null) return { call_id: callId, ...calling };
    if (talk !== null) return { doing, call_id: callId, offer_id: talk.id };
    const ids = [...ringing.keys()];
    if (ids.length === 1) return { doing, call_id: callId, offer_id: ids[0] };
    if (ids.length > 1) return { doing, call_id: callId, offer_id: ids[0], offer_ids: ids };
    // On the reserve number the caller is no longer the backend's to offer.
    return { doing: fallbackLeg === null ? doing : 'ending', call_id: callId };
}

const commands = {
    connect,
    status,

    cancel_offer({ offer_id: id }) {
        if (consult !== null && consult.made.id === id) return consult.cancel();
        if (callback !== null && talk !== null && talk.id === id) return callback.cancel();
        if (talk !== null && talk.id === id) return { error: 'already_talking' };
        if (!ringing.has(id)) return { error: 'no_such_offer' };
        failOffer(ringing.get(id), 'cancelled');
        return { accepted: true };
    },

    release_agent({ offer_id: id }) {
        if (talk === null || talk.id !== id) return { error: 'no_such_offer' };
        const made = talk;
        if (consult === null) {
            agentLeaves(made);
        } else {
            consult.agentGone();
            made.leg.hangup();
        }
        return { accepted: true };
    },

    refuse_transfer({ offer_id: id, why }) {
        if (talk === null || talk.id !== id) return { error: 'no_such_offer' };
        refusePhone(talk, why);
        return { accepted: true };
    },

    announce({ position, estimated_wait_ms: waitMs, longer }) {
        if (hears()) tellPlace({ position, waitMs, longer });
        return { accepted: true };
    },

    play({ url }) {
        if (typeof url !== 'string') return { error: 'bad_url' };
        if (!hears()) return { error: 'busy', ...status() };
        speak(url.startsWith('/') ? BACKEND_URL + url : url, playMusic);
        return { accepted: true };
    },

    say({ text, language }) {
        if (typeof text !== 'string' || text === '') return { error: 'bad_text' };
        if (!hears()) return { error: 'busy', ...status() };
        sayText(text, language, playMusic);
        return { accepted: true };
    },

    // Comes during the talk and is put when the agent hangs up first.
    ask_manager({ agent_name: name, talk_ms_min: talkMsMin }) {
        if (typeof name !== 'string') return { error: 'bad_name' };
        question = { name, talkMsMin: talkMsMin || 0 };
        return { accepted: true };
    },

    hang_up({ say, why }) {
        const talked = doing === 'talking';
        releaseAgent('system');
        if (talked) end('backend_hung_up');
        else goodbye('backend_hung_up', say, why === 'callback' ? 'callback-kept' : 'goodbye');
        return { accepted: true };
    },
};

const answers = new Map(); // command_id -> answer, for commands that come twice

VoxEngine.addEventListener(AppEvents.HttpRequest, (e) => {
    const command = fromJson(e.content);
    if (command === null || typeof command !== 'object') return { error: 'bad_command' };
    lastContactAt = Date.now();
    sendNow(); // a backend that asks is there again
    const id = command.command_id;
    if (id !== undefined && answers.has(id)) return answers.get(id);
    const known = Object.prototype.hasOwnProperty.call(commands, command.command);
    const answer = known ? commands[command.command](command) : { error: 'not_supported' };
    if (id !== undefined) {
        if (answers.size >= ANSWERS_MAX) answers.delete(answers.keys().next().value);
        answers.set(id, answer);
    }
    return answer;
});

// --- The end ----------------------------------------------------------------------------

function releaseAgent(endedBy) {
    if (fallbackLeg !== null) fallbackLeg.hangup();
    cancelRinging();
    if (consult !== null) consult.drop();
    if (callback !== null) callback.drop();
    if (talk !== null) talkEnded(talk, endedBy);
}

function callerGone() {
    if (answeredAt === 0) VoxEngine.terminate(); // nobody knows of this call yet
    if (endWhy !== null || answeredAt === 0) return;
    // Before the offer's failure: the backend must not offer this call again.
    if (doing !== 'talking' && !talked) report('caller_left', { waited_ms: Date.now() - answeredAt });
    releaseAgent('caller');
    end('caller_hung_up');
}

// No contact for too long: the reserve number, or at least a polite goodbye.
function fallBack() {
    if (doing !== 'waiting' || Date.now() - lastContactAt < FALLBACK_AFTER_MS) return;
    if (FALLBACK_NUMBER === '') {
        goodbye('backend_unreachable');
        return;
    }
    doing = 'talking';
    fallbackLeg = VoxEngine.callPSTN(FALLBACK_NUMBER, arrival.caller_number);
    fallbackLeg.addEventListener(CallEvents.Connected, () => {
        silence();
        VoxEngine.sendMediaBetween(caller, fallbackLeg);
    });
    fallbackLeg.addEventListener(CallEvents.Failed, () => goodbye('backend_unreachable'));
    fallbackLeg.addEventListener(CallEvents.Disconnected, () => end('fallback_ended'));
}

// `say` is {text, language}; without it, or without a voice, a goodbye is played.
function goodbye(why, say, recorded = 'goodbye') {
    if (doing === 'ending') return;
    if (caller === null) {
        end(why);
        return;
    }
    doing = 'ending';
    silence();
    const over = () => end(why);
    const goodbyeUrl = sound(`${recorded}.${callersLanguage()}.wav`);
    if (say && typeof say.text === 'string') sayText(say.text, say.language, over, goodbyeUrl);
    else speak(goodbyeUrl, over);
    setTimeout(over, GOODBYE_MAX_MS);
}

// Lets the caller go. The session stays until the backend knows everything, but
// not for ever.
async function end(why) {
    if (endWhy !== null) return;
    endWhy = why;
    doing = 'ending';
    silence();
    if (caller !== null) caller.hangup();
    report('session_ended', { why });
    const giveUpAt = Date.now() + FLUSH_MS;
    while (unsent.length > 0 && !refused && Date.now() < giveUpAt) await sleep(200);
    VoxEngine.terminate();
}

// Ended by something else with events unsent: the last one goes out at least.
VoxEngine.addEventListener(AppEvents.Terminating, () => {
    if (callId !== null && unsent.length > 0) post(eventsPath(), unsent[unsent.length - 1]);
});

// --- The beginning ------------------------------------------------------------------------

VoxEngine.addEventListener(AppEvents.Started, (e) => {
    arrival.session_id = String(e.sessionId);
    // A backend spoken to without TLS is on this machine or network: so are we.
    arrival.access_url = BACKEND_URL.startsWith('https:') ? e.accessSecureURL : e.accessURL;
});

// A rule may preset queue, language, priority and skills by its custom data.
function presets() {
    const text = VoxEngine.customData() || '';
    const { queue, language, priority, skills } = (text.startsWith('{') && fromJson(text)) || {};
    return { queue, language: language || LANGUAGE, priority, skills, custom_data: text || undefined };
}

VoxEngine.addEventListener(AppEvents.CallAlerting, (e) => {
    const { call } = e;
    Object.assign(arrival, presets(), {
        caller_number: e.callerid,
        dialed_number: e.destination,
        display_name: e.displayName || undefined,
        headers: e.headers,
    });
    watchCaller(call);
    call.addEventListener(CallEvents.Failed, callerGone);
    call.addEventListener(CallEvents.Connected, () => {
        callerAnswered();
        playMusic();
        register();
    });
    call.answer();
});

function watchCaller(call) {
    caller = call;
    call.handleTones(true);
    call.addEventListener(CallEvents.ToneReceived, ({ tone }) => {
        if (takeKey !== null) {
            takeKey(tone);
            return;
        }
        report('digit', { digit: tone });
        if (answerQuestion !== null) answerQuestion(tone);
    });
    call.addEventListener(CallEvents.Disconnected, callerGone);
}

function callerAnswered() {
    answeredAt = Date.now();
    lastContactAt = answeredAt;
    setInterval(fallBack, 1000);
}
