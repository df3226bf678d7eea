// Texts inside of a call, both ways.
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
    call.addEventListener(CallEvents.MessageReceived, (e) => {
        show(e, 'call text headers');
        call.sendMessage(`you said ${e.text}`);
        setTimeout(VoxEngine.terminate, 100);
    });
    call.answer();
});
