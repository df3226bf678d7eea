// One caller's place in a queue of the backend, on behalf of a scenario that uses
// the queues of the API. It speaks contract v1 as scenarios/call-centre.js does:
// announces the call until it is accepted, dials whom the backend offers, and tells
// what came of it. The scenario keeps the caller and what the caller hears.

const { markerTimer, clearMarker } = part('timers');
const { callUser, callSIP, callPSTN } = part('dial');
const { backendAsked } = part('net');
const { Date: SessionDate } = part('date');
const RETRY_FIRST_MS = 500;
const RETRY_MAX_MS = 8000;
const HEARTBEAT_MS = 15000; // a restarted backend learns of a waiting caller within this
const LOST_AFTER_MS = 120000; // no word from the backend for so long: the request fails
const RING_MS = 20000; // when the backend does not say
const RINGING_MAX = 10; // phones at once: more wait unanswered than a session may have
const ANSWERS_MAX = 200; // answers remembered for repeated commands
const COMMAND_PATH = 'queue/'; // of the access URL: commands that the scenario does not see

const placements = new Map(); // path after the access URL -> Placement
let placementsMade = 0;

// Doubles; the random half keeps many sessions from coming back at once.
function retryDelayMs(attempt) {
    const full = Math.min(RETRY_FIRST_MS * 2 ** attempt, RETRY_MAX_MS);
    return full / 2 + (Math.random() * full) / 2;
}

// 'ok', 'refused' (asking again will not help) or 'later'.
function verdictOf(code) {
    if (code >= 200 && code < 300) return 'ok';
    if (code >= 400 && code < 500 && code !== 408 && code !== 425 && code !== 429) return 'refused';
    return 'later';
}

function answerOf(text) {
    try {
        const value = parse(text);
        return isObject(value) ? value : {};
    } catch {
        return {};
    }
}

const failure = ({ code, reason }, contact) => {
    const isUser = contact.type === 'user';
    if (isUser && (code === 404 || (code === 480 && /regist/i.test(reason)))) return 'unregistered';
    if (code === 486 || code === 600) return 'busy';
    if (code === 408) return 'no_answer';
    if (code === 487) return 'cancelled';
    if (code === 404 || code === 480 || (code >= 500 && code < 600)) return 'unreachable';
    return 'rejected';
};

const contactName = (contact) => asText(contact?.user || contact?.uri || contact?.number);

class Placement {
    // `wish`: queue, callerid, headers, priority, skills, customData.
    // `hooks`: queued(answer), waiting(position, ms), attempt(call, contact),
    // failed(contact, code), reached(call), refused(code, message), ended(by).
    constructor(wish, hooks) {
        placementsMade += 1;
        const { session_id: session, access_url: http, access_secure_url: https } = started();
        const base = host.backendURL().startsWith('https:') ? https : http;
        this.path = `${COMMAND_PATH}${host.unique()}`;
        this.wish = wish;
        this.hooks = hooks;
        this.doing = 'waiting'; // waiting, offering, talking or ending
        this.callId = null;
        this.ringing = new Map(); // offer id -> offer
        this.talk = null;
        this.unsent = [];
        this.seq = 0;
        this.sending = false;
        this.answers = new Map();
        this.since = host.now();
        this.heardAt = host.now();
        const first = [...calls.values()].find((call) => call.incoming);
        this.arrival = {
            session_id: `${session}.${placementsMade}`,
            access_url: `${base}/${this.path}`,
            caller_number: wish.callerid || first?.callerid || '',
            dialed_number: first?.number || '',
            display_name: first?.displayName || undefined,
            queue: wish.queue || undefined,
            priority: wish.priority,
            skills: wish.skills,
            custom_data: wish.customData || undefined,
            ...wish.wanted,
        };
        placements.set(this.path, this);
        host.queued(placements.size);
        this.#register(0);
    }

