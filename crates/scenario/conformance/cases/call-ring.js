// Ringing, then the direct answer.
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
    call.ring({ 'X-Wait': 'a moment' });
    call.addEventListener(CallEvents.Connected, VoxEngine.terminate);
    setTimeout(() => call.answerDirect(call), 1000);
});
