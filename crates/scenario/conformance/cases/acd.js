// A place in a queue of the backend: the position, an agent in vain, an agent who answers.
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
    call.answer();
    const request = VoxEngine.enqueueACDRequest('support', call.callerid(), { priority: 1, headers: { 'X-Order': '7' } });
    note('id', [typeof request.id(), request.id() === request.id()]);
    const never = () => Logger.write('never');
    request.addEventListener(ACDEvents.Queued, never);
    request.removeEventListener(ACDEvents.Queued, never);
    request.addEventListener(ACDEvents.Queued, (e) => {
        show(e, 'request');
        setTimeout(() => request.getStatus(), 5000);
    });
    request.addEventListener(ACDEvents.Waiting, (e) => show(e, 'request position ewt'));
    request.addEventListener(ACDEvents.OperatorCallAttempt, (e) => show(e, 'request operatorCall'));
    request.addEventListener(ACDEvents.OperatorFailed, (e) => show(e, 'request operatorUserName statusCode'));
    request.addEventListener(ACDEvents.OperatorReached, (e) => {
        show(e, 'request operatorCall');
        VoxEngine.sendMediaBetween(e.operatorCall, call);
        setTimeout(VoxEngine.terminate, 3000);
    });
});
