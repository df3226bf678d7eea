// The far end changes the call, and we do.
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
    let asked = 0;
    call.addEventListener(CallEvents.ReInviteReceived, (e) => {
        show(e, 'call mimeType body headers');
        asked += 1;
        if (asked === 1) call.acceptReInvite({ 'X-A': '1' }, e.mimeType, e.body);
        else call.rejectReInvite(488, { 'X-R': '1' });
    });
    call.addEventListener(CallEvents.ReInviteAccepted, (e) => {
        show(e, 'call mimeType body headers');
        call.reInvite({ 'X-B': '2' }, 'application/sdp', 'v=0 a=sendrecv');
    });
    call.addEventListener(CallEvents.ReInviteRejected, (e) => {
        show(e, 'call code reason headers');
        VoxEngine.terminate();
    });
    call.addEventListener(CallEvents.Connected, () => {
        setTimeout(() => call.reInvite({ 'X-B': '1' }, 'application/sdp', 'v=0 a=inactive'), 5000);
    });
    call.answer();
});
