// Rings several agents at once; the first who answers talks, the others stop
// ringing. AGENTS is a list of user names, such as "anna,boris".

const RING_S = 25;
const agents = (VoxEngine.getSecretValue('AGENTS') || 'anna,boris').split(',');

VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call: caller, callerid, displayName }) => {
    const ringing = new Set();
    let winner = null;

    const lost = (agent, why) => {
        ringing.delete(agent);
        Logger.write(`${agent.number()}: ${why}`);
        if (!winner && ringing.size === 0) {
            Logger.write('nobody answered');
            caller.reject(480);
            VoxEngine.terminate();
        }
    };

    caller.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
    caller.ring();

    for (const username of agents) {
        const agent = VoxEngine.callUser({
            username,
            callerid,
            displayName,
            extraHeaders: { 'VI-CallTimeout': String(RING_S) },
        });
        ringing.add(agent);
        agent.addEventListener(CallEvents.Failed, (e) => lost(agent, `failed ${e.code}`));
        agent.addEventListener(CallEvents.Disconnected, () => {
            if (agent === winner) VoxEngine.terminate();
        });
        agent.addEventListener(CallEvents.Connected, () => {
            if (winner) {
                agent.hangup(); // answered in the same moment as the winner
                return;
            }
            winner = agent;
            ringing.delete(agent);
            for (const other of ringing) other.hangup();
            Logger.write(`${agent.number()} answered`);
            caller.addEventListener(CallEvents.Connected, () => VoxEngine.sendMediaBetween(caller, agent));
            caller.answer();
        });
    }
});
