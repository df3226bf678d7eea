// Who hears whom, so that a sequence player goes on only for those that still
// listen to it.
const hearing = new Map(); // 'call 1' -> { to, from: [units] }

// What can listen, and what of it hears all its sources and not just the last.
const SINKS = ['call', 'conference', 'recorder', 'web_socket', 'asr', 'amd'];
const MIXING = ['conference', 'recorder'];

function unitKey({ unit, id }) {
    return `${unit} ${id}`;
}

// `parameters` say how audio travels in a WebSocket.
function sendMedia(from, sink, parameters) {
    let to = units.get(sink);
    if (!to || !SINKS.includes(to.unit)) throw new TypeError('sendMediaTo: not a unit that can listen');
    if (to.unit === 'web_socket') to = part('sockets').openStream(sink, parameters);
    if (to.unit === 'amd') part('amd').heardBy(sink, from);
    const key = unitKey(to);
    const link = hearing.get(key) || { to, from: [] };
    if (!MIXING.includes(to.unit)) link.from = [];
    if (!link.from.includes(from)) link.from.push(from);
    hearing.set(key, link);
    emit({ effect: 'send_media', from, to });
}

function stopMedia(from, sink, parameters) {
    const to = units.get(sink);
    if (!to) throw new TypeError('stopMediaTo: not a media unit');
    const sinks = to.unit === 'web_socket' ? part('sockets').openStreams(sink, parameters) : [to];
    for (const one of sinks) {
        const link = hearing.get(unitKey(one));
        if (link) leave(link, from);
        emit({ effect: 'stop_media', from, to: one });
    }
}

function leave(link, gone) {
    const heard = link.from.includes(gone);
    link.from = link.from.filter((unit) => unit !== gone);
    if (heard && link.to.unit === 'web_socket') part('sockets').endStream(link.to);
}

// A unit is gone: it neither hears nor is heard.
function forgetUnit(gone) {
    hearing.delete(unitKey(gone));
    for (const link of hearing.values()) leave(link, gone);
}

function sendMediaBetween(a, b) {
    a.sendMediaTo(b);
    b.sendMediaTo(a);
}

function stopMediaBetween(a, b) {
    a.stopMediaTo(b);
    b.stopMediaTo(a);
}

const members = {
    // Of a call.
    sendMediaTo(unit, parameters) {
        sendMedia(units.get(this), unit, parameters);
    },
    stopMediaTo(unit, parameters) {
        stopMedia(units.get(this), unit, parameters);
    },
    // Of the namespace.
    sendMediaBetween,
    stopMediaBetween,
};
