// Older releases kept these in the namespace.
note('expiry', VoxEngine.RecordExpireTime.ONEYEAR);
note('tones', VoxEngine.DTMFType.ALL);
VoxEngine.CallList.reportError('no answer', VoxEngine.terminate);
