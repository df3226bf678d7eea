// Digits and information inside of a call, both ways.
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
    call.addEventListener(CallEvents.Connected, () => {
        call.sendDigits('1p2#');
        call.sendInfo('application/json', '{"a":1}', { 'X-Kind': 'order' });
    });
    call.addEventListener(CallEvents.InfoReceived, (e) => {
        show(e, 'call mimeType body headers');
        VoxEngine.terminate();
    });
    call.answer();
});
