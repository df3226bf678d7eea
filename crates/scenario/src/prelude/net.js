// Net: HTTP requests. The session counts and queues them (3 at a time).

const { entries } = Object;

const pendingRequests = new Map(); // id -> { settle }

// An object, or an array of "Name: value" strings.
function httpHeaders(headers) {
    const pairs = [];
    if (Array.isArray(headers)) {
        for (const line of headers) {
            const text = asText(line);
            const colon = text.indexOf(':');
            if (colon > 0) pairs.push([text.slice(0, colon).trim(), text.slice(colon + 1).trim()]);
            else note('httpRequest: a header without a colon is left out');
        }
    } else if (isObject(headers)) {
        for (const [key, value] of entries(headers)) pairs.push([key, String(value)]);
    }
    if (!pairs.some(([key]) => key.toLowerCase() === 'user-agent')) {
        pairs.push(['User-Agent', 'VoxEngine/1.0']);
    }
    return pairs;
}

function withParams(url, params) {
    if (!isObject(params)) return url;
    const query = entries(params)
        .map(([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(String(value))}`)
        .join('&');
    if (!query) return url;
    const [address, ...fragment] = url.split('#');
    return [address + (address.includes('?') ? '&' : '?') + query, ...fragment].join('#');
}

// A scenario can only make a limit shorter.
function limitedMs(seconds, most) {
    const given = Number(seconds);
    return Math.round((given > 0 && given < most ? given : most) * 1000);
}

function startRequest(url, options, settle) {
    const o = isObject(options) ? options : {};
    const spec = {
        method: asText(o.method, 'GET').toUpperCase(),
        url: withParams(asText(url), o.params),
        headers: httpHeaders(o.headers),
        body: [],
        timeout_ms: limitedMs(o.timeout, host.limit('http_timeout_s')),
        connect_timeout_ms: limitedMs(o.connectionTimeout, host.limit('http_connect_s')),
    };
    if (o.enableSystemLog && o.postData !== undefined) {
        note(`request body: ${part('logs').logText(o.postData)}`);
    }
    const body = typeof o.postData === 'number' ? String(o.postData) : plainBytes(o.postData);
    const id = host.http(stringify(spec), body, Boolean(o.rawOutput));
    pendingRequests.set(id, { settle });
}

const requests = {
    httpRequest(url, callback, options) {
        startRequest(url, options, (result) => {
            if (typeof callback === 'function') callback(result);
        });
    },
    httpRequestAsync(url, options) {
        return new Promise((resolve) => startRequest(url, options, resolve));
    },
};

// What else there is of it comes with mails.
const Net = lazily(requests, 'Net', member);

// A request to the backend of the queues: past the scenario's limits and not its business.
function backendAsked(path, body, settle) {
    const id = host.backend(path, body);
    if (id === 0) settle({ code: -8, text: '' });
    else pendingRequests.set(id, { settle });
}

const inputs = {
    // `text` and `data` come apart from the JSON: they may be 2 MB.
    http_response({ request: id, response }, text, data) {
        const request = pendingRequests.get(id);
        if (!request) return;
        pendingRequests.delete(id);
        const result = {
            code: response.code,
            text,
            headers: keyValues(response.headers),
            raw_headers: response.headers.map(([key, value]) => `${key}: ${value}`).join('\r\n'),
        };
        if (data !== undefined) result.data = data;
        if (response.error) result.error = response.error;
        request.settle(result);
    },
};
