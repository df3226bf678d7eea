// A server that is not there.
const socket = VoxEngine.createWebSocket('ws://nobody.example/');
socket.addEventListener(WebSocketEvents.ERROR, (e) => show(e, 'websocket reason'));
socket.addEventListener(WebSocketEvents.CLOSE, (e) => {
    show(e, 'code wasClean');
    VoxEngine.terminate();
});
