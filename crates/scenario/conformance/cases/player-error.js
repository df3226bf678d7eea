// A file that is not there: Error, then the end with the same words.
const player = VoxEngine.createURLPlayer('http://files.example/none.mp3');
player.addEventListener(PlayerEvents.Error, (e) => show(e, 'player error'));
player.addEventListener(PlayerEvents.PlaybackFinished, (e) => {
    show(e, 'player error');
    VoxEngine.terminate();
});
