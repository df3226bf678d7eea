// What a call says of itself.
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
    const other = VoxEngine.callUser({ username: 'anna' });
    note('incoming', [call.incoming(), other.incoming()]);
    note('client', [call.clientType(), other.clientType()]);
    call.customData('order 7');
    note('data', [call.customData(), other.customData()]);
    note('texts', [call.toString() === String(call), call.toString() === other.toString()]);
    VoxEngine.terminate();
});
