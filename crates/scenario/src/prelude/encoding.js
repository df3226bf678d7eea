// Small helpers of the platform. Byte arrays are plain arrays of numbers.

function bytes2hex(data, toUpperCase) {
    const hex = Array.from(data, (byte) => (byte & 255).toString(16).padStart(2, '0')).join('');
    return toUpperCase ? hex.toUpperCase() : hex;
}

function hex2bytes(hex) {
    const text = asText(hex);
    const bytes = [];
    for (let at = 0; at + 1 < text.length; at += 2) bytes.push(parseInt(text.slice(at, at + 2), 16));
    return bytes;
}

function uuidgen() {
    const bytes = hex2bytes(host.digest('sha256', host.unique())).slice(0, 16);
    bytes[6] = (bytes[6] & 0x0f) | 0x40; // version 4
    bytes[8] = (bytes[8] & 0x3f) | 0x80; // RFC 9562 variant
    const hex = bytes2hex(bytes);
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

function levenshtein_distance(first, second) {
    const a = asText(first);
    const b = asText(second);
    let row = Array.from({ length: b.length + 1 }, (_, at) => at);
    for (let i = 1; i <= a.length; i += 1) {
        const next = [i];
        for (let j = 1; j <= b.length; j += 1) {
            const replace = row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
            next.push(Math.min(replace, row[j] + 1, next[j - 1] + 1));
        }
        row = next;
    }
    return row[b.length];
}

const md5 = (data) => host.digest('md5', plainBytes(data));
const sha1 = (data) => host.digest('sha1', plainBytes(data));
const sha256 = (data) => host.digest('sha256', plainBytes(data));
const hmac_sha256 = (key, data) => host.hmac(plainBytes(key), plainBytes(data));

const members = {
    base64_encode: (data) => host.base64Encode(plainBytes(data)),
    base64_decode: (text) => host.base64Decode(asText(text)),
    str2bytes: (text) => host.bytes(asText(text)),
    bytes2str: (data) => host.text(plainBytes(data)),
    bytes2hex,
    hex2bytes,
    uuidgen,
    levenshtein_distance,
    md5,
    sha1,
    sha256,
    Crypto: { md5, sha1, sha256, hmac_sha256 },
};
