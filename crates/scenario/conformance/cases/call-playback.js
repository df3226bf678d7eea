// Files that are played to a call: once, in a loop, stopped; the old form too.
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
    call.addEventListener(CallEvents.PlaybackFinished, (e) => {
        show(e, 'call error');
        call.startPlayback('http://files.example/loop.mp3', { loop: true });
        setTimeout(() => call.stopPlayback(), 10000);
        setTimeout(() => call.startPlayback('http://files.example/old-loop.mp3', true), 11000);
        setTimeout(() => call.startPlayback('http://files.example/old-once.mp3', false), 21000);
        call.addEventListener(CallEvents.PlaybackFinished, VoxEngine.terminate);
        call.removeEventListener(CallEvents.PlaybackFinished, first);
    });
    const first = () => Logger.write('first end');
    call.addEventListener(CallEvents.PlaybackFinished, first);
    call.addEventListener(CallEvents.Connected, () => call.startPlayback('http://files.example/once.mp3'));
    call.answer();
});
