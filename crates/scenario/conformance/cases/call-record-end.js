// The end of a recording comes after the end of the call; one that cannot be made.
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
    call.addEventListener(CallEvents.RecordStopped, (e) => {
        show(e, 'call url cost duration');
        const other = VoxEngine.callUser({ username: 'anna' });
        other.addEventListener(CallEvents.RecordError, (error) => {
            show(error, 'call error');
            VoxEngine.terminate();
        });
        other.record();
    });
    call.addEventListener(CallEvents.Connected, () => call.record({ name: 'talk' }));
    call.answer();
});
