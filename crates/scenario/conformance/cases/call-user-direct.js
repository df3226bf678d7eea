// A user is called for a caller, in the form of today and of old.
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
    VoxEngine.callUserDirect(call, 'anna', { callerid: '100', displayName: 'Shop', extraHeaders: { 'X-A': '1' } });
    const other = VoxEngine.callUserDirect(call, 'boris', '101', 'Old shop', { 'X-A': '2' });
    other.addEventListener(CallEvents.Failed, VoxEngine.terminate);
});
