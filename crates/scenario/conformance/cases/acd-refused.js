// Requests that are not queued: nobody works, and the backend does not know the queue.
const offline = VoxEngine.enqueueACDRequest('night', '100');
offline.addEventListener(ACDEvents.Offline, (e) => show(e, 'request'));
const unknown = VoxEngine.enqueueACDRequest('nothing', '100');
unknown.addEventListener(ACDEvents.Error, (e) => {
    show(e, 'request error');
    VoxEngine.terminate();
});
