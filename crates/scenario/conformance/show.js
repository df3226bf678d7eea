// Loaded before every case: writes what a case is about to the log.

// An object of the API as the first word of its text, anything else as JSON.
const text = (value) => {
    const known = value !== null && typeof value === 'object' && !Array.isArray(value);
    const word = known ? String(value).split(' ')[0] : '[object';
    return word === '[object' ? String(JSON.stringify(value)) : word;
};

// An event with these of its fields.
const show = (event, fields = '') => {
    const named = fields.split(' ').filter((field) => field !== '');
    Logger.write([event.name, ...named.map((field) => `${field}=${text(event[field])}`)].join(' '));
};

const note = (label, value) => Logger.write(`${label}: ${text(value)}`);
