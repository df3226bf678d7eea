// What became of a task of a call list.
CallList.reportError({ result: false, msg: 'busy' }, () => {
    CallList.reportResult('reached', (answer) => {
        note('answer', answer);
        CallList.reportResultAsync({ result: true }).then(() => {
            Logger.write('reported');
            VoxEngine.terminate();
        });
    });
});
