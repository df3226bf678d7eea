// Recognition of what a caller says, one phrase at a time.
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
    const asr = VoxEngine.createASR({
        profile: ASRProfileList.Google.en_US,
        model: ASRModelList.Google.phone_call,
        phraseHints: ['yes', 'no'],
        interimResults: true,
    });
    note('model', ASRModelList.Google.phone_call);
    note('what', [asr.language(), asr.dictionary(), typeof asr.id()]);
    const never = () => Logger.write('never');
    asr.addEventListener(ASREvents.Result, never);
    asr.removeEventListener(ASREvents.Result, never);
    asr.addEventListener(ASREvents.Started, (e) => show(e, 'asr'));
    asr.addEventListener(ASREvents.CaptureStarted, (e) => show(e, 'asr'));
    asr.addEventListener(ASREvents.SpeechCaptured, (e) => show(e, 'asr'));
    asr.addEventListener(ASREvents.InterimResult, (e) => show(e, 'asr text'));
    asr.addEventListener(ASREvents.Result, (e) => {
        show(e, 'asr text confidence');
        if (e.text === 'that is all') asr.stop();
    });
    asr.addEventListener(ASREvents.Stopped, (e) => {
        show(e, 'asr cost duration');
        VoxEngine.terminate();
    });
    call.addEventListener(CallEvents.Connected, () => call.sendMediaTo(asr));
    call.answer();
});
