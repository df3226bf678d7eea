// Pause, resume, markers from both ends, and what one player is called.
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
    call.answer();
    const player = VoxEngine.createURLPlayer('http://files.example/long.mp3');
    player.sendMediaTo(call);
    player.addMarker(1000);
    player.addMarker(-500);
    const tell = (e) => show(e, 'player offset');
    const never = () => Logger.write('never');
    player.addEventListener(PlayerEvents.PlaybackMarkerReached, tell);
    player.addEventListener(PlayerEvents.PlaybackMarkerReached, never);
    player.removeEventListener(PlayerEvents.PlaybackMarkerReached, never);
    player.addEventListener(PlayerEvents.PlaybackFinished, (e) => {
        show(e, 'player');
        VoxEngine.terminate();
    });
    note('id', [typeof player.id(), player.id().length, player.id() === player.id()]);
    setTimeout(() => player.pause(), 2000);
    setTimeout(() => player.resume(), 7000);
});
