// Sounds that are fetched by more than a plain GET.

// `{url, method, headers: [{name, value}], body: {text} or {binary}}`.
function requestSource(request) {
    const method = asText(request.method, 'GET').toUpperCase();
    const headers = Array.isArray(request.headers) ? request.headers : [];
    const body = isObject(request.body) ? request.body : {};
    const bytes = plainBytes(body.text === undefined ? body.binary : asText(body.text));
    if (method === 'GET' && headers.length === 0 && bytes === undefined) return { kind: 'url', url: asText(request.url) };
    if (method !== 'GET' && method !== 'POST') throw new TypeError('createURLPlayer: the method is GET or POST');
    return {
        kind: 'request',
        spec: {
            method,
            url: asText(request.url),
            headers: part('net').httpHeaders(headers.map((h) => `${asText(h?.name)}: ${asText(h?.value)}`)),
            body: typeof bytes === 'string' ? host.bytes(bytes) : bytes || [],
            timeout_ms: host.limit('audio_fetch_s') * 1000,
            connect_timeout_ms: host.limit('http_connect_s') * 1000,
        },
    };
}

