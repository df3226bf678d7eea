// The session as it begins: start values are there before Started comes.
note('at the top', VoxEngine.customData());
VoxEngine.addEventListener(AppEvents.Started, (e) => {
    show(e, 'sessionId accountId applicationId logURL');
    note('accessURL', e.accessURL.startsWith('http://'));
    note('accessSecureURL', e.accessSecureURL.startsWith('https://'));
    VoxEngine.terminate();
});
