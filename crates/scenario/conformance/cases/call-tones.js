// Keys are told when they are handled; the kinds can be chosen.
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
    call.addEventListener(CallEvents.ToneReceived, (e) => {
        show(e, 'call tone type');
        if (e.tone === '5') call.handleTones(true, DTMFType.SIP_INFO);
        if (e.tone === '7') call.handleTones(true, [DTMFType.TELEPHONE_EVENT, DTMFType.IN_BAND]);
        if (e.tone === '9') call.handleTones(false);
    });
    call.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
    call.handleTones(true);
    call.answer();
});
