// Whoever calls is put through to a number that is made from the one that was dialled.
VoxEngine.forwardCallToPSTN(
    (number) => `+7${number}`,
    (call, other) => note('established', [call.number(), other.number()]),
    { callerid: '74951234567' },
);
