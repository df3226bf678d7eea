// The VoxEngine namespace and the life of the session as the scenario sees it.

const app = new Emitter();
let startedFields = {};
let customDataText = host.customData();
let sessionURL = ''; // accessSecureURL

function sendMediaBetween(a, b) {
    a.sendMediaTo(b);
    b.sendMediaTo(a);
}

function stopMediaBetween(a, b) {
    a.stopMediaTo(b);
    b.stopMediaTo(a);
}

function terminate() {
    host.terminate();
}

// Joins an incoming and an outgoing call and ends the session with either.
function easyProcess(call1, call2, onEstablished) {
    const relay = (from, to) => {
        from.addEventListener(CallEvents.MessageReceived, (e) => to.sendMessage(e.text));
        from.addEventListener(CallEvents.InfoReceived, (e) => to.sendInfo(e.mimeType, e.body, e.headers));
        from.addEventListener(CallEvents.ReInviteReceived, (e) => {
            if (to.clientType() === 'pstn' || to.state() !== 'CONNECTED') from.acceptReInvite(e.headers);
            else to.reInvite(e.headers, e.mimeType, e.body);
        });
        from.addEventListener(CallEvents.ReInviteAccepted, (e) => to.acceptReInvite(e.headers));
        from.addEventListener(CallEvents.ReInviteRejected, (e) => to.rejectReInvite(e.code, e.headers));
        from.addEventListener(CallEvents.Failed, terminate);
        from.addEventListener(CallEvents.Disconnected, terminate);
    };
    call2.addEventListener(CallEvents.Connected, (e) => {
        call1.answer(e.headers, { displayName: call2.displayName() });
    });
    call1.addEventListener(CallEvents.Connected, () => {
        if (typeof onEstablished === 'function') onEstablished(call1, call2);
    });
    call2.addEventListener(CallEvents.Ringing, () => call1.ring());
    call2.addEventListener(CallEvents.AudioStarted, () => call1.startEarlyMedia());
    relay(call1, call2);
    relay(call2, call1);
    sendMediaBetween(call1, call2);
}

function forward(makeCall, onEstablished) {
    app.addEventListener(AppEvents.CallAlerting, (e) => {
        easyProcess(e.call, makeCall(e), onEstablished);
    });
}

const VoxEngine = {
    addEventListener: (event, handler) => app.addEventListener(event, handler),
    removeEventListener: (event, handler) => app.removeEventListener(event, handler),
    terminate,
    customData(value) {
        if (value !== undefined) customDataText = String(value);
        return customDataText;
    },
    getSecretValue: (name) => host.secret(asText(name)),
    callUser,
    callSIP,
    callPSTN,
    callConference,
    sendMediaBetween,
    stopMediaBetween,
    easyProcess,
    createURLPlayer,
    createToneScriptPlayer,
    createTTSPlayer,
    enqueueACDRequest: (queue, callerid, parameters) => part('queues').enqueueACDRequest(queue, callerid, parameters),
    enqueueTask: (parameters) => part('queues').enqueueTask(parameters),
    createASR: (parameters) => part('speech').createASR(parameters),
    createWebSocket: (url, parameters) => part('sockets').createWebSocket(url, parameters),
    allowWebSocketConnections: () => host.allowSockets(),
    enableTraceForIncomingWebsockets: () => part('sockets').traceIncomingSockets(true),
    disableTraceForIncomingWebsockets: () => part('sockets').traceIncomingSockets(false),
    // Statistics are a service of the cloud: there is nothing to switch.
    enableStatisticsForIncomingWebsockets() {},
    disableStatisticsForIncomingWebsockets() {},
    createSequencePlayer: (parameters) => part('extras').createSequencePlayer(parameters),
    createConference: (parameters) => part('units').createConference(parameters),
    destroyConference: (conference) => part('units').destroyConference(conference),
    createRecorder: (parameters) => part('units').createRecorder(parameters),
    // (incoming call, user, options or the old positions): media still goes through us.
    callUserDirect: (incoming, username, ...rest) => callUser(username, ...rest),
    forwardCallToUserDirect: (onEstablished) => VoxEngine.forwardCallToUser(onEstablished),
    forwardCallToUser(onEstablished) {
        forward(
            (e) => callUser({ username: e.destination, callerid: e.callerid, displayName: e.displayName, extraHeaders: e.headers }),
            onEstablished,
        );
    },
    forwardCallToSIP(onEstablished) {
        forward(
            (e) => callSIP(e.toURI, { callerid: e.callerid, displayName: e.displayName, headers: e.headers }),
            onEstablished,
        );
    },
    forwardCallToPSTN(numberTransform, onEstablished, options) {
        const number = typeof numberTransform === 'function' ? numberTransform : (dialled) => dialled;
        const callerid = (e) => (isObject(options) && options.callerid) || e.callerid;
        forward((e) => callPSTN(number(e.destination), callerid(e)), onEstablished);
    },
    playSoundAndHangup(url) {
        app.addEventListener(AppEvents.CallAlerting, ({ call }) => {
            call.addEventListener(CallEvents.Connected, () => call.startPlayback(url));
            for (const end of ['PlaybackFinished', 'Failed', 'Disconnected']) {
                call.addEventListener(CallEvents[end], terminate);
            }
            call.answer();
        });
    },
};

