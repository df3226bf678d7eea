// (url, loop, onPause) of older releases.
const held = VoxEngine.createURLPlayer('http://files.example/held.mp3', true, true);
const once = VoxEngine.createURLPlayer('http://files.example/once.mp3', false);
once.addEventListener(PlayerEvents.PlaybackFinished, (e) => show(e));
held.addEventListener(PlayerEvents.Started, (e) => show(e, 'duration'));
setTimeout(held.resume, 4000);
setTimeout(VoxEngine.terminate, 9000);
