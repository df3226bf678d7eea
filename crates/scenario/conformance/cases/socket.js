// A WebSocket by its handlers: opened, spoken to, closed.
const socket = VoxEngine.createWebSocket('ws://bot.example/talk', {
    protocols: ['chat'],
    headers: [{ name: 'X-Key', value: '1' }],
});
note('new', [socket.url, socket.readyState, typeof socket.id()]);
const never = () => Logger.write('never');
socket.addEventListener(WebSocketEvents.OPEN, never);
socket.removeEventListener(WebSocketEvents.OPEN, never);
socket.addEventListener(WebSocketEvents.CREATED, (e) => show(e, 'websocket'));
socket.addEventListener(WebSocketEvents.OPEN, (e) => {
    show(e, 'websocket');
    note('now', socket.readyState === WebSocketReadyState.OPEN);
    socket.send('hello');
});
socket.addEventListener(WebSocketEvents.MESSAGE, (e) => {
    show(e, 'websocket text');
    socket.close();
    note('now', socket.readyState);
});
socket.addEventListener(WebSocketEvents.CLOSE, (e) => {
    show(e, 'websocket code reason wasClean');
    note('now', socket.readyState);
    VoxEngine.terminate();
});
