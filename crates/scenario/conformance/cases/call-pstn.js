// Three ways to call a number; a plus is left out, more arguments are ignored.
const calls = [
    VoxEngine.callPSTN('+74950000001'),
    VoxEngine.callPSTN('+74950000002', '+74951111111'),
    VoxEngine.callPSTN('74950000003', '74951111111', { followDiversion: true }),
    VoxEngine.callPSTN('74950000004', '74951111111', undefined, 'more', 'and more'),
];
for (const call of calls) {
    call.addEventListener(CallEvents.Connected, () => note('connected', [call.number(), call.callerid(), call.clientType()]));
}
setTimeout(VoxEngine.terminate, 3000);
