// The client hangs up while the task waits: it is kept, and then nobody comes in time.
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
    call.answer();
    const task = VoxEngine.enqueueTask({ call, queue: { name: 'support' }, timeout: 20 });
    task.addEventListener(SmartQueueEvents.ClientDisconnected, (e) => {
        show(e, 'task');
        e.cancel();
    });
    task.addEventListener(SmartQueueEvents.TaskCanceled, (e) => {
        show(e, 'task status description');
        note('status', [task.terminationStatus === TerminationStatus.TIMEOUT_REACHED, task.status]);
        VoxEngine.terminate();
    });
});
