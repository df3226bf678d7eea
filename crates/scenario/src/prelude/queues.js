// Queues of the API, served by the backend's: ACD v1 and SmartQueue.

const PRIORITY_MIDDLE = 50; // of 1 to 100; the backend's 0
const CLOSED = ['no_agents', 'closed', 'queue_closed', 'outside_hours', 'offline'];

// 1 is the highest of 100; the backend counts upwards from 0.
function backendPriority(priority) {
    const given = Math.round(Number(priority));
    const wanted = given >= 1 && given <= 100 ? given : PRIORITY_MIDDLE;
    return PRIORITY_MIDDLE - wanted;
}

// VI-CallTimeout is for us, the rest for the agent's phone.
function splitHeaders(given) {
    const headers = {};
    let ringTimeoutS;
    for (const [name, value] of Object.entries(isObject(given) ? given : {})) {
        if (name.toLowerCase() === 'vi-calltimeout') ringTimeoutS = value;
        else headers[name] = value;
    }
    return { headers, ringTimeoutS };
}

function mayPlace() {
    if (!host.backendURL()) return 'no backend is configured';
    return livePlacements() < host.limit('queue_requests') ? '' : `more than ${host.limit('queue_requests')} requests at once`;
}

// --- ACD v1 ------------------------------------------------------------------------------

const ACDEvents = names('ACD.', 'OperatorReached OperatorCallAttempt OperatorFailed Error Waiting Queued Offline QueueFull');

class ACDRequest extends Emitter {
    #token = host.unique();
    #placement = null;

    constructor(queue, callerid, parameters) {
        super();
        const tell = (event, fields) => fire(this, event, { request: this, ...fields });
        const refusal = mayPlace();
        if (refusal) {
            markerTimer(0, () => tell(ACDEvents.Error, { error: refusal }));
            return;
        }
        const wish = {
            queue: asText(queue),
            callerid: asText(callerid),
            priority: backendPriority(parameters.priority),
            customData: asText(parameters.customData),
            ...splitHeaders(parameters.headers),
        };
        this.#placement = new Placement(wish, {
            queued: () => tell(ACDEvents.Queued),
            waiting: (position, ms) => tell(ACDEvents.Waiting, { position, ewt: ms === null ? null : ms / 60000 }),
            attempt: (operatorCall) => tell(ACDEvents.OperatorCallAttempt, { operatorCall }),
            failed: (contact, statusCode) =>
                tell(ACDEvents.OperatorFailed, { operatorUserName: contactName(contact), statusCode }),
            reached: (operatorCall) => tell(ACDEvents.OperatorReached, { operatorCall }),
            refused(code, message) {
                if (code === 'queue_full') tell(ACDEvents.QueueFull);
                else if (CLOSED.includes(code)) tell(ACDEvents.Offline);
                else tell(ACDEvents.Error, { error: message });
            },
            ended() {},
        });
    }

    id() {
        return this.#token;
    }
    // The answer comes as Waiting.
    getStatus() {
        this.#placement?.ask();
    }
    // Only while no agent was reached: a talk is not the request's any more.
    cancel() {
        if (this.#placement && this.#placement.doing !== 'talking') this.#placement.leave('cancelled', 'caller');
    }
    toString() {
        return `ACDRequest ${this.#token}`;
    }
}
bindOnRead(ACDRequest);

function enqueueACDRequest(queue, callerid, parameters) {
    return new ACDRequest(queue, callerid, isObject(parameters) ? parameters : {});
}

// --- SmartQueue --------------------------------------------------------------------------

const SmartQueueEvents = names('SmartQueue.', 'Waiting OperatorReached EnqueueSuccess ClientDisconnected TaskCanceled Error', {
    TaskDistributed: 'SmartQueue.DistributeTask',
});
const STATUS = { TIMEOUT: 1001, QUEUE_FULL: 1005, NO_AGENT: 1006, CLIENT: 1100, BY_CLIENT: 1201, BY_OPERATOR: 1202, FAILED: 1203, CANCELED: 1204 };
const ESTIMATED = { code: 200, message: 'SUCCESS' };
const NOT_ESTIMATED = { code: 501, message: 'CANNOT_BE_ESTIMATED' };

// STRICT: nobody else; otherwise anybody when the operator is not free in time.
function wantedOperator(settings) {
    if (!isObject(settings) || settings.operatorId === undefined) return {};
    const seconds = Number(settings.timeout);
    return {
        wanted_agent: asText(settings.operatorId),
        wanted_wait_ms: seconds > 0 ? Math.round(seconds * 1000) : 0,
        wanted_only: settings.mode === 'STRICT',
    };
}

class SmartQueueTask extends Emitter {
    #placement = null;
    #timer = 0;
    #tell;

