// Anything can be logged.
Logger.write('text');
Logger.write({ a: [1] });
Logger.write(new TypeError('wrong'));
Logger.write(VoxEngine.callUser('anna') + '' !== '');
Logger.write(undefined);
VoxEngine.terminate();
