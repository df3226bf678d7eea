// Audio of a call to a bot and back, with tags and encodings.
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
    call.answer();
    const socket = VoxEngine.createWebSocket('ws://bot.example/talk');
    socket.addEventListener(WebSocketEvents.OPEN, () => {
        call.sendMediaTo(socket, { encoding: WebSocketAudioEncoding.ULAW, tag: 'caller', customParameters: { lang: 'en' } });
        socket.sendMediaTo(call);
    });
    socket.addEventListener(WebSocketEvents.MEDIA_STARTED, (e) => {
        show(e, 'websocket tag encoding customParameters');
        socket.clearMediaBuffer();
    });
    socket.addEventListener(WebSocketEvents.MEDIA_ENDED, (e) => {
        show(e, 'websocket tag mediaInfo');
        call.stopMediaTo(socket);
        socket.stopMediaTo(call);
        setTimeout(VoxEngine.terminate, 100);
    });
});
