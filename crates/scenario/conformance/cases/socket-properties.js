// The same by its on... properties, which come before the handlers.
const socket = VoxEngine.createWebSocket('ws://bot.example/talk', 'chat');
socket.oncreated = (e) => show(e, 'websocket');
socket.onopen = (e) => {
    show(e, 'websocket');
    socket.send(JSON.stringify({ hello: true }));
};
socket.onmessage = (e) => show(e, 'text');
socket.addEventListener(WebSocketEvents.MESSAGE, () => Logger.write('after the property'));
socket.onmediastarted = (e) => show(e, 'encoding');
socket.onmediaended = (e) => {
    show(e, 'mediaInfo');
    socket.close(4000, 'enough');
};
socket.onclose = (e) => {
    show(e, 'code');
    VoxEngine.createWebSocket('ws://nobody.example/').onerror = (error) => {
        show(error, 'reason');
        VoxEngine.terminate();
    };
};
