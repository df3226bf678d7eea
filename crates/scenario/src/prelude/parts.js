// Parts of the API that not every scenario needs. Each is loaded when one of its
// names is first read: a session pays in memory and time only for what it uses.

const { stringify, parse } = JSON;
const { defineProperty, hasOwn } = Object;
const RealDate = Date;

const partsLoaded = {};

function part(name) {
    if (!partsLoaded[name]) partsLoaded[name] = host.part(name)(host, own, RealDate);
    return partsLoaded[name];
}

// What a part gives by that name; without a part the global of that name.
function member(from, name) {
    if (!from) return globalThis[name];
    const { members } = part(from);
    return typeof members === 'function' ? members(name) : members[name];
}

// What the parts stand on.
let shared = null;

function own() {
    shared ??= {
        part, partsLoaded, Emitter, VoxEngine, app, calls, units, lazily, lazyEvents, member, parse, stringify,
        fire, hears, emit, note, watch, later, bindOnRead, asText, isObject, plainBytes, headerObject, keyValues,
        sipHeaders, newCall, callFields, stateOfCall, mayAnswer, enterState, endCall, dropPlayback,
        whenCallEnds, whenSessionEnds, onUnit, sendMedia, stopMedia, forgetUnit, terminate, marks, settle, put,
        started: () => startedFields, sessionURL: () => sessionURL,
    };
    return shared;
}

// --- Names that are there before what they mean is loaded ---------------------------------

// Objects whose members are made when they are first read are seen through a proxy. Its
// handler has the `table` in which the host knows their names and what they are
// (members.rs); what is `meant` makes a member of that.

// Once a scenario asks for more than a member, all names are there in their order, and
// a mark of its part stands in the place of a method that was not read yet.
const marks = new Map(); // mark -> part

function put(object, name, value) {
    defineProperty(object, name, { value, writable: true, configurable: true, enumerable: true });
}

function settle(handler, object, name) {
    if (handler.table && typeof name === 'string' && !hasOwn(object, name)) {
        const known = host.member(handler.table, name);
        if (known !== undefined) object[name] = handler.meant(known, name);
        return;
    }
    const from = hasOwn(object, name) ? marks.get(object[name]) : undefined;
    if (from) put(object, name, member(from, name));
}

// What handlers stand on: reading one member is left to `get`. What else may tell which
// members there are does so when all names are there.
const handler = {
    __proto__: new Proxy(
        {},
        {
            get: (_, trap) =>
                function (target, ...details) {
                    return part('whole').answer(this, target, trap, details);
                },
        },
    ),
    table: '',
    meant: member,
    set: undefined,
    getPrototypeOf: undefined,
    setPrototypeOf: undefined,
    isExtensible: undefined,
};

const readMember = {
    __proto__: handler,
    get(target, name, receiver) {
        // A member that was read before. An object may be a mark.
        const value = target[name];
        if (value !== undefined && typeof value !== 'object') return value;
        settle(this, target, name);
        return Reflect.get(target, name, receiver);
    },
};

// An object with members of a table as a scenario sees it.
function lazily(object, table, meant) {
    return new Proxy(object, { __proto__: readMember, table, meant });
}

// Event names: what the host knows of one is its string.
function lazyEvents(table) {
    return lazily({}, table, (text) => text);
}

// A global that is made when it is first read. A scenario may put its own value there
// instead. Not enumerable, like the language's own globals.
function defineLazily(object, name, from) {
    const set = (value) => defineProperty(object, name, { value, writable: true, configurable: true, enumerable: false });
    defineProperty(object, name, {
        get() {
            const value = member(from, name);
            set(value);
            return value;
        },
        set,
        configurable: true,
    });
}

// --- What the core and the parts need of other parts -----------------------------------------

// Events of units that a part has made: a part puts its handlers here.
const onUnit = {};

function sendMedia(from, sink, parameters) {
    part('media').sendMedia(from, sink, parameters);
}

function stopMedia(from, sink, parameters) {
    part('media').stopMedia(from, sink, parameters);
}

// A unit is gone: it neither hears nor is heard.
function forgetUnit(unit) {
    if (partsLoaded.media) part('media').forgetUnit(unit);
}
