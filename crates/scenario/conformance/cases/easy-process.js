// Joins an incoming and an outgoing call, and ends with either of them.
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
    const other = VoxEngine.callUser({ username: 'anna', displayName: 'Anna' });
    VoxEngine.easyProcess(call, other, (first, second) => note('established', [first === call, second === other]));
});
