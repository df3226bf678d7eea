// A client connects to the session; another is one too many for a session without calls.
VoxEngine.allowWebSocketConnections();
let clients = 0;
VoxEngine.addEventListener(AppEvents.WebSocket, (e) => {
    show(e, 'websocket method path content headers');
    clients += 1;
    VoxEngine.disableTraceForIncomingWebsockets();
    e.websocket.onmessage = (message) => e.websocket.send(`you said ${message.text}`);
});
VoxEngine.addEventListener(AppEvents.NewWebSocketFailed, (e) => {
    show(e, 'reason method path');
    VoxEngine.terminate();
});
VoxEngine.enableTraceForIncomingWebsockets();
