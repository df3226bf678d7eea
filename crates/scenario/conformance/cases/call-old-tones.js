// The older forms of beeps and answering machines, for outgoing calls only.
const EVENTS = ['ToneDetected', 'VoicemailToneDetected', 'VoicemailToneNotDetected', 'VoicemailPromptDetected', 'VoicemailPromptNotDetected'];
const PATTERNS = [PromptStreamPattern.LivePerson, PromptStreamPattern.VoiceMessage, PromptStreamPattern.Silence];
function listen(number) {
    const call = VoxEngine.callPSTN(number);
    for (const name of EVENTS) {
        call.addEventListener(CallEvents[name], (e) => {
            show(e, 'call ProgressTone VoicemailTone frequency pattern');
            if (e.pattern) note('known', PATTERNS.indexOf(e.pattern));
        });
    }
    return call;
}
const machine = listen('74950000001');
const person = listen('74950000002');
const busy = listen('74950000003');
const nobody = listen('74950000004');
machine.addEventListener(CallEvents.Connected, () => {
    machine.detectVoicemailTone();
    machine.detectVoicemailPrompt();
});
person.detectVoicemailTone(5, 200);
person.detectVoicemailPrompt(20, 1.5);
note('on', busy.detectProgressTone());
nobody.detectVoicemailPrompt(3, 2000);
note('off', nobody.detectProgressTone(true) && nobody.detectProgressTone(false));
setTimeout(VoxEngine.terminate, 9000);
