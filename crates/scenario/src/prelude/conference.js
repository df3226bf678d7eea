// Conferences: everybody hears the others. Members join by sendMediaBetween, or
// as endpoints by add().

const ConferenceEvents = names('Conference.', 'Started Stopped EndpointAdded EndpointUpdated EndpointRemoved EndpointManaged', {
    ConferenceError: 'Conference.Error',
});
const ERROR_NOT_A_CALL = 100; // codes of ConferenceError that come from here
const ERROR_TOO_MANY = 101;
const ENDPOINTS_MAX = 100; // of one conference, as on the cloud
const DIRECTIONS = ['SEND', 'RECEIVE', 'BOTH']; // seen from the endpoint

const conferences = new Map(); // number inside the session -> Conference

// A call in a conference.
class Endpoint {
    #token = host.unique();
    #conference;
    #call;
    #mode;
    #direction;
    #displayName;

    constructor(conference, { call, mode, direction, displayName }) {
        this.#conference = conference;
        this.#call = call;
        this.#mode = mode === 'FORWARD' ? 'FORWARD' : 'MIX';
        this.#direction = DIRECTIONS.includes(direction) ? direction : 'BOTH';
        this.#displayName = asText(displayName);
    }

    id() {
        return this.#token;
    }
    getCall() {
        return this.#call;
    }
    getMode() {
        return this.#mode;
    }
    getDirection() {
        return this.#direction;
    }
    toString() {
        return `Endpoint ${this.#token} ${this.#displayName}`;
    }
    setDisplayName(name) {
        this.#displayName = asText(name);
        later(() => this.#tell(ConferenceEvents.EndpointUpdated));
    }
    // Who is heard and seen can be chosen for video only; the direction is the part for audio.
    manageEndpoint(parameters) {
        if (isObject(parameters) && DIRECTIONS.includes(parameters.direction)) {
            this.part();
            this.#direction = parameters.direction;
            this.join();
        }
        later(() => this.#tell(ConferenceEvents.EndpointManaged));
    }

    join() {
        if (this.#direction !== 'RECEIVE') this.#call.sendMediaTo(this.#conference);
        if (this.#direction !== 'SEND') this.#conference.sendMediaTo(this.#call);
    }
    part() {
        if (this.#direction !== 'RECEIVE') this.#call.stopMediaTo(this.#conference);
        if (this.#direction !== 'SEND') this.#conference.stopMediaTo(this.#call);
    }

    #tell(event) {
        this.#conference.tellOf(this, event);
    }
}

class Conference extends Emitter {
    #token = host.unique();
    #unit = { unit: 'conference', id: host.nextUnit() };
    #endpoints = new Map(); // id -> Endpoint

    constructor(parameters) {
        super();
        units.set(this, this.#unit);
        conferences.set(this.#unit.id, this);
        emit({
            effect: 'create_conference',
            conference: this.#unit.id,
            hd: isObject(parameters) && Boolean(parameters.hd_audio),
        });
    }

    id() {
        return this.#token;
    }
    sendMediaTo(unit) {
        sendMedia(this.#unit, unit);
    }
    stopMediaTo(unit) {
        stopMedia(this.#unit, unit);
    }
    getList() {
        return [...this.#endpoints.values()];
    }
    get(id) {
        return this.#endpoints.get(id) || null;
    }
    toString() {
        return `Conference ${this.#token}`;
    }

    add(parameters) {
        const call = isObject(parameters) ? parameters.call : undefined;
        const unit = isObject(call) ? units.get(call) : undefined;
        if (!unit || unit.unit !== 'call') {
            later(() => this.#fail(ERROR_NOT_A_CALL, 'add: the endpoint needs a call'));
            return null;
        }
        if (this.#endpoints.size >= ENDPOINTS_MAX) {
            later(() => this.#fail(ERROR_TOO_MANY, `more than ${ENDPOINTS_MAX} endpoints`));
            return null;
        }
        const endpoint = new Endpoint(this, parameters);
        this.#endpoints.set(endpoint.id(), endpoint);
        endpoint.join();
        later(() => this.tellOf(endpoint, ConferenceEvents.EndpointAdded));
        return endpoint;
    }

    // Ends the conference; Stopped follows.
    stop() {
        if (conferences.get(this.#unit.id) !== this) return;
        emit({ effect: 'destroy_conference', conference: this.#unit.id });
    }

    tellOf(endpoint, event) {
        fire(this, event, {
            conference: this,
            endpoint,
            endpointId: endpoint.id(),
            mode: endpoint.getMode(),
            direction: endpoint.getDirection(),
        });
    }

    #fail(code, error) {
        fire(this, ConferenceEvents.ConferenceError, { conference: this, code, error });
    }

    // What the engine tells, and the end of a call.
    static {
        onUnit.conference_started = ({ conference: no }) => {
            const conference = conferences.get(no);
            if (conference) fire(conference, ConferenceEvents.Started, { conference });
        };
        onUnit.conference_failed = ({ conference: no, code, error }) => {
            conferences.get(no)?.#fail(code, error);
        };
        onUnit.conference_stopped = ({ conference: no }) => conferences.get(no)?.#over();
        whenCallEnds.add((call) => {
            for (const conference of conferences.values()) conference.#leave(call);
        });
        whenSessionEnds.add(() => {
            for (const conference of [...conferences.values()]) conference.#over();
        });
    }

    #leave(call) {
        for (const [id, endpoint] of this.#endpoints) {
            if (endpoint.getCall() !== call) continue;
            this.#endpoints.delete(id);
            this.tellOf(endpoint, ConferenceEvents.EndpointRemoved);
        }
    }

    #over() {
        conferences.delete(this.#unit.id);
        forgetUnit(this.#unit);
        for (const endpoint of this.#endpoints.values()) {
            this.tellOf(endpoint, ConferenceEvents.EndpointRemoved);
        }
        this.#endpoints.clear();
        fire(this, ConferenceEvents.Stopped, { conference: this });
    }
}
bindOnRead(Conference);

function createConference(parameters) {
    return new Conference(parameters);
}

function destroyConference(conference) {
    if (!(conference instanceof Conference)) throw new TypeError('destroyConference: not a conference');
    conference.stop();
}
