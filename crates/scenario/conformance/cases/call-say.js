// Texts that are spoken to a call, in the forms of today and of older releases.
const forms = [
    (call) => call.say('With a voice', { voice: VoiceList.Google.en_US_Wavenet_A, progressivePlayback: true }),
    (call) => call.say('By the key of the transition', { language: VoiceList.Amazon.en_US_Joanna }),
    (call) => call.say('By a language', Language.US_ENGLISH_FEMALE, { rate: 'slow' }),
    (call) => call.say('By a voice alone', VoiceList.Amazon.Neural.en_US_Joanna),
    (call) => call.say('<speak>With marks</speak>'),
    (call) => call.say(42),
    (call) => call.say('Cannot be spoken'),
];
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
    const next = () => (forms.length > 0 ? forms.shift()(call) : VoxEngine.terminate());
    call.addEventListener(CallEvents.Connected, next);
    call.addEventListener(CallEvents.PlaybackReady, (e) => show(e, 'call'));
    call.addEventListener(CallEvents.PlaybackStarted, (e) => show(e, 'call duration'));
    call.addEventListener(CallEvents.PlaybackFinished, (e) => {
        show(e, 'call error');
        next();
    });
    call.answer();
});
