// No WhatsApp is connected: the call fails and the caller is reached in another way.
const call = VoxEngine.callWhatsappUser({ number: '+74950000001', callerid: '74951111111' });
note('made', [call.number(), call.callerid(), call.clientType(), call.state()]);
call.addEventListener(CallEvents.Failed, (e) => {
    show(e, 'call code reason headers');
    note('now', call.state());
    VoxEngine.terminate();
});
