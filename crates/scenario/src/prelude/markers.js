// Pauses of a playback, and the markers that it has still to pass.

const { markerTimer, clearMarker } = part('timers');

const LATE_MS = 500; // the clock may be so far behind the audio
const MARKERS_MAX = 100; // of one playback: each is a timer outside the heap

function addMarker(playback, offset) {
    const ms = Math.round(Number(offset));
    if (!Number.isFinite(ms)) throw new TypeError('addMarker: the offset is a number of milliseconds');
    const markers = playback.markers || (playback.markers = []);
    if (markers.length >= MARKERS_MAX) throw new Error(`more than ${MARKERS_MAX} markers`);
    const marker = { offset: ms, timer: 0 };
    markers.push(marker);
    if (playback.since !== null) armOne(playback, marker);
}

function pause(playback) {
    if (!playback.isLive()) return;
    emit({ effect: 'pause_player', player: playback.id });
    playback.paused = true;
    if (playback.since === null) return;
    playback.playedMs += host.now() - playback.since;
    playback.since = null;
    if (playback.markers) disarm(playback);
}

function resume(playback) {
    if (!playback.isLive()) return;
    emit({ effect: 'resume_player', player: playback.id });
    playback.paused = false;
    if (playback.duration !== null && playback.since === null) playback.begin();
}

// Milliseconds from the beginning; negative offsets count from the end.
function placeOf({ duration }, { offset }) {
    return offset < 0 ? duration + offset : offset;
}

function armOne(playback, marker) {
    const place = placeOf(playback, marker);
    const left = place - playback.playedMs - (host.now() - playback.since);
    if (marker.timer !== 0 || left < 0 || place > playback.duration) return;
    marker.timer = markerTimer(left, () => {
        playback.markers.splice(playback.markers.indexOf(marker), 1);
        playback.hooks.marker(marker.offset);
    });
}

function arm(playback) {
    for (const marker of playback.markers) armOne(playback, marker);
}

function disarm({ markers }) {
    for (const marker of markers) {
        clearMarker(marker.timer);
        marker.timer = 0;
    }
}

// The end comes from the audio, markers from the clock: those that the clock has
// not reached yet come first.
function tellLate(playback) {
    const { duration, markers } = playback;
    playback.markers = null;
    for (const marker of markers) {
        const place = placeOf(playback, marker);
        if (place >= 0 && place <= duration && place >= duration - LATE_MS) playback.hooks.marker(marker.offset);
    }
}
