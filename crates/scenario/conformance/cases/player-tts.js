// A text as a player: with a voice, with the key of the transition, with nothing.
const player = VoxEngine.createTTSPlayer('Good day', { voice: VoiceList.Amazon.en_US_Joanna, onPause: true });
VoxEngine.createTTSPlayer('Добрый день', { language: VoiceList.Yandex.Neural.ru_RU_alena });
VoxEngine.createTTSPlayer('Hello');
player.addEventListener(PlayerEvents.PlaybackFinished, (e) => {
    show(e, 'player error');
    VoxEngine.terminate();
});
setTimeout(player.resume, 5000);
