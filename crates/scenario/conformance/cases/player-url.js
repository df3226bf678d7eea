// A file by its URL: played once, in a loop, and held back until resume().
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
    call.answer();
    const once = VoxEngine.createURLPlayer('http://files.example/once.mp3', { progressivePlayback: true });
    once.sendMediaTo(call);
    const held = VoxEngine.createURLPlayer('http://files.example/held.mp3', { loop: true, onPause: true });
    held.addEventListener(PlayerEvents.Started, (e) => {
        show(e, 'player duration');
        held.stopMediaTo(call);
        held.stop();
    });
    held.addEventListener(PlayerEvents.Stopped, (e) => {
        show(e, 'player');
        VoxEngine.terminate();
    });
    once.addEventListener(PlayerEvents.PlaybackFinished, (e) => {
        show(e, 'player error');
        held.sendMediaTo(call);
        held.resume();
    });
});
