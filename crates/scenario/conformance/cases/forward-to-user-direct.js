// Whoever calls is put through to the user that was dialled, directly.
VoxEngine.forwardCallToUserDirect((call, other) => note('established', [call.number(), other.number()]));
