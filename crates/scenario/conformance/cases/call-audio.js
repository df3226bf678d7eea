// The audio of a call comes, stops and comes back; its states.
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
    call.addEventListener(CallEvents.FirstAudioPacketReceived, (e) => show(e, 'call'));
    call.addEventListener(CallEvents.AudioQualityDetected, (e) => {
        show(e, 'call quality');
        note('quality', [e.quality === CallAudioQuality.HD, e.quality === CallAudioQuality.STANDARD]);
    });
    call.addEventListener(CallEvents.StateChanged, (e) => show(e, 'call oldState newState'));
    call.addEventListener(CallEvents.RtpStopped, (e) => show(e, 'call'));
    call.addEventListener(CallEvents.RtpResumed, (e) => {
        show(e, 'call');
        call.hangup();
    });
    call.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
    call.answer();
});
