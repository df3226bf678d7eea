// The caller hears music while the agent's phone rings; the agent hears a short
// announcement (which line the call came in on) before the two are joined.

const sounds = VoxEngine.getSecretValue('SOUNDS') || 'http://127.0.0.1:8080/sounds';
const agentName = VoxEngine.getSecretValue('AGENT') || 'anna';

VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call: caller, callerid, destination }) => {
    const music = VoxEngine.createURLPlayer(`${sounds}/hold-music.wav`, { loop: true });

    caller.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
    caller.addEventListener(CallEvents.Connected, () => {
        music.sendMediaTo(caller);
        const agent = VoxEngine.callUser({ username: agentName, callerid });

        agent.addEventListener(CallEvents.Connected, () => agent.startPlayback(`${sounds}/line-${destination}.wav`));
        // Also when the announcement is not there: better a call without it than none.
        agent.addEventListener(CallEvents.PlaybackFinished, (e) => {
            if (e.error) Logger.write(`no announcement: ${e.error}`);
            music.stop();
            VoxEngine.sendMediaBetween(caller, agent);
        });
        agent.addEventListener(CallEvents.Failed, (e) => {
            Logger.write(`the agent failed: ${e.code}`);
            music.stop();
            caller.startPlayback(`${sounds}/nobody.wav`);
            caller.addEventListener(CallEvents.PlaybackFinished, VoxEngine.terminate);
        });
        agent.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
    });
    caller.answer();
});
