// Timers. When they are due is the session's business; here are the callbacks.

const timers = new Map(); // id -> { callback, args, repeats }
const markerTimers = new Map(); // id -> callback

function startTimer(callback, delay, args, repeats) {
    if (typeof callback !== 'function') throw new TypeError('a timer needs a function');
    const wanted = Number(delay);
    let ms = wanted > 0 ? Math.min(Math.round(wanted), 2 ** 40) : 0;
    if (repeats) ms = Math.max(ms, host.limit('interval_ms'));
    const most = host.limit('timers');
    if (timers.size >= most) throw new Error(`more than ${most} timers`);
    const id = host.timer(ms, repeats);
    // 0: the session is ending and starts no more timers.
    if (id !== 0) timers.set(id, { callback, args, repeats });
    return id;
}

function stopTimer(id) {
    if (timers.delete(id)) host.clearTimer(id);
}

// Timers of the API itself: not among the scenario's hundred.
function markerTimer(ms, callback) {
    const id = host.timer(Math.round(ms), false);
    if (id !== 0) markerTimers.set(id, callback);
    return id;
}

function clearMarker(id) {
    if (markerTimers.delete(id)) host.clearTimer(id);
}

const onTimer = {
    timer({ id }) {
        const marker = markerTimers.get(id);
        if (marker) {
            markerTimers.delete(id);
            marker();
            return;
        }
        const timer = timers.get(id);
        if (!timer) return;
        if (!timer.repeats) timers.delete(id);
        const { callback, args } = timer;
        callback(...args);
    },
};

// The scenario's clock is the session's: a session is a function of its inputs
// and can be replayed in virtual time.
const RealDate = Date;
RealDate.now = () => host.now();
const SessionDate = new Proxy(RealDate, {
    construct(target, args, newTarget) {
        return Reflect.construct(target, args.length === 0 ? [host.now()] : args, newTarget);
    },
    apply() {
        return new RealDate(host.now()).toString();
    },
});
defineProperty(RealDate.prototype, 'constructor', {
    value: SessionDate,
    writable: true,
    configurable: true,
});
