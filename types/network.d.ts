// Requests, mail and WebSockets; part of voxengine.d.ts.

// --- HTTP -------------------------------------------------------------------------------

declare namespace Net {
    class HttpRequestOptions {
        /** GET unless given; any case. */
        method?: string;
        postData?: Bytes;
        /** An object, or strings of the form "Name: value". */
        headers?: { [name: string]: string } | string[];
        /** Appended to the URL. */
        params?: { [name: string]: string | number };
        /** The whole request, seconds, at most 90. */
        timeout?: number;
        /** Seconds, at most 6. */
        connectionTimeout?: number;
        /** Also gives `data`. */
        rawOutput?: boolean;
        /** Writes the body that is sent into the session log. */
        enableSystemLog?: boolean;
    }
    interface HttpRequestResult {
        /** HTTP status, or 0 limit, -1 unknown, -2 URL, -3 host, -4 connect,
         *  -5 redirects, -6 network, -7 timeout, -8 internal, -9 too large. */
        code: number;
        text: string;
        data?: number[];
        headers: KeyValue[];
        raw_headers: string;
        error?: string;
    }
    /** Three run at once, 35 in all with those that wait. Never rejects. */
    function httpRequestAsync(url: string, options?: HttpRequestOptions): Promise<HttpRequestResult>;
    function httpRequest(url: string, callback: (result: HttpRequestResult) => void, options?: HttpRequestOptions): void;
    /** Port 25 unless given; 465 speaks TLS at once. */
    type SendMailOptions = { html?: string; cc?: string | string[]; bcc?: string | string[]; port?: number; login?: string; password?: string };
    /** `code` is the reply of the SMTP server (250), or a code as of requests. */
    type SendMailResult = { code: number; error?: string };
    /** Two run at once, ten in all with those that wait. Never rejects. */
    function sendMailAsync(server: string, from: string, to: string | string[], title: string, body: string, options?: SendMailOptions): Promise<SendMailResult>;
    function sendMail(server: string, from: string, to: string | string[], title: string, body: string, callback: (result: SendMailResult) => void, options?: SendMailOptions): void;
}

// --- WebSockets -------------------------------------------------------------------------

/** `trace` writes messages into the session log, unless `privacy`. */
type WebSocketParameters = { protocols?: string | string[]; headers?: { name: string; value: string }[]; trace?: boolean; privacy?: boolean; statistics?: boolean };
/** How audio travels to a WebSocket: PCM8 unless given; a tag tells several streams apart. */
type SendMediaParameters = { encoding?: WebSocketAudioEncoding; tag?: string; customParameters?: { [name: string]: string } };
type WebSocketEvent = { websocket: WebSocket };
type WebSocketCloseEvent = WebSocketEvent & { code: number; reason: string; wasClean: boolean };
type WebSocketMessageEvent = WebSocketEvent & { text: string };
/** `mediaInfo.duration` is milliseconds of audio that came. */
type WebSocketMediaEvent = WebSocketEvent & { tag?: string; encoding?: WebSocketAudioEncoding; customParameters?: { [name: string]: string }; mediaInfo?: { duration: number } };
/** The on... properties are called right before the listeners. */
declare class WebSocket {
    constructor(url: string, parameters?: WebSocketParameters | string | string[]);
    onopen: ((event: WebSocketEvent) => void) | null;
    onclose: ((event: WebSocketCloseEvent) => void) | null;
    onerror: ((event: WebSocketEvent & { reason: string }) => void) | null;
    onmessage: ((event: WebSocketMessageEvent) => void) | null;
    oncreated: ((event: WebSocketEvent) => void) | null;
    onmediastarted: ((event: WebSocketMediaEvent) => void) | null;
    onmediaended: ((event: WebSocketMediaEvent) => void) | null;
    readonly readyState: 'connecting' | 'open' | 'closing' | 'closed';
    readonly url: string;
    id(): string;
    /** Anything but text is sent as JSON; 1 MiB at most. */
    send(data: unknown): void;
    close(code?: number, reason?: string): void;
    sendMediaTo(unit: unknown, parameters?: SendMediaParameters): void;
    stopMediaTo(unit: unknown, parameters?: { tag?: string }): void;
    /** Forgets what has come and was not heard yet. */
    clearMediaBuffer(parameters?: { tag?: string }): void;
    addEventListener(event: WebSocketEvents, handler: (event: any) => void): void;
    removeEventListener(event: WebSocketEvents, handler?: (event: any) => void): void;
}
