// What a scenario finds in its global scope, and the one way in.

const api = {
    VoxEngine,
    AppEvents,
    CallEvents,
    PlayerEvents,
    Modules,
    Net,
    Logger,
    onPhoneEvent,
    ...helpers,
    setTimeout: (callback, delay, ...args) => startTimer(callback, delay, args, false),
    setInterval: (callback, delay, ...args) => startTimer(callback, delay, args, true),
    clearTimeout: (id) => stopTimer(id),
    clearInterval: (id) => stopTimer(id),
    require: (module) => note(`module loaded: ${String(module)}`),
    trace: (value) => Logger.write(value),
    Date: SessionDate,
    JSession: { close: terminate },
};

// Not enumerable, like the language's own globals, and free to be redefined.
for (const [name, value] of entries(api)) {
    defineProperty(globalThis, name, { value, writable: true, configurable: true });
}

// Only names that stand in the files: each costs a session almost a kilobyte.
for (const name of ENUMERATIONS.filter((name) => host.mayUse(name))) {
    defineLazily(globalThis, name, () => part('enumerations').enumeration(name));
}
for (const name of EXTRAS.filter((name) => host.mayUse(name))) {
    defineLazily(globalThis, name, () => part('extras')[name]);
}
for (const name of VOICEMAIL.filter((name) => host.mayUse(name))) {
    defineLazily(globalThis, name, () => part('amd')[name]);
}
for (const name of SOCKETS.filter((name) => host.mayUse(name))) {
    defineLazily(globalThis, name, () => part('sockets')[name]);
}
// Older releases had some enumerations in the namespace.
for (const name of ['RecordExpireTime', 'DTMFType', 'CallList'].filter((name) => host.mayUse(name))) {
    defineLazily(VoxEngine, name, () => globalThis[name]);
}

const inputs = {
    ...onApp,
    ...onCall,
    ...onPlayer,
    ...onNet,
    ...onTimer,
    asr: (input) => part('speech').onAsr(input),
    storage_answer: (input) => part('extras').storageAnswer(input),
    mail_answer: (input) => part('mail').mailAnswer(input),
    amd_result: (input) => part('amd').onResult(input),
    socket: (input, text) => part('sockets').onSocket(input, text),
    socket_arrived: (input) => part('sockets').onArrived(input),
};

function deliver(json, text, data) {
    const input = parse(json);
    const handler = inputs[input.input] || onUnit[input.input];
    // A unit that a limit refused may be told of before its part is loaded.
    if (handler) handler(input, text, data);
}
