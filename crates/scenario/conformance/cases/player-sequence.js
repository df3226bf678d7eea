// Several sounds without a gap, with a marker in the second.
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
    const sequence = VoxEngine.createSequencePlayer({
        segments: [
            { url: 'http://files.example/one.mp3' },
            { text: 'Two', parameters: { voice: VoiceList.Amazon.en_US_Joanna } },
            { url: 'http://files.example/three.mp3' },
        ],
    });
    note('id', [typeof sequence.id(), sequence.id() === sequence.id()]);
    const never = () => Logger.write('never');
    sequence.addEventListener(SequencePlayerEvents.Created, never);
    sequence.removeEventListener(SequencePlayerEvents.Created, never);
    sequence.addEventListener(SequencePlayerEvents.Created, (e) => show(e, 'sequencePlayer'));
    sequence.addEventListener(SequencePlayerEvents.PlaybackReady, (e) => show(e, 'sequencePlayer'));
    sequence.addEventListener(SequencePlayerEvents.Started, (e) => {
        show(e, 'sequencePlayer duration');
        sequence.pause();
        setTimeout(() => sequence.resume(), 1000);
        setTimeout(() => sequence.stopMediaTo(call), 2000);
        setTimeout(() => sequence.sendMediaTo(call), 2500);
    });
    sequence.addMarker(500, 1);
    sequence.addEventListener(SequencePlayerEvents.PlaybackMarkerReached, (e) => show(e, 'sequencePlayer offset segment'));
    sequence.addEventListener(SequencePlayerEvents.PlaybackFinished, (e) => {
        show(e, 'sequencePlayer');
        const broken = VoxEngine.createSequencePlayer({ segments: [{ url: 'http://files.example/broken.mp3' }] });
        broken.addEventListener(SequencePlayerEvents.Error, (failed) => {
            show(failed, 'sequencePlayer error');
            const last = VoxEngine.createSequencePlayer({ segments: [{ url: 'http://files.example/one.mp3' }] });
            last.addEventListener(SequencePlayerEvents.Stopped, (end) => {
                show(end, 'sequencePlayer');
                VoxEngine.terminate();
            });
            last.sendMediaTo(call);
            last.stop();
        });
        broken.sendMediaTo(call);
    });
    call.addEventListener(CallEvents.Connected, () => sequence.sendMediaTo(call));
    call.answer();
});
