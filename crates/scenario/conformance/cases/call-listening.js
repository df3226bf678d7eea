// What is heard of a call: voice, beeps, how well it comes.
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
    let beeps = 0;
    call.addEventListener(CallEvents.MicStatusChange, (e) => {
        show(e, 'call active');
        note('voice', call.vad());
        if (!e.active) call.handleMicStatus(false);
    });
    call.addEventListener(CallEvents.BeepDetectionComplete, (e) => {
        show(e, 'call frequencies timeout');
        beeps += 1;
        if (beeps === 1) call.enableBeepDetection({ timeout: 1000 });
        if (beeps === 2) {
            call.enableBeepDetection();
            call.disableBeepDetection();
        }
    });
    call.addEventListener(CallEvents.MediaStatisticsReceived, (e) => {
        show(e, 'call in out');
        VoxEngine.terminate();
    });
    call.addEventListener(CallEvents.Connected, () => {
        call.handleMicStatus(true);
        call.enableBeepDetection({ frequencies: [1000, 1400], timeout: 9000 });
        call.monitorMediaStatistics({ monitor: true, interval: 5 });
    });
    call.answer();
});