    constructor(settings) {
        super();
        this.id = host.unique();
        this.settings = settings;
        this.status = 'DISTRIBUTING';
        this.terminationStatus = 0;
        this.clientCall = settings.call || null;
        this.agentCall = null; // until an agent is reached
        this.#tell = (event, fields) => fire(this, event, { task: this, ...fields });
        const refusal = mayPlace();
        if (refusal) {
            markerTimer(0, () => this.#failed('QUEUE', refusal, STATUS.FAILED));
            return;
        }
        this.#placement = new Placement(this.#wish(settings), this.#hooks());
        const seconds = Number(settings.timeout);
        if (seconds > 0) this.#timer = markerTimer(seconds * 1000, () => this.#timedOut());
        if (calls.size > 0 && units.get(settings.call)?.unit === 'call') {
            watch(settings.call, (name) => {
                if (name === 'Call.Disconnected' || name === 'Call.Failed') this.#clientGone();
            });
        }
    }

    end(description, status) {
        const normal = this.status === 'CONNECTED' ? STATUS.BY_CLIENT : STATUS.CANCELED;
        this.#end('ENDED', Number(status) || normal, 'system');
        note(`SmartQueue task ended: ${asText(description)}`);
    }
    toString() {
        return `SmartQueueTask ${this.id}`;
    }

    #wish({ queue, priority, skills, operatorSettings, customData, extraHeaders, call }) {
        const wanted = Array.isArray(skills) ? skills : [];
        const isCall = units.get(call)?.unit === 'call';
        return {
            queue: isObject(queue) ? asText(queue.name || queue.id) : asText(queue),
            callerid: isCall ? call.callerid() : '',
            priority: backendPriority(priority),
            skills: wanted.map(({ name, level }) => (Number(level) > 0 ? `${name}:${Number(level)}` : asText(name))),
            customData: isObject(customData) ? stringify(customData) : asText(customData),
            ...splitHeaders(extraHeaders),
            wanted: wantedOperator(operatorSettings),
        };
    }

    #hooks() {
        return {
            queued: () => this.#tell(SmartQueueEvents.EnqueueSuccess),
            waiting: (position, ms) =>
                this.#tell(SmartQueueEvents.Waiting, { position, ewt: ms, ...(ms === null ? NOT_ESTIMATED : ESTIMATED) }),
            attempt: (call, contact) => {
                this.status = 'CONNECTING';
                const operator = contactName(contact);
                this.#tell(SmartQueueEvents.TaskDistributed, { operatorId: operator, operatorName: operator });
            },
            failed: () => {
                if (this.status === 'CONNECTING') this.status = 'DISTRIBUTING';
            },
            reached: (agentCall) => {
                clearMarker(this.#timer);
                this.status = 'CONNECTED';
                this.agentCall = agentCall;
                this.#tell(SmartQueueEvents.OperatorReached, { agentCall });
            },
            refused: (code, message) => {
                if (code === 'queue_full') this.#canceled(STATUS.QUEUE_FULL, message);
                else if (CLOSED.includes(code)) this.#canceled(STATUS.NO_AGENT, message);
                else this.#failed(code.toUpperCase(), message, STATUS.FAILED);
            },
            ended: (by) => this.#end('ENDED', by === 'agent' ? STATUS.BY_OPERATOR : STATUS.BY_CLIENT, by),
        };
    }

    // The handler may keep the task: cancel() of the event.
    #clientGone() {
        if (this.status === 'ENDED' || this.status === 'FAILED') return;
        let kept = false;
        const cancel = () => {
            kept = true;
        };
        this.#tell(SmartQueueEvents.ClientDisconnected, { cancel });
        if (!kept) this.#end('ENDED', this.status === 'CONNECTED' ? STATUS.BY_CLIENT : STATUS.CLIENT, 'caller');
    }

    #timedOut() {
        if (this.status === 'CONNECTED') return;
        this.#canceled(STATUS.TIMEOUT, 'no agent within the timeout');
    }

    #canceled(status, description) {
        if (!this.#end('FAILED', status, 'caller')) return;
        this.#tell(SmartQueueEvents.TaskCanceled, { status, description });
    }

    #failed(type, description, status) {
        if (!this.#end('FAILED', status, 'system')) return;
        this.#tell(SmartQueueEvents.Error, { type, description });
    }

    #end(status, terminationStatus, endedBy) {
        if (this.status === 'ENDED' || this.status === 'FAILED') return false;
        this.status = status;
        this.terminationStatus = terminationStatus;
        clearMarker(this.#timer);
        this.#placement?.leave('task_ended', endedBy);
        return true;
    }
}
bindOnRead(SmartQueueTask);

function enqueueTask(parameters) {
    return new SmartQueueTask(isObject(parameters) ? parameters : {});
}
