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
const REQUEST_TIMEOUT_S = 10;
const RETRY_FIRST_MS = 500;
const RETRY_MAX_MS = 8000;
const FLUSH_MS = 45000; // events still unsent are tried for so long after the call
const GOODBYE_MAX_MS = 15000; // the goodbye is cut after this
const EVENTS_MAX = 200; // unsent events kept; more only with a very chatty caller
const ANSWERS_MAX = 200; // answers remembered for repeated commands

// --- State --------------------------------------------------------------------

let caller = null; // the caller's leg
let arrival = {}; // what the backend is told about the call
let answeredAt = 0;
let doing = 'waiting'; // waiting, offering, talking or ending
let callId = null; // the backend's number of this call
let offer = null; // the agent being rung or talked to: {id, leg, startedAt, ...}
let fallbackLeg = null;
let announced = null; // last position and expected wait, kept for speech
let lastContactAt = Date.now();

// --- Talking to the backend ---------------------------------------------------

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
        result = { code: -1, text: '', error: String(error) };
    }
    if (result.code >= 200 && result.code < 500) lastContactAt = Date.now();
    return result;
}

// Tells the backend about the caller until it accepts. Asking again with the
// same session_id is harmless, so the same request is also the heartbeat.
async function register() {
    for (let attempt = 0; callId === null; attempt += 1) {
        const result = await post('/api/v1/calls', arrival);
        const answer = verdict(result.code);
        if (answer === 'ok') {
            accepted(result.text);
        } else if (answer === 'refused') {
            Logger.write(`the backend refused the call: ${result.code} ${result.text}`);
            goodbye('backend_refused');
            return;
        }
        if (callId === null) await sleep(retryDelayMs(attempt));
    }
}

async function heartbeat() {
    if (doing !== 'waiting' || callId === null) return;
    const result = await post('/api/v1/calls', arrival);
    if (verdict(result.code) === 'ok') accepted(result.text);
}

function accepted(text) {
    const answer = fromJson(text);
    if (!answer || !answer.call_id || answer.call_id === callId) return;
    // A backend that lost its data deals a new number: events start again from 1.
    if (callId !== null) {
        lastSeq = 0;
        for (const event of unsent) event.seq = nextSeq();
    }
    callId = answer.call_id;
    sendEvents();
}

function fromJson(text) {
    try {
        return JSON.parse(text);
    } catch (error) {
        Logger.write(`not JSON: ${error}`);
        return null;
    }
}

// --- Events: in order, one at a time, until each is accepted --------------------

let lastSeq = 0;
let sending = false;
const unsent = [];
const nextSeq = () => (lastSeq += 1);

function report(type, fields) {
    if (type === 'digit' && unsent.length >= EVENTS_MAX) return;
    unsent.push({ seq: nextSeq(), at: new Date().toISOString(), type, ...fields });
    sendEvents();
}

async function sendEvents() {
    if (sending || callId === null) return;
    sending = true;
    for (let attempt = 0; unsent.length > 0; ) {
        const event = unsent[0];
        const result = await post(`/api/v1/calls/${encodeURIComponent(callId)}/events`, event);
        const answer = verdict(result.code);
        if (answer === 'later') {
            await sleep(retryDelayMs(attempt));
            attempt += 1;
        } else {
            if (answer === 'refused') Logger.write(`event ${event.type} refused: ${result.code}`);
            if (unsent[0] === event) unsent.shift();
            attempt = 0;
        }
    }
    sending = false;
}

// --- What the caller hears: one thing at a time ---------------------------------

const sound = (name) => `${BACKEND_URL}/sounds/${name}`;
let music = null; // the looped player, paused during announcements
let spoken = null; // the announcement that plays now
let announceTimer = null;

function startWaiting() {
    if (music === null) {
        music = VoxEngine.createURLPlayer(sound('hold-music.wav'), { loop: true });
        music.addEventListener(PlayerEvents.PlaybackFinished, playToneInstead);
    }
    playMusic();
}

// The music lives on the backend: while that is down a plain ring-back tone says
// that the line is alive, and the music is tried again with the next round.
function playToneInstead(e) {
    Logger.write(`no music: ${e.error}`);
    music = VoxEngine.createToneScriptPlayer('425@-19;*(1/4/1)', { loop: true });
    music.isTone = true;
    if (spoken === null && doing !== 'talking' && doing !== 'ending') music.sendMediaTo(caller);
}

