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

const inputs = {
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

const members = {
    setTimeout: (callback, delay, ...args) => startTimer(callback, delay, args, false),
    setInterval: (callback, delay, ...args) => startTimer(callback, delay, args, true),
    clearTimeout: (id) => stopTimer(id),
    clearInterval: (id) => stopTimer(id),
};

// The session ends, and all timers of the scenario.
function endTimers() {
    timers.clear();
}
