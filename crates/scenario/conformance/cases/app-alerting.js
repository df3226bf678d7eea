// A call comes in: everything that is told of it.
VoxEngine.addEventListener(AppEvents.CallAlerting, (e) => {
    show(e, 'name call callerid destination displayName fromURI toURI headers customData scheme');
    note('the same call', e.id === e.call.id());
    VoxEngine.terminate();
});
