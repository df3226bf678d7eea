// Call-back: refuses the call, so that it costs the caller nothing, and calls back
// at once. Then AGENTS (a list of users, "anna,boris") ring one after the other
// until one answers; the customer hears a ring-back tone meanwhile.

const AGENTS = (VoxEngine.getSecretValue('AGENTS') || 'anna').split(',');
const OWN_NUMBER = VoxEngine.getSecretValue('OWN_NUMBER') || '';
const PAUSE_MS = 2000; // until the caller's line is free again
const RING_S = 20;
const ATTEMPTS_MAX = 2; // of reaching the customer
const RETRY_MS = 30000;

let customer = null;
let attempt = 0;

function finish(why) {
    Logger.write(`call-back: ${why}`);
    VoxEngine.terminate();
}

function ringAgent(at) {
    if (at >= AGENTS.length) {
        finish('nobody answered');
        return;
    }
    const agent = VoxEngine.callUser({
        username: AGENTS[at],
        callerid: customer.number(),
        extraHeaders: { 'VI-CallTimeout': String(RING_S) },
    });
    agent.addEventListener(CallEvents.Connected, () => {
        Logger.write(`joined with ${AGENTS[at]}`);
        VoxEngine.sendMediaBetween(customer, agent);
        customer.removeEventListener(CallEvents.Disconnected);
        customer.addEventListener(CallEvents.Disconnected, () => finish('done'));
    });
    agent.addEventListener(CallEvents.Failed, () => ringAgent(at + 1));
    agent.addEventListener(CallEvents.Disconnected, () => finish('done'));
}

function callBack(number) {
    attempt += 1;
    customer = VoxEngine.callPSTN(number, OWN_NUMBER);
    customer.addEventListener(CallEvents.Connected, () => {
        customer.playProgressTone('RU');
        ringAgent(0);
    });
    customer.addEventListener(CallEvents.Disconnected, () => finish('the customer hung up'));
    customer.addEventListener(CallEvents.Failed, ({ code }) => {
        Logger.write(`customer: ${code}`);
        if (attempt < ATTEMPTS_MAX) setTimeout(() => callBack(number), RETRY_MS);
        else finish('the customer was not reached');
    });
}

VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call, callerid }) => {
    if (!callerid) {
        call.reject(603);
        finish('no number to call back');
        return;
    }
    call.reject(486);
    setTimeout(() => callBack(callerid), PAUSE_MS);
});
