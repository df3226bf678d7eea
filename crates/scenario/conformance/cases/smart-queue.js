// A task of a queue: its place, an agent in vain, an agent who answers, its end.
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
    call.answer();
    const task = VoxEngine.enqueueTask({
        call,
        queue: { name: 'support' },
        timeout: 300,
        priority: 30,
        skills: [{ name: 'english', level: 3 }],
        operatorSettings: { operatorId: 'anna', mode: SmartQueueOperatorSettingsMode.SMART },
        customData: { order: 7 },
        extraHeaders: { 'X-Order': '7' },
    });
    note('task', [typeof task.id, task.status, task.clientCall === call, task.agentCall, task.settings.priority]);
    const never = () => Logger.write('never');
    task.addEventListener(SmartQueueEvents.EnqueueSuccess, never);
    task.removeEventListener(SmartQueueEvents.EnqueueSuccess, never);
    task.addEventListener(SmartQueueEvents.EnqueueSuccess, (e) => show(e, 'task'));
    task.addEventListener(SmartQueueEvents.Waiting, (e) => {
        show(e, 'task position ewt code message');
        note('code', e.code === TaskWaitingCode.SUCCESS);
    });
    task.addEventListener(SmartQueueEvents.TaskDistributed, (e) => show(e, 'task operatorId operatorName'));
    task.addEventListener(SmartQueueEvents.OperatorReached, (e) => {
        show(e, 'task agentCall');
        note('reached', [task.status, task.agentCall === e.agentCall]);
        setTimeout(() => {
            task.end('done', TerminationStatus.NORMAL);
            note('end', [task.status, task.terminationStatus]);
            VoxEngine.terminate();
        }, 2000);
    });
});