    // Asks for the position: the answer is told as `waiting`.
    ask() {
        if (this.doing !== 'waiting' && this.doing !== 'offering') return;
        this.#post('/api/v1/calls', this.arrival, (verdict, answer) => {
            if (verdict === 'ok' && this.doing !== 'ending') this.#accepted(answer, true);
        });
    }

    // The caller does not want an agent any more, or has one no longer.
    leave(why, endedBy) {
        if (this.doing === 'ending') return;
        if (this.talk) this.#talkEnded(this.talk, endedBy);
        else this.#report('caller_left', { waited_ms: host.now() - this.since });
        for (const offer of [...this.ringing.values()]) this.#failOffer(offer, 'cancelled');
        this.#end(why);
    }

    command(body) {
        const command = answerOf(body);
        this.heardAt = host.now();
        const id = command.command_id;
        if (id !== undefined && this.answers.has(id)) return this.answers.get(id);
        const answer = this.#obey(command);
        if (id !== undefined) {
            if (this.answers.size >= ANSWERS_MAX) this.answers.delete(this.answers.keys().next().value);
            this.answers.set(id, answer);
        }
        return answer;
    }

    // The session ends: what the backend does not know yet is sent now, unasked.
    flush() {
        this.leave('session_ended', 'system');
        if (this.callId === null) return;
        for (const event of this.unsent) host.backend(this.#eventsPath(), stringify(event));
        this.unsent = [];
    }

    #obey(command) {
        switch (command.command) {
            case 'connect':
                return this.#connect(command);
            case 'status':
                return this.#status();
            case 'cancel_offer': {
                const id = command.offer_id;
                if (this.talk && this.talk.id === id) return { error: 'already_talking' };
                if (!this.ringing.has(id)) return { error: 'no_such_offer' };
                this.#failOffer(this.ringing.get(id), 'cancelled');
                return { accepted: true };
            }
            case 'announce':
                this.hooks.waiting(command.position, command.estimated_wait_ms ?? null);
                return { accepted: true };
            case 'hang_up':
                this.leave('backend_hung_up', 'system');
                this.hooks.refused('hung_up', 'the call was ended by the centre');
                return { accepted: true };
            default:
                return { error: 'not_supported' };
        }
    }

    #status() {
        const ids = this.talk ? [this.talk.id] : [...this.ringing.keys()];
        const status = { doing: this.doing, call_id: this.callId };
        if (ids.length > 0) status.offer_id = ids[0];
        if (ids.length > 1) status.offer_ids = ids;
        return status;
    }

    #post(path, body, done) {
        backendAsked(path, stringify(body), ({ code, text }) => {
            if (code >= 200 && code < 500) this.heardAt = host.now();
            done(verdictOf(code), answerOf(text), code);
        });
    }

    // The same session_id is the same call: announcing it again is harmless.
    #register(attempt) {
        if (this.doing === 'ending') return;
        const again = (next, ms) => {
            this.timer = markerTimer(ms, () => this.#register(next));
        };
        if (this.doing === 'talking') {
            again(0, HEARTBEAT_MS);
            return;
        }
        this.#post('/api/v1/calls', this.arrival, (verdict, answer, code) => {
            if (this.doing === 'ending') return;
            if (verdict === 'ok') this.#accepted(answer, false);
            if (verdict === 'refused' && this.callId === null) {
                const { code: why, message } = isObject(answer.error) ? answer.error : {};
                this.#end('refused');
                this.hooks.refused(asText(why), asText(message) || `the backend refused the request: ${code}`);
                return;
            }
            if (host.now() - this.heardAt > LOST_AFTER_MS && this.doing === 'waiting') {
                this.leave('backend_lost', 'system');
                this.hooks.refused('unavailable', 'the backend does not answer');
                return;
            }
            again(attempt + 1, this.callId === null ? retryDelayMs(attempt) : HEARTBEAT_MS);
        });
    }

    #accepted(answer, asked) {
        const first = this.callId === null;
        if (answer.call_id && answer.call_id !== this.callId) {
            // A backend that lost its data deals a new number: events start from 1.
            if (!first) {
                this.seq = 0;
                for (const event of this.unsent) event.seq = this.#nextSeq();
            }
            this.callId = answer.call_id;
            this.#send(0);
        }
        if (first) this.hooks.queued();
        if ((first || asked) && this.doing !== 'ending' && this.doing !== 'talking') {
            this.hooks.waiting(answer.position, answer.estimated_wait_ms ?? null);
        }
    }

    #nextSeq() {
        this.seq += 1;
        return this.seq;
    }

    #eventsPath() {
        return `/api/v1/calls/${encodeURIComponent(this.callId)}/events`;
    }

    #report(type, fields) {
        const at = new SessionDate(host.now()).toISOString();
        this.unsent.push({ seq: this.#nextSeq(), at, type, ...fields });
        this.#send(0);
    }

    // In order, one at a time, each until it is accepted.
    #send(attempt) {
        if (this.sending || this.callId === null || this.unsent.length === 0) return;
        this.sending = true;
        this.#post(this.#eventsPath(), this.unsent[0], (verdict) => {
            this.sending = false;
            if (verdict === 'later') {
                markerTimer(retryDelayMs(attempt), () => this.#send(attempt + 1));
                return;
            }
            this.unsent.shift();
            this.#send(0);
        });
    }

    #connect({ offer_id: id, contact, caller_id: callerid, ring_timeout_ms: ringMs }) {
        if (this.ringing.has(id) || this.talk?.id === id) return { accepted: true };
        const mayRing = this.doing === 'waiting' || this.doing === 'offering';
        if (!mayRing || this.ringing.size >= RINGING_MAX) return { error: 'busy', ...this.#status() };
        if (!contactName(contact)) return { error: 'bad_contact' };
        const call = this.#dial(contact, asText(callerid) || this.arrival.caller_number);
        const offer = { id, call, contact, since: host.now(), rang: false, over: false, talkAt: 0 };
        this.doing = 'offering';
        this.ringing.set(id, offer);
        offer.timer = markerTimer(this.#ringMs(ringMs), () => {
            this.#failOffer(offer, 'no_answer');
            this.hooks.failed(contact, 408);
        });
        watch(call, (name, fields) => this.#heard(offer, name, fields));
        this.hooks.attempt(call, contact);
        return { accepted: true };
    }

    #ringMs(asked) {
        const most = Number(asked) > 0 ? Number(asked) : RING_MS;
        const wish = Number(this.wish.ringTimeoutS);
        return wish > 0 ? Math.min(most, Math.max(wish, 10) * 1000) : most;
    }

    #dial(contact, callerid) {
        const { display_name: displayName } = this.arrival;
        const headers = { ...this.wish.headers, 'X-Cordboard-Call': String(this.callId) };
        if (contact.type === 'user') {
            return callUser({ username: contact.user, callerid, displayName, extraHeaders: headers });
        }
        if (contact.type === 'sip') return callSIP(contact.uri, { callerid, displayName, headers });
        return callPSTN(contact.number, callerid);
    }

    #heard(offer, name, fields) {
        switch (name) {
            case 'Call.Ringing':
            case 'Call.AudioStarted':
                if (offer.rang || offer.over) return;
                offer.rang = true;
                this.#report('offer_ringing', { offer_id: offer.id });
                return;
            case 'Call.Connected':
                this.#answered(offer);
                return;
            case 'Call.Failed':
                if (offer.over) return;
                this.#failOffer(offer, failure(fields, offer.contact), fields);
                this.hooks.failed(offer.contact, fields.code);
                return;
            case 'Call.Disconnected':
                this.#agentGone(offer, fields);
                return;
        }
    }

    #answered(offer) {
        // Answered in the moment in which it was cancelled: nobody is there to talk to.
        if (offer.over) {
            offer.call.hangup();
            return;
        }
        clearMarker(offer.timer);
        this.doing = 'talking';
        this.ringing.delete(offer.id);
        this.talk = offer;
        offer.talkAt = host.now();
        this.#report('offer_answered', { offer_id: offer.id });
        for (const other of [...this.ringing.values()]) this.#failOffer(other, 'cancelled');
        this.#report('talk_started', { offer_id: offer.id });
        this.hooks.reached(offer.call);
    }

    #failOffer(offer, reason, fields) {
        if (offer.over) return;
        this.#endOffer(offer);
        offer.call.hangup();
        const told = { offer_id: offer.id, reason, rang_ms: offer.rang ? host.now() - offer.since : 0 };
        if (fields) Object.assign(told, { sip_code: fields.code, sip_reason: fields.reason });
        this.#report('offer_failed', told);
        if (this.doing === 'offering' && this.ringing.size === 0) this.doing = 'waiting';
    }

    #endOffer(offer) {
        offer.over = true;
        clearMarker(offer.timer);
        this.ringing.delete(offer.id);
        if (this.talk === offer) this.talk = null;
    }

    // A scenario lets the agent go when the caller is gone, or of its own will.
    #agentGone(offer, { byUs }) {
        if (offer.over) return;
        const callerIsThere = [...calls.values()].some((call) => call.incoming);
        const endedBy = !byUs ? 'agent' : callerIsThere ? 'system' : 'caller';
        this.#talkEnded(offer, endedBy);
        this.#end('talk_ended');
        this.hooks.ended(endedBy);
    }

    #talkEnded(offer, endedBy) {
        this.#endOffer(offer);
        this.#report('talk_ended', { offer_id: offer.id, ended_by: endedBy, talk_ms: host.now() - offer.talkAt });
        offer.call.hangup();
    }

    #end(why) {
        if (this.doing === 'ending') return;
        this.doing = 'ending';
        clearMarker(this.timer);
        this.#report('session_ended', { why });
        // The path stays until the backend has what it needs, or the session ends.
        host.queued([...placements.values()].filter((one) => one.doing !== 'ending').length);
    }
}

// Commands to the access URL that are meant for a placement; false for others.
function onCommand({ token, path, content }) {
    const placement = placements.get(path.split('?')[0].replace(/^\//, ''));
    if (!placement) return false;
    host.respond(token, 200, 'application/json', stringify(placement.command(content)));
    return true;
}

function livePlacements() {
    return [...placements.values()].filter((one) => one.doing !== 'ending').length;
}

function closePlacements() {
    for (const placement of placements.values()) placement.flush();
}
