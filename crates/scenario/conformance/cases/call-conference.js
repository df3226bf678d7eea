// A call to the session of a conference here: with two arguments, and with all of them.
const calls = [
    VoxEngine.callConference('301', '74951111111'),
    VoxEngine.callConference('302', '74951111111', 'Guest', { 'X-Gate': 'north' }, {}),
];
for (const call of calls) {
    call.addEventListener(CallEvents.Connected, () => note('connected', [call.number(), call.callerid(), call.displayName()]));
    call.addEventListener(CallEvents.Failed, (e) => note('failed', [call.number(), e.code]));
}
setTimeout(VoxEngine.terminate, 3000);
