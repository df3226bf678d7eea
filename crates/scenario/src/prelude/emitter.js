// Every object of the API that has events. Handlers run in the order in which
// they were added; the same handler may be added twice, as on the cloud.

const { stringify, parse } = JSON;
const { defineProperty, entries } = Object;

// Set by the static block below: only this prelude may fire events.
let fire;
let hears;

// Handlers of the API itself, which no scenario can remove: object -> (event, fields).
const watchers = new WeakMap();

function watch(target, watcher) {
    watchers.set(target, watcher);
}

// A scenario that puts its own function here sees every event before its handlers.
function onPhoneEvent() {}

// Event name -> what to do when an object gets a handler of it.
const whenHeard = {};

class Emitter {
    #handlers = new Map();

    addEventListener(event, handler) {
        if (typeof event !== 'string') {
            note(`addEventListener: ${String(event)} is not an event, ignored`);
            return;
        }
        const list = this.#handlers.get(event);
        if (list) list.push(handler);
        else this.#handlers.set(event, [handler]);
        if (whenHeard[event]) whenHeard[event](this);
    }

    removeEventListener(event, handler) {
        if (handler === undefined) {
            this.#handlers.delete(event);
            return;
        }
        const list = this.#handlers.get(event);
        const at = list ? list.indexOf(handler) : -1;
        if (at >= 0) list.splice(at, 1);
    }

    static {
        hears = (target, name) => Boolean(target.#handlers.get(name)?.length);

        // Calls every handler with one object and returns the first result
        // that is not undefined. A handler removed by an earlier one is skipped.
        fire = (target, name, fields) => {
            watchers.get(target)?.(name, fields);
            const list = target.#handlers.get(name);
            const hook = globalThis.onPhoneEvent;
            const hooked = hook !== onPhoneEvent && typeof hook === 'function';
            if (!hooked && (!list || list.length === 0)) return undefined;
            const event = { name, ...fields };
            if (hooked) hook(event);
            if (!list) return undefined;
            let result;
            for (const handler of list.slice()) {
                const now = target.#handlers.get(name);
                if (!now || !now.includes(handler)) continue;
                if (typeof handler !== 'function') {
                    throw new TypeError(`the handler of ${name} is not a function`);
                }
                const value = handler(event);
                if (result === undefined) result = value;
            }
            return result;
        };
    }
}

// Scenarios pass methods around without their object, as in
// setTimeout(call.hangup, 1000). A method is bound when it is first read and
// kept on its object, so a session pays only for the methods that it uses. The
// proxy sits above the class: one for all methods, where accessors would cost
// two functions for each.
function bindOnRead(Class) {
    const proto = Class.prototype;
    const methods = Object.create(Object.getPrototypeOf(proto));
    for (const name of Object.getOwnPropertyNames(proto)) {
        if (name === 'constructor') continue;
        methods[name] = proto[name];
        delete proto[name];
    }
    Object.setPrototypeOf(proto, new Proxy(methods, { get: readBound }));
}

function readBound(methods, name, object) {
    const method = Reflect.get(methods, name, object);
    if (!Object.hasOwn(methods, name) || object === methods) return method;
    const value = method.bind(object);
    defineProperty(object, name, { value, writable: true, configurable: true });
    return value;
}
bindOnRead(Emitter);

// After the running callback, as events of the engine come.
function later(callback) {
    Promise.resolve().then(callback);
}

// Called with a call that has ended, and when the session ends; for the parts.
const whenCallEnds = new Set();
const whenSessionEnds = new Set();

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

// Only these headers cross to and from SIP (header rules of the platform).
const HEADER_NAME = /^(X-[!-9;-~]+|User-to-User|VI-[!-9;-~]+)$/i;

// `closing` is for what ends a call: it may say why (RFC 3326).
function sipHeaders(headers, closing) {
    const pairs = [];
    if (headers === null || typeof headers !== 'object') return pairs;
    const [most, mostOfAll] = [host.limit('header_bytes'), host.limit('headers_bytes')];
    let total = 0;
    for (const [key, value] of entries(headers)) {
        const line = asText(value, String(value)).replace(/[\r\n]+/g, ' ');
        const size = host.size(key + line) + 4;
        const allowed = HEADER_NAME.test(key) || (closing && /^reason$/i.test(key));
        if (!allowed) note(`header ${key} left out: only X-*, VI-* and User-to-User travel`);
        else if (size > most) {
            note(`header ${key} left out: ${size} bytes, one may have ${most}`);
        } else if (total + size > mostOfAll) {
            note(`header ${key} left out: all together may have ${mostOfAll} bytes`);
        } else {
            total += size;
            pairs.push([key, line]);
        }
    }
    return pairs;
}

function headerObject(pairs) {
    const headers = {};
    for (const [key, value] of pairs) headers[key] = value;
    return headers;
}

function keyValues(pairs) {
    return pairs.map(([key, value]) => ({ key, value }));
}
