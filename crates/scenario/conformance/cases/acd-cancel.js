// A request that the scenario takes back.
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
    const request = VoxEngine.enqueueACDRequest('support', '100');
    request.addEventListener(ACDEvents.Queued, () => {
        request.cancel();
        setTimeout(VoxEngine.terminate, 1000);
    });
});
