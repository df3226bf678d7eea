// What a scenario keeps or reports outside its session.

// --- CallList: the result of a task of a call list ---------------------------------

function reportTask(kind, data) {
    const text = data === undefined ? '' : typeof data === 'string' ? data : stringify(data);
    emit({ effect: 'task_report', kind, data: text || '' });
    return Promise.resolve({ result: true });
}

const CallList = {};
for (const [name, kind] of [
    ['reportResult', 'result'],
    ['reportError', 'error'],
    ['reportProgress', 'progress'],
    ['requestNextAttempt', 'next_attempt'],
]) {
    CallList[`${name}Async`] = (data) => reportTask(kind, data);
    CallList[name] = (data, callback) => {
        const done = reportTask(kind, data);
        if (typeof callback === 'function') done.then((answer) => callback(answer));
    };
}

// --- ApplicationStorage: keys and values of all sessions ------------------------------

const storageRequests = new Map(); // number -> { resolve, reject, read }
let lastStorageRequest = 0;

function askStorage(operation, read) {
    lastStorageRequest += 1;
    const request = lastStorageRequest;
    return new Promise((resolve, reject) => {
        storageRequests.set(request, { resolve, reject, read });
        emit({ effect: 'storage', request, operation });
    });
}

function storageText(what, value, most) {
    const text = asText(value, null);
    if (text === null || text.length > most || (what === 'key' && !text)) {
        throw new TypeError(`ApplicationStorage: the ${what} is a text of at most ${most} characters`);
    }
    return text;
}

const asItem = ({ items: [item] }) =>
    item ? { key: item.key, value: item.value, expireAt: Math.floor(item.expire_at_ms / 1000) } : null;

// Async, so that a wrong argument rejects the promise as an answer would.
const ApplicationStorage = {
    async get(key) {
        return askStorage({ op: 'get', key: storageText('key', key, host.limit('storage_key_chars')) }, asItem);
    },
    async put(key, value, ttl) {
        const most = host.limit('storage_ttl_s');
        const seconds = ttl === undefined ? most : Number(ttl);
        if (!(seconds >= 0 && seconds <= most)) {
            throw new RangeError(`ApplicationStorage: the ttl is from 0 to ${most} seconds`);
        }
        const operation = {
            op: 'put',
            key: storageText('key', key, host.limit('storage_key_chars')),
            value: storageText('value', value, host.limit('storage_value_chars')),
            ttl_s: Math.round(seconds),
        };
        return askStorage(operation, asItem);
    },
    async remove(key) {
        return askStorage({ op: 'remove', key: storageText('key', key, host.limit('storage_key_chars')) }, asItem);
    },
    async keys(pattern, count) {
        const most = Number(count) > 0 ? Math.round(Number(count)) : 1000;
        return askStorage({ op: 'keys', pattern: asText(pattern, '*'), count: Math.min(most, 1000) }, ({ items }) => ({
            keys: items.map(({ key }) => key),
        }));
    },
};
ApplicationStorage.delete = ApplicationStorage.remove; // the old name

function storageAnswer({ request: id, items, error }) {
    const request = storageRequests.get(id);
    if (!request) return;
    storageRequests.delete(id);
    if (error) request.reject(new Error(error));
    else request.resolve(request.read({ items }));
}

// --- Time of day elsewhere ------------------------------------------------------------

// A Date whose UTC fields show the wall clock of the zone.
function getLocalTime(timezone, date) {
    const at = date === undefined ? host.now() : Number(date);
    const { Date: SessionDate } = part('date');
    return new SessionDate(at + host.zoneOffset(asText(timezone), at));
}

// --- Telephone numbers ----------------------------------------------------------------

const PhoneNumber = {
    getInfo: (number, country) => parse(host.phoneInfo(asText(number), asText(country))),
};
