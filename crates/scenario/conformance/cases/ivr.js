// A menu of states: a choice, a number of three digits, one that ends with #.
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
    const bye = new IVRState('bye', { type: 'noinput', prompt: { say: 'Bye', lang: VoiceList.Amazon.en_US_Joanna } }, () => {
        Logger.write('said bye');
        VoxEngine.terminate();
    });
    const amount = new IVRState('amount', { type: 'inputunknown', terminateOn: '#', prompt: { play: 'http://files.example/amount.mp3' }, nextState: bye });
    const order = new IVRState('order', { type: 'inputfixed', inputLength: 3, prompt: { say: 'Number' }, timeout: 3000 }, (input) => {
        note('order', [input, order.input, order.settings.inputLength]);
        amount.enter(call);
    }, (input) => {
        note('too slow', input);
        order.enter(call);
    });
    const menu = new IVRState('menu', { type: 'select', prompt: { play: 'http://files.example/menu.mp3' }, nextStates: { 1: order } }, (input) => {
        note('no such choice', input);
        menu.enter(call);
    }, (input) => {
        note('silence', input);
        menu.enter(call);
    });
    call.addEventListener(CallEvents.Connected, () => menu.enter(call));
    call.answer();
});
