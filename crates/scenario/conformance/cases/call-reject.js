// A call that is not taken, by the name of today and by the old one.
let first = true;
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
    call.addEventListener(CallEvents.Disconnected, (e) => show(e, 'duration'));
    if (first) call.reject(603, { 'X-Why': 'closed', Reason: 'Q.850;cause=21' });
    else call.decline();
    first = false;
});
