// The other words of a task of a call list.
CallList.reportProgress({ done: 1 }, (progress) => {
    note('progress', progress);
    CallList.reportProgressAsync({ done: 2 })
        .then(() => CallList.reportErrorAsync('busy'))
        .then(() => CallList.requestNextAttemptAsync({ attempts_left: 1 }))
        .then((next) => {
            note('next', next);
            CallList.requestNextAttempt({ attempts_left: 2 }, VoxEngine.terminate);
        });
});
