// The form of today: one object.
const call = VoxEngine.callUser({
    username: 'anna',
    callerid: '100',
    displayName: 'Shop',
    extraHeaders: { 'X-Order': '7', 'VI-CallTimeout': '15', Via: 'does not travel' },
    analyticsLabel: 'ignored',
});
call.addEventListener(CallEvents.Failed, (e) => {
    show(e, 'code');
    note('who', [call.number(), call.callerid(), call.displayName()]);
    VoxEngine.terminate();
});
