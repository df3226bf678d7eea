// Whoever calls is put through to the address that was dialled.
VoxEngine.forwardCallToSIP((call, other) => note('established', [call.number(), other.number()]));
