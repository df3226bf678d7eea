// A menu of two levels by digits, without speech: sales, support, opening hours.
//   1 sales · 2 support (1 new, 2 known case) · 9 hours · 0 the operator
// Secrets: SALES, SUPPORT, OPERATOR are numbers; SOUNDS is the address of the prompts.

const sounds = VoxEngine.getSecretValue('SOUNDS') || 'http://127.0.0.1:8080/sounds';
const number = (name) => VoxEngine.getSecretValue(name) || 'operator';

const WRONG_MAX = 3; // wrong or missing choices before the operator takes over
let caller;
let wrong = 0;

function prompt(name) {
    return { play: `${sounds}/${name}.wav` };
}

function again(state) {
    wrong += 1;
    Logger.write(`no choice in ${state.name}, time ${wrong}`);
    if (wrong >= WRONG_MAX) connect('OPERATOR');
    else state.enter(caller);
}

function connect(name) {
    const agent = VoxEngine.callPSTN(number(name), caller.callerid());
    Logger.write(`connecting ${name}`);
    caller.playProgressTone('RU');
    agent.addEventListener(CallEvents.Connected, () => VoxEngine.sendMediaBetween(caller, agent));
    agent.addEventListener(CallEvents.Failed, (e) => {
        Logger.write(`${name} failed: ${e.code}`);
        if (name === 'OPERATOR') sayAndEnd('nobody');
        else connect('OPERATOR');
    });
    agent.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
}

function sayAndEnd(name) {
    caller.addEventListener(CallEvents.PlaybackFinished, VoxEngine.terminate);
    caller.startPlayback(prompt(name).play);
}

// A digit with an own state enters it; the others come to the first function.
function menu(name, choices) {
    const state = new IVRState(
        name,
        { type: 'select', prompt: prompt(name), timeout: 5000 },
        (digit) => (choices[digit] ? choices[digit]() : again(state)),
        () => again(state),
    );
    return state;
}

const support = menu('support', {
    1: () => connect('SUPPORT'),
    2: () => askCase(),
});
const main = menu('main', {
    1: () => connect('SALES'),
    2: () => support.enter(caller),
    9: () => sayAndEnd('hours'),
    0: () => connect('OPERATOR'),
});

function askCase() {
    const state = new IVRState(
        'case',
        { type: 'inputunknown', prompt: prompt('case'), terminateOn: '#', timeout: 8000 },
        (digits) => {
            VoxEngine.customData(digits);
            Logger.write(`case of ${digits.length} digits`);
            connect('SUPPORT');
        },
        () => again(state),
    );
    state.enter(caller);
}

VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
    caller = call;
    call.addEventListener(CallEvents.Connected, () => main.enter(call));
    call.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
    call.answer();
});
