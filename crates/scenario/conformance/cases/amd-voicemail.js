// The older form: resolved for a machine, rejected for anybody else.
const machine = VoxEngine.callPSTN('74950000001');
const person = VoxEngine.callPSTN('74950000002');
machine.addEventListener(CallEvents.Connected, () => {
    AI.detectVoicemail(machine).then((e) => note('machine', e.confidence));
});
person.addEventListener(CallEvents.Connected, () => {
    AI.detectVoicemail(person, { model: 'ru', threshold: 50 }).then(
        () => Logger.write('never'),
        () => Logger.write('not a machine'),
    );
});
setTimeout(VoxEngine.terminate, 20000);
