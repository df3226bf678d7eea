// terminate() does not unwind; one last request is sent and awaited.
VoxEngine.addEventListener(AppEvents.Terminating, (e) => {
    show(e, 'systemError');
    Net.httpRequest('http://crm.example/last', (result) => note('last answer', result.code));
    Net.httpRequest('http://crm.example/too-many', () => Logger.write('never'));
    setTimeout(() => Logger.write('never'), 10);
});
VoxEngine.addEventListener(AppEvents.Terminated, (e) => show(e, 'systemError'));
VoxEngine.addEventListener(AppEvents.CallAlerting, () => {
    VoxEngine.terminate();
    VoxEngine.terminate();
    Logger.write('still here');
});
