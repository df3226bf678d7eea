// Audio both ways between two calls, and one way only.
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
    const other = VoxEngine.callUser({ username: 'anna' });
    call.answer();
    other.addEventListener(CallEvents.Connected, () => {
        VoxEngine.sendMediaBetween(call, other);
        setTimeout(() => VoxEngine.stopMediaBetween(call, other), 1000);
        setTimeout(() => call.sendMediaTo(other), 2000);
        setTimeout(() => call.stopMediaTo(other), 3000);
        setTimeout(VoxEngine.terminate, 4000);
    });
});
