// What a call and a player tell before the sound and of its end.
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
    call.addEventListener(CallEvents.PlaybackReady, (e) => show(e, 'call'));
    call.addEventListener(CallEvents.PlaybackStarted, (e) => show(e, 'call duration'));
    call.addEventListener(CallEvents.PlaybackFinished, () => {
        const player = VoxEngine.createURLPlayer('http://files.example/long.mp3');
        player.addEventListener(PlayerEvents.Created, (e) => show(e, 'player'));
        player.addEventListener(PlayerEvents.PlaybackReady, (e) => show(e, 'player'));
        player.addEventListener(PlayerEvents.Started, (e) => {
            show(e, 'player duration');
            player.stop();
        });
        player.addEventListener(PlayerEvents.Stopped, (e) => {
            show(e, 'player');
            VoxEngine.terminate();
        });
        player.sendMediaTo(call);
    });
    call.addEventListener(CallEvents.Connected, () => call.startPlayback('http://files.example/short.mp3'));
    call.answer();
});
