// Tones by a script, by the older name.
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
    call.startEarlyMedia();
    VoxEngine.createToneScript('425@-19;*(1/4/1)', true).sendMediaTo(call);
    setTimeout(VoxEngine.terminate, 2000);
});
