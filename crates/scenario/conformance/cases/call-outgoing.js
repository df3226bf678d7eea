// An outgoing call that rings, has early audio, is answered and hung up there.
const call = VoxEngine.callUser({ username: 'anna', callerid: '100' });
note('before', [call.state(), call.incoming()]);
call.addEventListener(CallEvents.Ringing, (e) => show(e, 'call headers'));
call.addEventListener(CallEvents.AudioStarted, (e) => {
    show(e, 'call headers code scheme');
    note('now', call.state());
});
call.addEventListener(CallEvents.Connected, (e) => show(e, 'call headers'));
call.addEventListener(CallEvents.Disconnected, (e) => {
    show(e, 'duration internalCode reason headers');
    VoxEngine.terminate();
});
