// Requests at the access URL.

// The answer to a request on the access URL: strings and numbers as they are,
// nothing as an empty body, anything else as JSON.
function respond(token, value) {
    if (value === undefined) host.respond(token, 200, 'text/plain; charset=utf-8', '');
    else if (typeof value === 'string' || typeof value === 'number') {
        host.respond(token, 200, 'text/plain; charset=utf-8', String(value));
    } else host.respond(token, 200, 'application/json', stringify(value) || 'null');
}

// The whole path as the far end asked for it, with the access URL's own part before
// what comes after it: as on the cloud.
function requestPath(rest) {
    const own = sessionURL().replace(/^\w+:\/\/[^/]*/, '');
    return own + (rest === '/' ? '' : rest.replace(/^\/\?/, '?'));
}

const inputs = {
    access_request({ token, method, path, content, headers }) {
        if (partsLoaded.queues && part('queues').onCommand({ token, path, content })) return;
        if (!hears(app, 'Application.HttpRequest')) note('no handler for Application.HttpRequest');
        const result = fire(app, 'Application.HttpRequest', {
            method,
            path: requestPath(path),
            content,
            headers: keyValues(headers),
        });
        if (result instanceof Promise) {
            result.then(
                (value) => respond(token, value),
                (error) => {
                    host.log('error', `HttpRequest handler: ${part('logs').logText(error)}`);
                    host.respond(token, 500, 'text/plain; charset=utf-8', '');
                },
            );
        } else respond(token, result);
    },
};
