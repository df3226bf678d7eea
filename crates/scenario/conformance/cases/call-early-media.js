// The caller hears something before the answer.
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
    call.startEarlyMedia({ 'X-Early': '1' });
    call.playProgressTone('RU');
    setTimeout(() => call.say('Please wait'), 2000);
    call.addEventListener(CallEvents.PlaybackFinished, () => call.answer());
    call.addEventListener(CallEvents.Connected, () => {
        call.startEarlyMedia();
        VoxEngine.terminate();
    });
});
