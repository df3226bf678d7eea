// A recorder of whatever is sent to it; it can be muted and stopped.
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
    call.answer();
    const recorder = VoxEngine.createRecorder({ name: 'both', hd_audio: true });
    note('id', [typeof recorder.id(), recorder.id() === recorder.id()]);
    const never = () => Logger.write('never');
    recorder.addEventListener(RecorderEvents.Started, never);
    recorder.removeEventListener(RecorderEvents.Started, never);
    recorder.addEventListener(RecorderEvents.Started, (e) => {
        show(e, 'recorder url');
        call.sendMediaTo(recorder);
        setTimeout(() => recorder.mute(true), 1000);
        setTimeout(() => recorder.mute(false), 2000);
        setTimeout(() => recorder.stop(), 3000);
    });
    recorder.addEventListener(RecorderEvents.Stopped, (e) => {
        show(e, 'recorder url cost duration');
        VoxEngine.terminate();
    });
});
