// Net.sendMail: one mail by SMTP. The session counts and queues them (2 at a time).

const SMTP_PORT = 25;
const pendingMails = new Map(); // id -> settle

// An address, several with commas, or a list.
function addresses(value) {
    const list = Array.isArray(value) ? value : asText(value).split(',');
    return list.map((item) => asText(item).trim()).filter((item) => item !== '');
}

function sendMail(server, from, to, title, body, options, settle) {
    const o = isObject(options) ? options : {};
    const given = (value) => asText(value, null) || null;
    const port = Math.trunc(Number(o.port));
    const spec = {
        server: asText(server).trim(),
        port: port > 0 && port < 65536 ? port : SMTP_PORT,
        from: asText(from).trim(),
        to: addresses(to),
        cc: addresses(o.cc),
        bcc: addresses(o.bcc),
        title: asText(title),
        body: asText(body),
        html: given(o.html),
        login: given(o.login),
        password: given(o.password),
    };
    pendingMails.set(host.mail(stringify(spec)), settle);
}

function mailAnswer({ request, code, error }) {
    const settle = pendingMails.get(request);
    if (!settle) return;
    pendingMails.delete(request);
    settle(error ? { code, error } : { code });
}

class HttpRequestOptions {}

const members = {
    // The callback comes before the options.
    sendMail(server, from, to, title, body, callback, options) {
        sendMail(server, from, to, title, body, options, (result) => {
            if (typeof callback === 'function') callback(result);
        });
    },
    sendMailAsync: (server, from, to, title, body, options) =>
        new Promise((resolve) => sendMail(server, from, to, title, body, options, resolve)),
    HttpRequestOptions,
};
