// singleUtterance: the first phrase is the last.
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
    const asr = VoxEngine.createASR({ profile: 'en-US', singleUtterance: true });
    asr.addEventListener(ASREvents.Result, (e) => show(e, 'text'));
    asr.addEventListener(ASREvents.Stopped, (e) => show(e));
    call.addEventListener(CallEvents.Connected, () => call.sendMediaTo(asr));
    call.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
    call.answer();
});
