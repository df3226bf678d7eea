// Several handlers run in their order; one or all of them can be taken off.
const log = (word) => () => Logger.write(word);
const second = log('second');
VoxEngine.addEventListener(AppEvents.Started, log('first'));
VoxEngine.addEventListener(AppEvents.Started, second);
VoxEngine.addEventListener(AppEvents.Started, log('third'));
VoxEngine.removeEventListener(AppEvents.Started, second);
VoxEngine.addEventListener(AppEvents.Terminating, log('never'));
VoxEngine.removeEventListener(AppEvents.Terminating);
setTimeout(VoxEngine.terminate, 100);
