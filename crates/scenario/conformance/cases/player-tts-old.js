// (text, language, ttsOptions, onPause) of older releases.
const player = VoxEngine.createTTSPlayer('Добрый день', Language.RU_RUSSIAN_FEMALE, { rate: 'slow' }, true);
player.addEventListener(PlayerEvents.Started, (e) => show(e));
player.addEventListener(PlayerEvents.PlaybackFinished, VoxEngine.terminate);
setTimeout(player.resume, 5000);
