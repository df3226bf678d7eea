// Without a backend there is no queue.
const task = VoxEngine.enqueueTask({ queue: { name: 'support' } });
task.addEventListener(SmartQueueEvents.Error, (e) => {
    show(e, 'task type description');
    VoxEngine.terminate();
});
