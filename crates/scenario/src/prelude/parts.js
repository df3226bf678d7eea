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
        part, partsLoaded, Emitter, AppEvents, CallEvents, VoxEngine, RealDate, app, calls, units, names, parse, stringify,
        fire, hears, emit, note, watch, later, bindOnRead, asText, isObject, logText, plainBytes, headerObject, keyValues,
        sipHeaders, newCall, callFields, callStateOf, callOfUnit, stateOfCall, mayAnswer, enterState, endCall, dropPlayback,
        whenCallEnds, whenSessionEnds, onUnit, sendMedia, stopMedia, sendMediaBetween, forgetUnit, markerTimer, clearMarker,
        terminate, started: () => startedFields, sessionURL: () => sessionURL,
    };
}

// --- Names that are there before what they mean is loaded ---------------------------------

// Until a member is first read a mark of its part stands in its place, so that names,
// their order and what is enumerable are right from the beginning.
const marks = new Map(); // mark -> part

function mark(from) {
    const own = {};
    marks.set(own, from);
    return own;
}

function settle(object, name) {
    const from = hasOwn(object, name) ? marks.get(object[name]) : undefined;
    if (from) object[name] = member(from, name);
}

// An object with marks as a scenario sees it.
function lazily(object) {
    return new Proxy(object, {
        get(target, name, receiver) {
            settle(target, name);
            return Reflect.get(target, name, receiver);
        },
        getOwnPropertyDescriptor(target, name) {
            settle(target, name);
            return Reflect.getOwnPropertyDescriptor(target, name);
        },
    });
}

// A global that is made when it is first read. A scenario may put its own value there
// instead. Not enumerable, like the language's own globals.
function defineLazily(object, name, from) {
    const put = (value) => defineProperty(object, name, { value, writable: true, configurable: true, enumerable: false });
    defineProperty(object, name, {
        get() {
            const value = member(from, name);
            put(value);
            return value;
        },
        set: put,
        configurable: true,
    });
}

const LEGS = mark('legs');
const TRANSFERS = mark('transfers');
const LISTENING = mark('listening');
const SOUNDS = mark('sounds');
const PLAYERS = mark('players');
const VOICE = mark('voice');
const UNITS = mark('units');
const DIAL = mark('dial');
const FORWARD = mark('forward');
const QUEUES = mark('queues');
const SPEECH = mark('speech');
const SOCKETS = mark('sockets');
const SEQUENCE = mark('sequence');

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
