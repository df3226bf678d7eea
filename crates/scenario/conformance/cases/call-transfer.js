// The far end is asked to go elsewhere (SIP REFER): to an address, then to another call.
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
    call.addEventListener(CallEvents.TransferComplete, (e) => {
        show(e, 'call role headers');
        const other = VoxEngine.callUser({ username: 'anna' });
        other.addEventListener(CallEvents.Connected, () => call.transferTo({ call: other, headers: { 'X-T': '2' } }));
    });
    call.addEventListener(CallEvents.TransferFailed, (e) => {
        show(e, 'call role code reason headers');
        VoxEngine.terminate();
    });
    call.addEventListener(CallEvents.Connected, () => {
        setTimeout(() => call.transferTo({ to: 'sip:boris@example.com', headers: { 'X-T': '1' } }), 1000);
    });
    call.answer();
});
