// A room: members by sendMediaBetween and by add(), and its end.
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
    const room = VoxEngine.createConference({ hd_audio: true });
    const never = () => Logger.write('never');
    room.addEventListener(ConferenceEvents.Started, never);
    room.removeEventListener(ConferenceEvents.Started, never);
    room.addEventListener(ConferenceEvents.Started, (e) => show(e, 'conference'));
    room.addEventListener(ConferenceEvents.EndpointAdded, (e) => show(e, 'conference endpoint mode direction'));
    room.addEventListener(ConferenceEvents.EndpointRemoved, (e) => show(e, 'endpoint'));
    room.addEventListener(ConferenceEvents.Stopped, (e) => {
        show(e, 'conference');
        VoxEngine.terminate();
    });
    note('id', [typeof room.id(), room.id() === room.id()]);
    call.answer();
    call.addEventListener(CallEvents.Connected, () => {
        VoxEngine.sendMediaBetween(call, room);
        const player = VoxEngine.createURLPlayer('http://files.example/welcome.mp3');
        player.sendMediaTo(room);
        const anna = VoxEngine.callUser({ username: 'anna' });
        anna.addEventListener(CallEvents.Connected, () => {
            const endpoint = room.add({ call: anna, mode: ConferenceMode.MIX, direction: ConferenceDirection.BOTH, displayName: 'Anna' });
            note('members', [room.getList().length, room.get(endpoint.id()) === endpoint, room.get('nobody')]);
            setTimeout(() => room.stopMediaTo(call), 1000);
            setTimeout(() => room.sendMediaTo(call), 2000);
            setTimeout(() => room.stop(), 3000);
        });
    });
});
