// What is no string as text for the log.

function logText(value) {
    if (typeof value === 'string') return value;
    if (value instanceof Error) return value.stack ? `${value}\n${value.stack}` : String(value);
    if (isObject(value) && !(value instanceof Emitter)) {
        try {
            return stringify(value);
        } catch (error) {
            return `an object that cannot be shown: ${error}`;
        }
    }
    return String(value);
}
