// A call hears one source: a new one takes its place, and nothing comes back by itself.
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
    call.answer();
    const agent = VoxEngine.callUser({ username: 'anna' });
    agent.addEventListener(CallEvents.Connected, () => {
        VoxEngine.sendMediaBetween(call, agent);
        agent.say('You are recorded');
        agent.addEventListener(CallEvents.PlaybackFinished, () => {
            VoxEngine.sendMediaBetween(call, agent);
            setTimeout(VoxEngine.terminate, 1000);
        });
    });
});
