// Headers of a scenario on their way to SIP.

const { entries } = Object;

// Only these headers cross to and from SIP (header rules of the platform).
const HEADER_NAME = /^(X-[!-9;-~]+|User-to-User|VI-[!-9;-~]+)$/i;

function sipHeaders(headers, closing) {
    const pairs = [];
    const [most, mostOfAll] = [host.limit('header_bytes'), host.limit('headers_bytes')];
    let total = 0;
    for (const [key, value] of entries(headers)) {
        const line = asText(value, String(value)).replace(/[\r\n]+/g, ' ');
        const size = host.size(key + line) + 4;
        const allowed = HEADER_NAME.test(key) || (closing && /^reason$/i.test(key));
        if (!allowed) note(`header ${key} left out: only X-*, VI-* and User-to-User travel`);
        else if (size > most) {
            note(`header ${key} left out: ${size} bytes, one may have ${most}`);
        } else if (total + size > mostOfAll) {
            note(`header ${key} left out: all together may have ${mostOfAll} bytes`);
        } else {
            total += size;
            pairs.push([key, line]);
        }
    }
    return pairs;
}
