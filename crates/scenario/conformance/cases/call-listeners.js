// Handlers of a call are taken off one by one or all at once, also while they run.
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
    const never = () => Logger.write('never');
    call.addEventListener(CallEvents.Connected, never);
    call.removeEventListener(CallEvents.Connected, never);
    call.addEventListener(CallEvents.Connected, () => call.say('One'));
    call.addEventListener(CallEvents.PlaybackFinished, (e) => {
        show(e, 'call error');
        call.removeEventListener(CallEvents.PlaybackFinished);
        call.addEventListener(CallEvents.PlaybackFinished, VoxEngine.terminate);
        call.say('Two');
    });
    call.addEventListener(CallEvents.PlaybackFinished, never);
    call.answer();
});
