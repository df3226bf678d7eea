// A recording of a call: it may begin before the answer and ends with the call.
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
    call.record({ stereo: true, hd_audio: true, name: 'talk', expire: RecordExpireTime.ONEYEAR });
    call.record();
    call.addEventListener(CallEvents.RecordStarted, (e) => show(e, 'call url'));
    call.addEventListener(CallEvents.RecordStopped, (e) => {
        show(e, 'call url cost duration');
        VoxEngine.terminate();
    });
    call.addEventListener(CallEvents.Disconnected, () => Logger.write('call over'));
    call.answer();
});
