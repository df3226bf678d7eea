// Tones by a script, in the form of today.
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
    call.startEarlyMedia();
    const tones = VoxEngine.createToneScriptPlayer('425@-19;*(1/4/1)', { loop: true });
    tones.sendMediaTo(call);
    setTimeout(VoxEngine.terminate, 2000);
});
