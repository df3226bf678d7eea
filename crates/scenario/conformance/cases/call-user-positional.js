// The forms of older releases, and the mixed one.
const seen = (call) => call.addEventListener(CallEvents.Connected, () => note('who', [call.number(), call.callerid(), call.displayName()]));
seen(VoxEngine.callUser('anna', '100', 'Shop', { 'X-Order': '7' }, false));
seen(VoxEngine.callUser('boris', { callerid: '101', displayName: 'Store', extraHeaders: { 'X-Order': '8' } }));
// A caller id of a wrong type counts as none.
seen(VoxEngine.callUser('clara', () => 1));
setTimeout(VoxEngine.terminate, 2000);
