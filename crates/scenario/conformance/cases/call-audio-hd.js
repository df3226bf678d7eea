// A wideband phone.
VoxEngine.addEventListener(AppEvents.Started, () => {
    const call = VoxEngine.callUser({ username: 'anna' });
    call.addEventListener(CallEvents.Ringing, (e) => show(e, 'call headers'));
    call.addEventListener(CallEvents.AudioQualityDetected, (e) => {
        note('quality', [e.quality === CallAudioQuality.HD, e.quality === CallAudioQuality.STANDARD]);
        VoxEngine.terminate();
    });
});
