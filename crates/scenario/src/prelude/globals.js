// What a scenario finds in its global scope, and the one way in.

const api = {
    VoxEngine,
    AppEvents: lazyEvents('AppEvents'),
    CallEvents: lazyEvents('CallEvents'),
    Logger,
    onPhoneEvent,
    require: (module) => note(`module loaded: ${String(module)}`),
    trace: (value) => Logger.write(value),
    JSession: { close: terminate },
};

// Not enumerable, like the language's own globals, and free to be redefined.
const plain = { value: undefined, writable: true, configurable: true };
for (const name in api) {
    plain.value = api[name];
    defineProperty(globalThis, name, plain);
}

// Only names that stand in the files: name, its part, the next name, ...
const wanted = host.globals();
for (let at = 0; at < wanted.length; at += 2) defineLazily(globalThis, wanted[at], wanted[at + 1]);

// Older releases had some enumerations in the namespace.
for (const name of ['RecordExpireTime', 'DTMFType', 'CallList']) {
    if (wanted.includes(name)) defineLazily(engine, name, '');
}

function deliver(json, text, data) {
    const input = parse(json);
    const { input: kind } = input;
    let handler = onApp[kind] || onCall[kind] || onUnit[kind];
    if (!handler) {
        const from = host.partOf(kind);
        // A unit that a limit refused may be told of before its part is loaded.
        if (from) handler = part(from).inputs[kind];
    }
    if (handler) handler(input, text, data);
}
