// An incoming call from the first ring to its end.
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
    note('before', [call.state(), call.callerid(), call.number(), call.displayName(), call.incoming(), call.clientType()]);
    note('id', [typeof call.id(), call.id().length, call.id() === call.id()]);
    call.addEventListener(CallEvents.Connected, (e) => {
        show(e, 'name call headers customData scheme');
        note('same id', e.id === call.id());
        note('now', call.state());
        setTimeout(() => call.hangup({ 'X-Why': 'done', Reason: 'Q.850;cause=16' }), 3000);
        setTimeout(call.hangup, 3001);
    });
    call.addEventListener(CallEvents.Disconnected, (e) => {
        show(e, 'name call duration cost direction internalCode reason headers');
        note('same id', e.id === call.id());
        note('after', call.state());
        call.hangup();
        VoxEngine.terminate();
    });
    call.answer({ 'X-Hello': 'yes', Via: 'does not travel' }, { displayName: 'Shop' });
    call.answer();
});
