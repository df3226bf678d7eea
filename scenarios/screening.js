// Screening: the caller says the name, the owner hears it and decides by a digit.
// 1 takes the call, 2 sends it away, anything else or silence plays it again.
// OWNER is the user who is asked.

const OWNER = VoxEngine.getSecretValue('OWNER') || 'anna';
const ASK_NAME = VoxEngine.getSecretValue('ASK_NAME') || 'Who is calling, please?';
const NAME_MAX_MS = 4000;
const ASKED_MAX = 3;
const ANSWER_MS = 5000;

VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call, callerid }) => {
    let owner = null;
    let asked = 0;
    let timer;
    let asr = null;
    let name = '';

    const goodbye = (why) => {
        Logger.write(`not joined: ${why}`);
        clearTimeout(timer);
        if (owner !== null) owner.hangup();
        call.removeEventListener(CallEvents.PlaybackFinished);
        call.addEventListener(CallEvents.PlaybackFinished, VoxEngine.terminate);
        call.say('Your call cannot be taken now. Goodbye.');
    };

    const ask = () => {
        clearTimeout(timer);
        asked += 1;
        if (asked > ASKED_MAX) goodbye('no decision');
        else owner.say(`A call from ${name || callerid}. Press 1 to take it, 2 to send it away.`);
    };

    const decide = ({ tone }) => {
        if (tone === '1') {
            clearTimeout(timer);
            owner.removeEventListener(CallEvents.ToneReceived);
            owner.removeEventListener(CallEvents.PlaybackFinished);
            VoxEngine.sendMediaBetween(call, owner);
            Logger.write('joined');
        } else if (tone === '2') goodbye('refused');
        else ask();
    };

    const callOwner = () => {
        if (owner !== null) return;
        clearTimeout(timer);
        if (asr !== null) asr.stop();
        call.playProgressTone('US');
        owner = VoxEngine.callUser({ username: OWNER, callerid });
        owner.addEventListener(CallEvents.Connected, () => {
            owner.handleTones(true);
            ask();
        });
        owner.addEventListener(CallEvents.ToneReceived, decide);
        owner.addEventListener(CallEvents.PlaybackFinished, () => {
            timer = setTimeout(ask, ANSWER_MS);
        });
        owner.addEventListener(CallEvents.Failed, ({ code }) => goodbye(`owner: ${code}`));
        owner.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
    };

    // Without somebody who listens the number is as good as the name.
    const listen = () => {
        call.removeEventListener(CallEvents.PlaybackFinished);
        asr = VoxEngine.createASR({ profile: ASRProfileList.Google.en_US, singleUtterance: true });
        asr.addEventListener(ASREvents.Result, ({ text }) => {
            name = text;
            callOwner();
        });
        asr.addEventListener(ASREvents.ASRError, callOwner);
        call.sendMediaTo(asr);
        timer = setTimeout(callOwner, NAME_MAX_MS);
    };

    call.addEventListener(CallEvents.Connected, () => call.say(ASK_NAME));
    call.addEventListener(CallEvents.PlaybackFinished, listen);
    call.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
    call.answer();
});
