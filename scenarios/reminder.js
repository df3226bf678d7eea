// An outbound reminder: calls a number, plays a message, takes a confirmation.
// Started by the API or a call list with the custom data
//   {"number": "79160000001", "caller_id": "74950000000", "attempts": 3, "pause_s": 60}
// 1 confirms, 2 cancels, anything else hears the message again.

const sounds = VoxEngine.getSecretValue('SOUNDS') || 'http://127.0.0.1:8080/sounds';
const PLAYED_MAX = 3;
const WAIT_MS = 5000;
const PAUSE_S_MAX = 50; // a session without calls ends after 60 s
const ANSWERS = { 1: 'confirmed', 2: 'cancelled' };

let task = {};
let attempt = 0;

function finish(result) {
    Logger.write(`result: ${result} after ${attempt} attempt(s)`);
    if (result === 'unreachable') CallList.reportError({ result, attempt }, VoxEngine.terminate);
    else CallList.reportResult({ result, attempt }, VoxEngine.terminate);
}

function retry(why) {
    Logger.write(`attempt ${attempt}: ${why}`);
    if (attempt >= (task.attempts || 3)) finish('unreachable');
    else setTimeout(dial, Math.min(task.pause_s || 30, PAUSE_S_MAX) * 1000);
}

function dial() {
    attempt += 1;
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
    call.addEventListener(CallEvents.Failed, (e) => retry(`${e.code} ${e.reason}`));
}

VoxEngine.addEventListener(AppEvents.Started, () => {
    try {
        task = JSON.parse(VoxEngine.customData());
    } catch (error) {
        Logger.write(`custom data is not JSON: ${error.message}`);
    }
    if (task.number) dial();
    else finish('unreachable');
});
