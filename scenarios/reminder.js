// An outbound reminder: one attempt of a task of a call list (docs/platform-api.md).
// Calls a number, plays a message, takes a confirmation. The row of the list, or the
// custom data of StartScenarios, is
//   {"number": "79160000001", "caller_id": "74950000000"}
// 1 confirms, 2 cancels, 3 asks to be called in an hour, anything else hears the message
// again. Who is busy or does not pick up is called again when the list says so.

const sounds = VoxEngine.getSecretValue('SOUNDS') || 'http://127.0.0.1:8080/sounds';
const PLAYED_MAX = 3;
const WAIT_MS = 5000;
const LATER_S = 3600;
const ANSWERS = { 1: 'confirmed', 2: 'cancelled', 3: 'later' };
const NO_SUCH_NUMBER = [404, 484, 604];

function finish(result) {
    Logger.write(`result: ${result}`);
    if (result === 'later') {
        const start_at = Math.floor(Date.now() / 1000) + LATER_S;
        CallList.requestNextAttempt({ start_at, error: result }, VoxEngine.terminate);
    } else {
        // Who answers by a key is the right party (docs/reports.md); others may be anybody.
        const right_party = result !== 'heard' || undefined;
        CallList.reportResult({ result, right_party }, VoxEngine.terminate);
    }
}

function failed(code, reason) {
    Logger.write(`not reached: ${code} ${reason}`);
    const error = { code, reason };
    if (NO_SUCH_NUMBER.includes(code)) {
        // Another attempt would reach nobody either.
        CallList.requestNextAttempt({ attempts_left: 0, error }, VoxEngine.terminate);
    } else {
        CallList.reportError(error, VoxEngine.terminate);
    }
}

function dial(task) {
    const call = VoxEngine.callPSTN(task.number, task.caller_id);
    let played = 0;
    let timer;
    let result = null;

    const play = () => {
        clearTimeout(timer);
        played += 1;
        call.startPlayback(`${sounds}/reminder.wav`);
    };
    const again = () => (played < PLAYED_MAX ? play() : call.hangup());

    call.addEventListener(CallEvents.Connected, () => {
        call.handleTones(true);
        play();
    });
    call.addEventListener(CallEvents.ToneReceived, ({ tone }) => {
        if (result) return;
        clearTimeout(timer);
        call.stopPlayback();
        result = ANSWERS[tone] || null;
        if (result) call.startPlayback(`${sounds}/${result}.wav`);
        else again();
    });
    call.addEventListener(CallEvents.PlaybackFinished, () => {
        if (result) call.hangup();
        else timer = setTimeout(again, WAIT_MS);
    });
    // Heard but not confirmed is a result too: nobody wants the call twice.
    call.addEventListener(CallEvents.Disconnected, () => {
        clearTimeout(timer);
        finish(result || 'heard');
    });
    call.addEventListener(CallEvents.Failed, ({ code, reason }) => failed(code, reason));
}

VoxEngine.addEventListener(AppEvents.Started, () => {
    let task = {};
    try {
        task = JSON.parse(VoxEngine.customData());
    } catch (error) {
        Logger.write(`custom data is not JSON: ${error.message}`);
    }
    if (task.number) dial(task);
    else failed(484, 'no number');
});
