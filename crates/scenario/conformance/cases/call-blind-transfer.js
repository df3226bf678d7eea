// The far end asks to be put through to somebody else.
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
    call.handleBlindTransfer(true);
    call.addEventListener(CallEvents.BlindTransferRequested, (e) => {
        show(e, 'call transferTo headers');
        const other = VoxEngine.callUser({ username: e.transferTo });
        other.addEventListener(CallEvents.Failed, ({ code, reason }) => call.notifyBlindTransferFailed(code, reason));
        other.addEventListener(CallEvents.Connected, () => {
            call.notifyBlindTransferSuccess();
            VoxEngine.terminate();
        });
    });
    call.answer();
});
