// require() takes a key, a literal or nothing at all, and gives nothing.
note('value', [typeof require(Modules.ASR), typeof require('conference'), typeof require(Modules.Player)]);
note('keys', [Modules.ASR, Modules.ACD, Modules.Conference, Modules.IVR, Modules.AI, Modules.Recorder, Modules.ApplicationStorage]);
VoxEngine.terminate();
