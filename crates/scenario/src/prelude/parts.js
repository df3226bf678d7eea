// Parts of the API that not every scenario needs. Each is loaded when one of its
// names is first read: a session pays in memory and time only for what it uses.

const { stringify, parse } = JSON;
const { defineProperty, hasOwn } = Object;
const RealDate = Date;

const partsLoaded = {};

function part(name) {
    if (!partsLoaded[name]) partsLoaded[name] = host.part(name)(host, own());
    return partsLoaded[name];
}

// What a part gives by that name; without a part the global of that name.
function member(from, name) {
    if (!from) return globalThis[name];
    const { members } = part(from);
    return typeof members === 'function' ? members(name) : members[name];
}

// What the parts stand on.
function own() {
    return {
        part, partsLoaded, Emitter, VoxEngine, RealDate, app, calls, units, lazily, lazyEvents, member, parse, stringify,
        fire, hears, emit, note, watch, later, bindOnRead, asText, isObject, logText, plainBytes, headerObject, keyValues,
        sipHeaders, newCall, callFields, callStateOf, callOfUnit, stateOfCall, mayAnswer, enterState, endCall, dropPlayback,
        whenCallEnds, whenSessionEnds, onUnit, sendMedia, stopMedia, sendMediaBetween, forgetUnit, markerTimer, clearMarker,
        terminate, started: () => startedFields, sessionURL: () => sessionURL,
    };
}

// --- Names that are there before what they mean is loaded ---------------------------------

// Objects whose members are made when they are first read. The host knows their names
// and what they are (members.rs); what is `meant` makes a member of that.
const lazyObjects = new Map(); // object -> { table, meant }
// Once a scenario asks for more than a member, all names are there in their order, and
// a mark of its part stands in the place of a method that was not read yet.
const marks = new Map(); // mark -> part

function put(object, name, value) {
    defineProperty(object, name, { value, writable: true, configurable: true, enumerable: true });
}

function settle(object, name) {
    const lazy = lazyObjects.get(object);
    if (lazy && typeof name === 'string' && !hasOwn(object, name)) {
        const known = host.member(lazy.table, name);
        if (known !== undefined) put(object, name, lazy.meant(known, name));
        return;
    }
    const from = hasOwn(object, name) ? marks.get(object[name]) : undefined;
    if (from) put(object, name, member(from, name));
}

function settleAll(object) {
    const lazy = lazyObjects.get(object);
    if (!lazy) return;
    lazyObjects.delete(object);
    const known = host.members(lazy.table);
    for (let at = 0; at < known.length; at += 2) {
        const name = known[at];
        let value = object[name];
        if (!hasOwn(object, name)) {
            value = known[at + 1];
            if (lazy.meant === member) marks.set((value = {}), known[at + 1]);
        }
        delete object[name];
        put(object, name, value);
    }
}

// Handlers of proxies around lazy objects: reading one member is left to `get`. What
// else may tell which members there are does so when all names are there.
const askedForMore = new Proxy(
    {},
    {
        get: (_, trap) => (target, ...details) => {
            settleAll(target);
            if (trap === 'getOwnPropertyDescriptor') settle(target, details[0]);
            return Reflect[trap](target, ...details);
        },
    },
);

function lazyHandler(get) {
    const plain = { get, set: undefined, getPrototypeOf: undefined, setPrototypeOf: undefined, isExtensible: undefined };
    return Object.setPrototypeOf(plain, askedForMore);
}

const readMember = lazyHandler((target, name, receiver) => {
    settle(target, name);
    return Reflect.get(target, name, receiver);
});

// An object with members of a table as a scenario sees it.
function lazily(object, table, meant) {
    lazyObjects.set(object, { table, meant });
    return new Proxy(object, readMember);
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

// Timers of the API itself: not among the scenario's hundred.
function markerTimer(ms, callback) {
    return part('timers').markerTimer(ms, callback);
}

function clearMarker(id) {
    if (partsLoaded.timers) part('timers').clearMarker(id);
}
