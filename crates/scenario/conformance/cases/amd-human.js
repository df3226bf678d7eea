// A detector that is sent the audio of a call; a person answers.
const call = VoxEngine.callPSTN('74950000001', '74951111111');
const amd = AMD.create({});
call.addEventListener(CallEvents.Connected, () => call.sendMediaTo(amd));
amd.addEventListener(AMD.Events.DetectionComplete, ({ resultClass }) => {
    note('human', resultClass === AMD.ResultClass.HUMAN);
    VoxEngine.terminate();
});