function playMusic() {
    if (music.isTone) {
        music.stop();
        music = null;
        startWaiting();
        return;
    }
    music.sendMediaTo(caller);
    music.resume();
    clearTimeout(announceTimer);
    announceTimer = setTimeout(() => speak(sound(`please-wait.${LANGUAGE}.wav`), startWaiting), MUSIC_MS);
}

// Plays one file in place of the music, then calls `next`.
function speak(url, next) {
    clearTimeout(announceTimer);
    if (spoken !== null) spoken.stop();
    if (music !== null) music.pause();
    const player = VoxEngine.createURLPlayer(url);
    spoken = player;
    player.addEventListener(PlayerEvents.PlaybackFinished, () => {
        if (spoken !== player) return;
        spoken = null;
        next();
    });
    player.sendMediaTo(caller);
}

function silence() {
    clearTimeout(announceTimer);
    if (music !== null) music.stop();
    if (spoken !== null) spoken.stop();
    music = null;
    spoken = null;
}

// --- Offers: ringing an agent ---------------------------------------------------

function dial(contact, callerid, displayName) {
    const headers = { 'X-Cordboard-Call': String(callId) };
    if (contact.type === 'user') {
        return VoxEngine.callUser({ username: contact.user, callerid, displayName, extraHeaders: headers });
    }
    if (contact.type === 'sip') {
        return VoxEngine.callSIP(contact.uri, { callerid, displayName, headers });
    }
    return VoxEngine.callPSTN(contact.number, callerid);
}

function connect(command) {
    if (doing !== 'waiting') return { error: 'busy', ...status() };
    const known = { user: 'user', sip: 'uri', phone: 'number' };
    const { contact } = command;
    if (!contact || !known[contact.type] || !contact[known[contact.type]]) return { error: 'bad_contact' };

    doing = 'offering';
    const leg = dial(contact, command.caller_id || arrival.caller_number, arrival.display_name);
    const made = { id: command.offer_id, leg, startedAt: Date.now(), rang: false, over: false, talkAt: 0 };
    offer = made;
    made.timer = setTimeout(() => failOffer(made, 'no_answer'), command.ring_timeout_ms || 20000);
    leg.addEventListener(CallEvents.Ringing, () => offerRings(made));
    leg.addEventListener(CallEvents.AudioStarted, () => offerRings(made));
    leg.addEventListener(CallEvents.Connected, () => offerAnswered(made));
    leg.addEventListener(CallEvents.Failed, (e) => failOffer(made, failure(e.code), e));
    leg.addEventListener(CallEvents.Disconnected, () => agentGone(made));
    return { accepted: true };
}

function failure(code) {
    if (code === 486 || code === 600) return 'busy';
    if (code === 408) return 'no_answer';
    if (code === 404 || code === 480 || (code >= 500 && code < 600)) return 'unreachable';
    if (code === 487) return 'cancelled';
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
    made.talkAt = Date.now();
    report('offer_answered', { offer_id: made.id });
    silence();
    VoxEngine.sendMediaBetween(caller, made.leg);
    report('talk_started', { offer_id: made.id });
}

// Told at once, not when the leg is gone: the next agent need not wait for that.
function failOffer(made, reason, event) {
    if (made.over) return;
    endOffer(made);
    made.leg.hangup();
    const fields = { offer_id: made.id, reason, rang_ms: made.rang ? Date.now() - made.startedAt : 0 };
    if (event) Object.assign(fields, { sip_code: event.code, sip_reason: event.reason });
    report('offer_failed', fields);
    if (doing === 'offering') doing = 'waiting';
}

function endOffer(made) {
    made.over = true;
    clearTimeout(made.timer);
    if (offer === made) offer = null;
}

function agentGone(made) {
    if (made.over) return;
    if (made.talkAt === 0) {
        failOffer(made, 'unreachable');
        return;
    }
    talkEnded(made, 'agent');
    caller.hangup();
    end('agent_hung_up');
}

function talkEnded(made, endedBy) {
    endOffer(made);
    report('talk_ended', { offer_id: made.id, ended_by: endedBy, talk_ms: Date.now() - made.talkAt });
}

// --- Commands from the backend --------------------------------------------------

function status() {
    return offer === null ? { doing, call_id: callId } : { doing, call_id: callId, offer_id: offer.id };
}

