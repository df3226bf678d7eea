// A conference room: everybody in MEMBERS ("anna,79160000001") is called and joins
// the caller's room; the room ends with the caller. Who presses # leaves the room,
// who presses 1 mutes the own line or opens it again.

const MEMBERS = (VoxEngine.getSecretValue('MEMBERS') || '').split(',').filter(Boolean);
const WELCOME = VoxEngine.getSecretValue('WELCOME') || 'Welcome to the conference.';

const talking = new Set();
let room = null;

function join(call) {
    talking.add(call);
    Logger.write(`${call.number()} is in the room, ${talking.size} in all`);
    VoxEngine.sendMediaBetween(call, room);
}

function takePart(call) {
    let muted = false;
    call.handleTones(true);
    call.addEventListener(CallEvents.ToneReceived, ({ tone }) => {
        if (tone === '#') call.hangup();
        if (tone !== '1') return;
        muted = !muted;
        if (muted) call.stopMediaTo(room);
        else call.sendMediaTo(room);
        Logger.write(`${call.number()} is ${muted ? 'muted' : 'heard'}`);
    });
    call.addEventListener(CallEvents.Disconnected, () => {
        talking.delete(call);
        Logger.write(`${call.number()} left, ${talking.size} in all`);
    });
}

function invite(member) {
    const call = /^\+?\d+$/.test(member) ? VoxEngine.callPSTN(member, '') : VoxEngine.callUser({ username: member });
    takePart(call);
    call.addEventListener(CallEvents.Connected, () => join(call));
    call.addEventListener(CallEvents.Failed, ({ code }) => Logger.write(`${member} does not come: ${code}`));
}

VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
    takePart(call);
    call.addEventListener(CallEvents.Connected, () => call.say(WELCOME));
    call.addEventListener(CallEvents.PlaybackFinished, () => {
        room = VoxEngine.createConference();
        join(call);
        MEMBERS.forEach(invite);
    });
    // Without its host the room is closed.
    call.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
    call.answer();
});
