// The other way to end a room; its parameters are optional.
const room = VoxEngine.createConference();
room.addEventListener(ConferenceEvents.Stopped, (e) => {
    show(e, 'conference');
    VoxEngine.terminate();
});
setTimeout(() => VoxEngine.destroyConference(room), 1000);