const commands = {
    connect,

    cancel_offer({ offer_id: id }) {
        if (offer === null || offer.id !== id) return { error: 'no_such_offer' };
        if (offer.talkAt > 0) return { error: 'already_talking' };
        failOffer(offer, 'cancelled');
        return { accepted: true };
    },

    announce({ position, estimated_wait_ms: waitMs }) {
        announced = { position, waitMs };
        return { accepted: true };
    },

    play({ url }) {
        if (doing !== 'waiting' && doing !== 'offering') return { error: 'busy', ...status() };
        if (typeof url !== 'string') return { error: 'bad_url' };
        speak(url.startsWith('/') ? BACKEND_URL + url : url, startWaiting);
        return { accepted: true };
    },

    status,

    hang_up() {
        if (doing === 'ending') return { accepted: true };
        releaseAgent('system');
        goodbye('backend_hung_up');
        return { accepted: true };
    },
};

const answers = new Map(); // command_id -> answer, for commands that come twice

VoxEngine.addEventListener(AppEvents.HttpRequest, (e) => {
    const command = fromJson(e.content);
    if (command === null || typeof command !== 'object') return { error: 'bad_command' };
    lastContactAt = Date.now();
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

// --- The end --------------------------------------------------------------------

function releaseAgent(endedBy) {
    if (fallbackLeg !== null) fallbackLeg.hangup();
    if (offer === null) return;
    const { leg, talkAt } = offer;
    if (talkAt > 0) {
        talkEnded(offer, endedBy);
        leg.hangup();
    } else {
        failOffer(offer, 'cancelled');
    }
}

function callerGone() {
    if (doing === 'ending') return;
    const waited = offer === null || offer.talkAt === 0;
    // Before the offer's failure: the backend must not offer this call again.
    if (waited && fallbackLeg === null) report('caller_left', { waited_ms: Date.now() - answeredAt });
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
    fallbackLeg.addEventListener(CallEvents.Disconnected, () => goodbye('backend_unreachable'));
}

function goodbye(why) {
    if (doing === 'ending') return;
    doing = 'ending';
    silence();
    const part = () => {
        caller.hangup();
        end(why);
    };
    speak(sound(`goodbye.${LANGUAGE}.wav`), part);
    setTimeout(part, GOODBYE_MAX_MS);
}

let endWhy = null;

// The session stays until the backend knows everything, but not for ever.
async function end(why) {
    if (endWhy !== null) return;
    endWhy = why;
    doing = 'ending';
    silence();
    report('session_ended', { why });
    const giveUpAt = Date.now() + FLUSH_MS;
    while (unsent.length > 0 && Date.now() < giveUpAt && BACKEND_URL) await sleep(200);
    VoxEngine.terminate();
}

// Ended by something else with events unsent: the last one goes out at least.
VoxEngine.addEventListener(AppEvents.Terminating, () => {
    if (callId !== null && unsent.length > 0) {
        post(`/api/v1/calls/${encodeURIComponent(callId)}/events`, unsent[unsent.length - 1]);
    }
});

// --- The beginning --------------------------------------------------------------

VoxEngine.addEventListener(AppEvents.Started, (e) => {
    arrival.session_id = String(e.sessionId);
    // A backend spoken to without TLS is on this machine or network: so are we.
    arrival.access_url = BACKEND_URL.startsWith('https:') ? e.accessSecureURL : e.accessURL;
});

// A rule may preset queue, language, priority and skills by its custom data.
function presets() {
    const text = VoxEngine.customData();
    const given = text.startsWith('{') ? fromJson(text) || {} : {};
    const { queue, language, priority, skills } = given;
    return { queue, language: language || LANGUAGE, priority, skills, custom_data: text || undefined };
}

VoxEngine.addEventListener(AppEvents.CallAlerting, (e) => {
    caller = e.call;
    Object.assign(arrival, presets(), {
        caller_number: e.callerid,
        dialed_number: e.destination,
        display_name: e.displayName || undefined,
        headers: e.headers,
    });
    caller.handleTones(true);
    caller.addEventListener(CallEvents.ToneReceived, (tone) => report('digit', { digit: tone.tone }));
    caller.addEventListener(CallEvents.Disconnected, callerGone);
    caller.addEventListener(CallEvents.Failed, callerGone);
    caller.addEventListener(CallEvents.Connected, () => {
        answeredAt = Date.now();
        lastContactAt = answeredAt;
        startWaiting();
        register();
        setInterval(heartbeat, HEARTBEAT_MS);
        setInterval(fallBack, 1000);
    });
    caller.answer();
});
