// A call that is refused, and one that is given up while it rings.
const told = (e) => show(e, 'name call code reason headers');
const refused = VoxEngine.callUser({ username: 'anna' });
refused.addEventListener(CallEvents.Failed, told);
refused.addEventListener(CallEvents.Failed, (e) => note('same id', e.id === refused.id()));
const unknown = VoxEngine.callUser({ username: 'nobody' });
unknown.addEventListener(CallEvents.Failed, told);
const given = VoxEngine.callUser({ username: 'boris' });
given.addEventListener(CallEvents.Failed, (e) => {
    told(e);
    VoxEngine.terminate();
});
setTimeout(given.hangup, 5000);
