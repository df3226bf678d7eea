// Handlers of the session that are taken away; the end.
const never = () => Logger.write('never');
VoxEngine.addEventListener(AppEvents.Started, never);
VoxEngine.removeEventListener(AppEvents.Started, never);
VoxEngine.addEventListener(AppEvents.CallAlerting, never);
VoxEngine.addEventListener(AppEvents.CallAlerting, never);
VoxEngine.removeEventListener(AppEvents.CallAlerting);
VoxEngine.addEventListener(AppEvents.Started, VoxEngine.terminate);
VoxEngine.addEventListener(AppEvents.Terminated, (e) => {
    show(e, 'systemError');
    setTimeout(never, 0);
    Net.httpRequest('http://crm.example/', never);
});
