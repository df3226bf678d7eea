// A message after the tone: greets, records until the caller hangs up, presses #
// or the time is over, and sends the recording's address to REPORT_URL as JSON.

const GREETING = VoxEngine.getSecretValue('GREETING') || 'Nobody can take your call now. Please leave a message after the tone.';
const reportUrl = VoxEngine.getSecretValue('REPORT_URL');
const TONE = '1000@-16;0.4(0.4/0/1)';
const MESSAGE_MAX_MS = 120000;
const MESSAGE_MIN_MS = 1000; // shorter is a caller who changed their mind

async function report(caller, recording, lengthMs) {
    if (!reportUrl) return;
    const result = await Net.httpRequestAsync(reportUrl, {
        method: 'POST',
        headers: ['Content-Type: application/json'],
        postData: JSON.stringify({ caller, recording, length_ms: lengthMs }),
    });
    Logger.write(`report: ${result.code}`);
}

VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call, callerid }) => {
    let recorder = null;
    let startedAt = 0;
    let over = false;

    const finish = async () => {
        if (over) return;
        over = true;
        const lengthMs = recorder === null ? 0 : Date.now() - startedAt;
        if (recorder !== null) recorder.stop();
        else VoxEngine.terminate();
        if (lengthMs < MESSAGE_MIN_MS) Logger.write('no message');
    };

    const record = () => {
        recorder = VoxEngine.createRecorder({ name: 'voicemail' });
        startedAt = Date.now();
        recorder.addEventListener(RecorderEvents.Started, () => Logger.write('recording'));
        recorder.addEventListener(RecorderEvents.Stopped, async ({ url, duration }) => {
            Logger.write(`message of ${duration} s`);
            if (Date.now() - startedAt >= MESSAGE_MIN_MS) await report(callerid, url, duration * 1000);
            VoxEngine.terminate();
        });
        recorder.addEventListener(RecorderEvents.RecorderError, ({ error }) => {
            Logger.write(`not recorded: ${error}`);
            VoxEngine.terminate();
        });
        call.sendMediaTo(recorder);
        setTimeout(() => call.hangup(), MESSAGE_MAX_MS);
    };

    const beep = () => {
        const tone = VoxEngine.createToneScriptPlayer(TONE);
        tone.addEventListener(PlayerEvents.PlaybackFinished, record);
        tone.sendMediaTo(call);
    };

    call.handleTones(true);
    call.addEventListener(CallEvents.Connected, () => call.say(GREETING));
    // Also when nobody can speak the greeting: the tone says enough.
    call.addEventListener(CallEvents.PlaybackFinished, beep);
    call.addEventListener(CallEvents.ToneReceived, ({ tone }) => {
        if (tone === '#' && recorder !== null) call.hangup();
    });
    call.addEventListener(CallEvents.Disconnected, finish);
    call.answer();
});
