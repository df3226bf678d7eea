// My own manager in one file, without a backend: a caller who once said yes is
// called through to the same manager, anybody else to the next one, and is
// asked after the talk. What callers said is kept in the ApplicationStorage.

const sounds = VoxEngine.getSecretValue('SOUNDS') || 'http://127.0.0.1:8080/sounds';
const language = VoxEngine.getSecretValue('CORDBOARD_LANGUAGE') || 'en';
const MANAGERS = (VoxEngine.getSecretValue('MANAGERS') || 'anna,boris').split(',');

const RING_MS = 15000;
const ANSWER_MS = 8000; // the caller may think for so long
const ASK_AGAIN_S = 30 * 24 * 3600; // whoever was asked is left in peace for so long
const KEEP_S = 365 * 24 * 3600;

async function remembered(key) {
    try {
        const entry = await ApplicationStorage.get(key);
        return entry && entry.value;
    } catch (error) {
        Logger.write(`storage: ${error}`);
        return null; // a caller is never lost because nothing is remembered
    }
}

const remember = (key, value, seconds) =>
    ApplicationStorage.put(key, value, seconds).catch((error) => Logger.write(`storage: ${error}`));

// Digits only, so that +7 900 and 7900 are one caller; hidden callers have none.
const keyOf = (number) => (number || '').replace(/\D/g, '');

VoxEngine.addEventListener(AppEvents.CallAlerting, async ({ call, callerid }) => {
    const key = keyOf(callerid);
    let takeDigit = null;
    let gone = false;
    const over = () => {
        gone = true;
        VoxEngine.terminate();
    };

    call.addEventListener(CallEvents.Disconnected, over);
    call.addEventListener(CallEvents.Failed, over);
    call.addEventListener(CallEvents.ToneReceived, ({ tone }) => takeDigit && takeDigit(tone));
    call.handleTones(true);

    const own = key && (await remembered(`manager:${key}`));
    const asked = key && (await remembered(`asked:${key}`));

    function ring(left) {
        if (gone) return;
        if (left.length === 0) {
            call.addEventListener(CallEvents.PlaybackFinished, over);
            call.startPlayback(`${sounds}/goodbye.${language}.wav`);
            return;
        }
        const [manager, ...others] = left;
        const leg = VoxEngine.callUser({ username: manager, callerid });
        let talks = false;
        const timer = setTimeout(() => leg.hangup(), RING_MS);
        leg.addEventListener(CallEvents.Connected, () => {
            clearTimeout(timer);
            talks = true;
            call.stopPlayback();
            VoxEngine.sendMediaBetween(call, leg);
        });
        leg.addEventListener(CallEvents.Failed, () => {
            clearTimeout(timer);
            ring(others);
        });
        leg.addEventListener(CallEvents.Disconnected, () => {
            if (!talks) ring(others);
            else if (key && !own && !asked) ask(manager);
            else over();
        });
    }

    function ask(manager) {
        if (gone) return;
        let timer = setTimeout(over, 3 * ANSWER_MS);
        takeDigit = async (digit) => {
            takeDigit = null;
            clearTimeout(timer);
            Logger.write(`own manager ${manager}: ${digit}`);
            if (digit === '1') await remember(`manager:${key}`, manager, KEEP_S);
            over();
        };
        remember(`asked:${key}`, manager, ASK_AGAIN_S);
        call.addEventListener(CallEvents.PlaybackFinished, () => {
            clearTimeout(timer);
            timer = setTimeout(over, ANSWER_MS);
        });
        call.startPlayback(`${sounds}/ask-manager.${language}.wav`);
    }

    // The manager of the caller first, the others if that one does not answer.
    const order = MANAGERS.filter((name) => name !== own);
    call.addEventListener(CallEvents.Connected, () => {
        call.startPlayback(`${sounds}/hold-music.wav`, { loop: true });
        ring(own && MANAGERS.includes(own) ? [own, ...order] : order);
    });
    call.answer();
});
