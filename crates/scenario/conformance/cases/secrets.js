// Secrets by their names; the log never shows one.
note('there', VoxEngine.getSecretValue('KEY').length);
note('not there', typeof VoxEngine.getSecretValue('NONE'));
Logger.write(VoxEngine.getSecretValue('KEY'));
VoxEngine.terminate();
