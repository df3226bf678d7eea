// A voice bot answers the call: the caller's voice goes to BOT_URL by WebSocket, and
// what the bot says comes back. The bot may also send commands as JSON text:
//   {"do": "interrupt"}                    forget what was not said yet
//   {"do": "transfer", "number": "..."}    put the caller through to a number
//   {"do": "hang_up"}                      end the call
// Without a bot the caller is put through to RESERVE, or hears that all are busy.
// (The sounds are those of call-centre.js.)

const botUrl = VoxEngine.getSecretValue('BOT_URL');
const botKey = VoxEngine.getSecretValue('BOT_KEY');
const reserve = VoxEngine.getSecretValue('RESERVE');
const sounds = VoxEngine.getSecretValue('SOUNDS') || 'http://127.0.0.1:8080/sounds';
const language = VoxEngine.getSecretValue('LANGUAGE') || 'en';
const PATIENCE_MS = 4000; // for the connection with the bot

VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call, callerid, destination }) => {
    let bot = null;
    let other = null; // the call to a person
    let patience = null;

    const sayBusy = () => {
        call.addEventListener(CallEvents.PlaybackFinished, () => call.hangup());
        call.startPlayback(`${sounds}/all-busy.${language}.wav`);
    };

    const leaveBot = () => {
        const left = bot;
        bot = null;
        if (left) left.close();
    };

    const transfer = (number) => {
        Logger.write(`transfer to ${number}`);
        other = VoxEngine.callPSTN(number, callerid);
        other.addEventListener(CallEvents.Connected, () => {
            leaveBot();
            VoxEngine.sendMediaBetween(call, other);
        });
        other.addEventListener(CallEvents.Failed, (e) => {
            Logger.write(`nobody at ${number}: ${e.code}`);
            other = null;
            if (bot) bot.send({ event: 'transfer_failed', number, code: e.code });
            else sayBusy();
        });
        other.addEventListener(CallEvents.Disconnected, () => call.hangup());
    };

    const withoutBot = (why) => {
        clearTimeout(patience);
        if (!bot) return;
        Logger.write(`without the bot: ${why}`);
        leaveBot();
        if (other) return; // the caller talks with a person, or is about to
        if (reserve) transfer(reserve);
        else sayBusy();
    };

    const obey = (text) => {
        let command;
        try {
            command = JSON.parse(text);
        } catch (error) {
            Logger.write(`the bot said what is not JSON: ${error.message}`);
            return;
        }
        if (command.do === 'interrupt') bot.clearMediaBuffer();
        else if (command.do === 'transfer' && !other) transfer(String(command.number));
        else if (command.do === 'hang_up') call.hangup();
        else Logger.write(`the bot wants what nobody knows: ${command.do}`);
    };

    const meetBot = () => {
        const headers = botKey ? [{ name: 'Authorization', value: `Bearer ${botKey}` }] : [];
        bot = VoxEngine.createWebSocket(botUrl, { headers });
        patience = setTimeout(() => withoutBot('it does not answer'), PATIENCE_MS);
        bot.addEventListener(WebSocketEvents.OPEN, () => {
            if (!bot) return;
            clearTimeout(patience);
            // Both ways at 16 kHz, as recognisers like it.
            call.sendMediaTo(bot, {
                encoding: WebSocketAudioEncoding.PCM16,
                customParameters: { callerid, destination },
            });
            bot.sendMediaTo(call);
        });
        bot.addEventListener(WebSocketEvents.MESSAGE, (e) => bot && obey(e.text));
        bot.addEventListener(WebSocketEvents.ERROR, (e) => Logger.write(`bot: ${e.reason}`));
        bot.addEventListener(WebSocketEvents.CLOSE, () => withoutBot('it has gone'));
    };

    // Keys go to the bot too: it may ask for a number.
    call.handleTones(true);
    call.addEventListener(CallEvents.ToneReceived, (e) => bot && bot.send({ event: 'digit', digit: e.tone }));
    call.addEventListener(CallEvents.Connected, meetBot);
    call.addEventListener(CallEvents.Disconnected, () => VoxEngine.terminate());
    call.answer();
});
