// (name, secure) of the oldest releases; and a recorder that fails.
const recorder = VoxEngine.createRecorder('old name', true);
recorder.addEventListener(RecorderEvents.RecorderError, (e) => {
    show(e, 'recorder error');
    VoxEngine.terminate();
});
