// Every object of the API that has events. Handlers run in the order in which
// they were added; the same handler may be added twice, as on the cloud.

// Handlers of the API itself, which no scenario can remove: object -> (event, fields).
const watchers = new WeakMap();

function watch(target, watcher) {
    watchers.set(target, watcher);
}

// A scenario that puts its own function here sees every event before its handlers.
function onPhoneEvent() {}

let handlersOf; // of an object that has events; a TypeError for others

class Emitter {
    #handlers = new Map();

    static {
        handlersOf = (target) => target.#handlers;
    }
}

function hears(target, name) {
    return Boolean(handlersOf(target).get(name)?.length);
}

// Calls every handler with one object and returns the first result that is not
// undefined. A handler removed by an earlier one is skipped.
function fire(target, name, fields) {
    watchers.get(target)?.(name, fields);
    const handlers = handlersOf(target);
    const list = handlers.get(name);
    const hook = globalThis.onPhoneEvent;
    const hooked = hook !== onPhoneEvent && typeof hook === 'function';
    if (!hooked && (!list || list.length === 0)) return undefined;
    const event = { name, ...fields };
    if (hooked) hook(event);
    if (!list) return undefined;
    let result;
    for (const handler of list.slice()) {
        const now = handlers.get(name);
        if (!now || !now.includes(handler)) continue;
        if (typeof handler !== 'function') {
            throw new TypeError(`the handler of ${name} is not a function`);
        }
        const value = handler(event);
        if (result === undefined) result = value;
    }
    return result;
}

// Scenarios pass methods around without their object, as in
// setTimeout(call.hangup, 1000). A method is bound when it is first read and
// kept on its object, so a session pays only for the methods that it uses. The
// proxy sits above the class: one for all methods, where accessors would cost
// two functions for each. `table` is of methods that parts have (members.rs).
function bindMethods(Class, methods, table = '') {
    Object.setPrototypeOf(Class.prototype, new Proxy(methods, { __proto__: readBound, table }));
}

// The same for a class with its methods.
function bindOnRead(Class) {
    const proto = Class.prototype;
    const methods = Object.create(Object.getPrototypeOf(proto));
    for (const name of Object.getOwnPropertyNames(proto)) {
        if (name === 'constructor') continue;
        methods[name] = proto[name];
        delete proto[name];
    }
    bindMethods(Class, methods);
}

const readBound = {
    __proto__: handler,
    get(methods, name, object) {
        settle(this, methods, name);
        if (!hasOwn(methods, name)) return Reflect.get(methods, name, object);
        const method = methods[name];
        if (object === methods) return method;
        const value = method.bind(object);
        defineProperty(object, name, { value, writable: true, configurable: true });
        return value;
    },
};

const emitterMethods = {
    addEventListener(event, handler) {
        if (typeof event !== 'string') {
            note(`addEventListener: ${String(event)} is not an event, ignored`);
            return;
        }
        const handlers = handlersOf(this);
        const list = handlers.get(event);
        if (list) list.push(handler);
        else handlers.set(event, [handler]);
        if (event === 'Call.ReInviteReceived') part('transfers').heard(this);
    },

    removeEventListener(event, handler) {
        const handlers = handlersOf(this);
        if (handler === undefined) {
            handlers.delete(event);
            return;
        }
        const list = handlers.get(event);
        const at = list ? list.indexOf(handler) : -1;
        if (at >= 0) list.splice(at, 1);
    },
};
bindMethods(Emitter, emitterMethods);

// After the running callback, as events of the engine come.
function later(callback) {
    Promise.resolve().then(callback);
}

// Called with a call that has ended, and when the session ends; for the parts.
const whenCallEnds = new Set();
const whenSessionEnds = new Set();

function isObject(value) {
    return value !== null && typeof value === 'object';
}

function note(text) {
    host.log('event', text);
}

function emit(effect) {
    host.emit(stringify(effect));
}

// Values from a scenario are often not of the promised type; a number is as
// good as a string, anything else counts as not given.
function asText(value, otherwise = '') {
    if (typeof value === 'string') return value;
    if (typeof value === 'number') return String(value);
    return otherwise;
}

// Bytes as the host takes them: text, or a plain array of numbers.
function plainBytes(data) {
    // They exist only where a scenario names one of them.
    if (typeof ArrayBuffer === 'undefined') return data;
    if (data instanceof ArrayBuffer) return Array.from(new Uint8Array(data));
    return ArrayBuffer.isView(data) ? Array.from(data) : data;
}

// Pairs of what may travel. `closing` is for what ends a call: it may say why (RFC 3326).
function sipHeaders(headers, closing) {
    if (headers === null || typeof headers !== 'object') return [];
    return part('headers').sipHeaders(headers, closing);
}

function headerObject(pairs) {
    const headers = {};
    for (const [key, value] of pairs) headers[key] = value;
    return headers;
}

function keyValues(pairs) {
    return pairs.map(([key, value]) => ({ key, value }));
}