function logText(value) {
    if (typeof value === 'string') return value;
    if (value instanceof Error) return value.stack ? `${value}\n${value.stack}` : String(value);
    if (isObject(value) && !(value instanceof Emitter)) {
        try {
            return stringify(value);
        } catch (error) {
            return `an object that cannot be shown: ${error}`;
        }
    }
    return String(value);
}

const Logger = {
    write(value) {
        host.log('script', logText(value));
    },
    // Digits are never in our log, so there is nothing to hide.
    hideTones() {},
};

// The answer to a request on the access URL: strings and numbers as they are,
// nothing as an empty body, anything else as JSON.
function respond(token, value) {
    if (value === undefined) host.respond(token, 200, 'text/plain; charset=utf-8', '');
    else if (typeof value === 'string' || typeof value === 'number') {
        host.respond(token, 200, 'text/plain; charset=utf-8', String(value));
    } else host.respond(token, 200, 'application/json', stringify(value) || 'null');
}

const onApp = {
    started(input) {
        startedFields = input;
        sessionURL = input.access_secure_url;
        fire(app, AppEvents.Started, {
            sessionId: input.session_id,
            accessURL: input.access_url,
            accessSecureURL: input.access_secure_url,
            logURL: input.log_url,
            accountId: input.account_id,
            applicationId: input.application_id,
            dialplanName: input.rule_name,
            // Of a session that is a conference only.
            ...(input.conference_name ? { conference_name: input.conference_name } : {}),
        });
    },

    access_request({ token, method, path, content, headers }) {
        if (partsLoaded.queues && part('queues').onCommand({ token, path, content })) return;
        if (!hears(app, AppEvents.HttpRequest)) note('no handler for Application.HttpRequest');
        const result = fire(app, AppEvents.HttpRequest, {
            method,
            path,
            content,
            headers: keyValues(headers),
        });
        if (result instanceof Promise) {
            result.then(
                (value) => respond(token, value),
                (error) => {
                    host.log('error', `HttpRequest handler: ${logText(error)}`);
                    host.respond(token, 500, 'text/plain; charset=utf-8', '');
                },
            );
        } else respond(token, result);
    },

    terminating({ system_error: systemError }) {
        timers.clear();
        if (partsLoaded.queues) part('queues').closePlacements();
        fire(app, AppEvents.Terminating, { systemError });
        for (const playback of [...playbacks.values()]) {
            playback.forget();
            playback.hooks.stopped();
        }
        for (const ended of whenSessionEnds) ended();
        if (partsLoaded.sockets) part('sockets').closeSockets();
    },

    terminated({ system_error: systemError }) {
        fire(app, AppEvents.Terminated, { systemError });
    },
};
