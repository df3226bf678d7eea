// Three questions answered by one digit each, sent to REPORT_URL as JSON. A
// question is asked twice at most; an answer that does not fit counts as none.

const sounds = VoxEngine.getSecretValue('SOUNDS') || 'http://127.0.0.1:8080/sounds';
const reportUrl = VoxEngine.getSecretValue('REPORT_URL');

const QUESTIONS = [
    { name: 'politeness', from: 1, to: 5 },
    { name: 'solved', from: 1, to: 2 },
    { name: 'recommend', from: 0, to: 9 },
];
const WAIT_MS = 6000;
const ASKED_MAX = 2;
const answers = {};

async function report(why) {
    if (!reportUrl) return;
    const result = await Net.httpRequestAsync(reportUrl, {
        method: 'POST',
        headers: ['Content-Type: application/json'],
        postData: JSON.stringify({ why, answers }),
    });
    Logger.write(`report: ${result.code}`);
}

VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
    let at = 0;
    let asked = 0;
    let timer;
    let over = false;

    const end = async (why) => {
        if (over) return;
        over = true;
        clearTimeout(timer);
        await report(why);
        VoxEngine.terminate();
    };

    const ask = () => {
        clearTimeout(timer);
        if (at >= QUESTIONS.length) {
            call.removeEventListener(CallEvents.PlaybackFinished);
            call.addEventListener(CallEvents.PlaybackFinished, () => end('complete'));
            call.startPlayback(`${sounds}/thanks.wav`);
            return;
        }
        asked += 1;
        call.startPlayback(`${sounds}/survey-${QUESTIONS[at].name}.wav`);
    };

    const next = (value) => {
        answers[QUESTIONS[at].name] = value;
        at += 1;
        asked = 0;
        ask();
    };

    call.addEventListener(CallEvents.PlaybackFinished, () => {
        timer = setTimeout(() => (asked < ASKED_MAX ? ask() : next(null)), WAIT_MS);
    });
    call.addEventListener(CallEvents.ToneReceived, ({ tone }) => {
        const question = QUESTIONS[at];
        if (!question || over) return;
        call.stopPlayback();
        const digit = Number(tone);
        if (digit >= question.from && digit <= question.to) next(digit);
        else if (asked < ASKED_MAX) ask();
        else next(null);
    });
    call.addEventListener(CallEvents.Disconnected, () => end('hung up'));
    call.addEventListener(CallEvents.Connected, ask);
    call.handleTones(true);
    call.answer();
});
