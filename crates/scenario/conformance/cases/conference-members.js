// Members of a room: changed, sent away, and one that is none.
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
    const room = VoxEngine.createConference();
    room.addEventListener(ConferenceEvents.EndpointAdded, (e) => show(e, 'conference endpoint mode direction'));
    room.addEventListener(ConferenceEvents.EndpointUpdated, (e) => show(e, 'conference endpoint'));
    room.addEventListener(ConferenceEvents.EndpointManaged, (e) => show(e, 'endpoint mode direction'));
    room.addEventListener(ConferenceEvents.EndpointRemoved, (e) => {
        show(e, 'conference endpoint');
        VoxEngine.terminate();
    });
    room.addEventListener(ConferenceEvents.ConferenceError, (e) => show(e, 'conference code error'));
    call.addEventListener(CallEvents.Connected, () => {
        room.add({});
        const member = room.add({ call, mode: ConferenceMode.MIX, direction: ConferenceDirection.SEND, displayName: 'Ann' });
        note('member', [member.getCall() === call, member.getMode(), member.getDirection()]);
        setTimeout(() => member.setDisplayName('Anna'), 1000);
        setTimeout(() => member.manageEndpoint({ direction: ConferenceDirection.RECEIVE }), 2000);
    });
    call.answer();
});
