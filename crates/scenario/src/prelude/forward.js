// Whole scenarios in one word: an incoming call is joined with another one.

const { callUser, callSIP, callPSTN } = part('dial');
const { sendMediaBetween } = part('media').members;

// Joins an incoming and an outgoing call and ends the session with either.
function easyProcess(call1, call2, onEstablished) {
    const relay = (from, to) => {
        from.addEventListener('Call.MessageReceived', (e) => to.sendMessage(e.text));
        from.addEventListener('Call.InfoReceived', (e) => to.sendInfo(e.mimeType, e.body, e.headers));
        from.addEventListener('Call.ReInviteReceived', (e) => {
            if (to.clientType() === 'pstn' || to.state() !== 'CONNECTED') from.acceptReInvite(e.headers);
            else to.reInvite(e.headers, e.mimeType, e.body);
        });
        from.addEventListener('Call.ReInviteAccepted', (e) => to.acceptReInvite(e.headers));
        from.addEventListener('Call.ReInviteRejected', (e) => to.rejectReInvite(e.code, e.headers));
        from.addEventListener('Call.Failed', terminate);
        from.addEventListener('Call.Disconnected', terminate);
    };
    call2.addEventListener('Call.Connected', (e) => {
        call1.answer(e.headers, { displayName: call2.displayName() });
    });
    call1.addEventListener('Call.Connected', () => {
        if (typeof onEstablished === 'function') onEstablished(call1, call2);
    });
    call2.addEventListener('Call.Ringing', () => call1.ring());
    call2.addEventListener('Call.AudioStarted', () => call1.startEarlyMedia());
    relay(call1, call2);
    relay(call2, call1);
    sendMediaBetween(call1, call2);
}

function forward(makeCall, onEstablished) {
    app.addEventListener('Application.CallAlerting', (e) => {
        easyProcess(e.call, makeCall(e), onEstablished);
    });
}

const members = {
    easyProcess,
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
        app.addEventListener('Application.CallAlerting', ({ call }) => {
            call.addEventListener('Call.Connected', () => call.startPlayback(url));
            for (const end of ['PlaybackFinished', 'Failed', 'Disconnected']) {
                call.addEventListener(`Call.${end}`, terminate);
            }
            call.answer();
        });
    },
};
