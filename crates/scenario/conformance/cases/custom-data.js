// One text of the session, read and written.
note('start', VoxEngine.customData());
note('set', VoxEngine.customData('new'));
note('then', VoxEngine.customData());
note('of a text', VoxEngine.customData().number);
VoxEngine.terminate();
