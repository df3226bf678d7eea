// A detector that belongs to an outgoing call.
const amd = AMD.create({ model: AMD.Model.US, timeout: 9000, thresholds: { voicemail: 60, human: 50 } });
const call = VoxEngine.callPSTN('74950000001', '74951111111', { amd });
amd.addEventListener(AMD.Events.DetectionComplete, (e) => {
    show(e, 'amd call resultClass resultSubtype confidence');
    note('same call', e.callId === call.id());
    note('machine', e.resultClass === AMD.ResultClass.VOICEMAIL);
});
amd.detect().then((result) => {
    note('result', [result.resultClass, result.confidence]);
    VoxEngine.terminate();
});
