// The far end holds and comes back.
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
    call.addEventListener(CallEvents.OnHold, (e) => show(e, 'call'));
    call.addEventListener(CallEvents.OffHold, (e) => {
        show(e, 'call');
        VoxEngine.terminate();
    });
    call.answer();
});
