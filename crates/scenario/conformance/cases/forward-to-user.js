// A whole scenario in one line: whoever calls is put through to the user that was dialled.
VoxEngine.forwardCallToUser((call, other) => note('established', [call.number(), other.number()]));
