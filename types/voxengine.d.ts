/// <reference path="enumerations.d.ts" />
/// <reference path="transfers.d.ts" />
/// <reference path="listening.d.ts" />
/// <reference path="phone-numbers.d.ts" />
/// <reference path="ivr.d.ts" />
/// <reference path="network.d.ts" />
// VoxEngine as Cordboard offers it today, for editors and type checkers:
//   /// <reference path="../types/voxengine.d.ts" />
// What is missing here is missing in Cordboard (docs/scenarios.md, "Not yet").
// Written from the documented behaviour; old positional forms are listed too.

/** Headers that cross to and from SIP: X-*, User-to-User, VI-*. */
type SipHeaders = { [name: string]: string };
type KeyValue = { key: string; value: string };
/** A string as UTF-8, or bytes. */
type Bytes = string | number[] | Uint8Array;

// --- Events of the session ------------------------------------------------------

declare enum AppEvents {
    CallAlerting = 'Application.CallAlerting',
    Started = 'Application.Started',
    HttpRequest = 'Application.HttpRequest',
    Terminating = 'Application.Terminating',
    Terminated = 'Application.Terminated',
    /** Named, not yet delivered. */
    WebSocket = 'AppEvents.NewWebSocketConnection',
    /** Named, not yet delivered. */
    NewWebSocketFailed = 'Application.OnNewWebSocketFailed',
}

interface StartedEvent {
    name: string;
    sessionId: number;
    /** POST here and the session gets AppEvents.HttpRequest. A secret. */
    accessURL: string;
    accessSecureURL: string;
    logURL: string;
    accountId: number;
    applicationId: number;
    /** The rule that chose the scenario. */
    dialplanName: string;
    /** Of a session that is a conference: its name or number. */
    conference_name?: string;
}

interface CallAlertingEvent {
    name: string;
    id: string;
    call: Call;
    callerid: string;
    /** What was dialled. */
    destination: string;
    displayName: string;
    fromURI: string;
    toURI: string;
    headers: SipHeaders;
    customData: string;
    scheme: object;
}

interface HttpRequestEvent {
    name: string;
    method: string;
    /** All of it: that of the access URL, what comes after it, and the query. */
    path: string;
    content: string;
    /** X-* only. */
    headers: KeyValue[];
}

interface EndingEvent {
    name: string;
    systemError: boolean;
}

interface AppEventMap {
    'Application.Started': StartedEvent;
    'Application.CallAlerting': CallAlertingEvent;
    'Application.HttpRequest': HttpRequestEvent;
    'Application.Terminating': EndingEvent;
    'Application.Terminated': EndingEvent;
}

// --- Calls ------------------------------------------------------------------------

declare enum CallEvents {
    AudioStarted = 'Call.AudioStarted',
    Connected = 'Call.Connected',
    Disconnected = 'Call.Disconnected',
    Failed = 'Call.Failed',
    InfoReceived = 'Call.InfoReceived',
    MessageReceived = 'Call.MessageReceived',
    OffHold = 'Call.OffHold',
    OnHold = 'Call.OnHold',
    PlaybackFinished = 'Call.PlaybackFinished',
    PlaybackReady = 'Call.PlaybackReady',
    PlaybackStarted = 'Call.PlaybackStarted',
    Ringing = 'Call.Ringing',
    ToneReceived = 'Call.ToneReceived',
    RtpResumed = 'Call.RtpResumed',
    RtpStopped = 'Call.RtpStopped',
    StateChanged = 'Call.StateChanged',
    FirstAudioPacketReceived = 'Call.FirstAudioPacketReceived',
    AudioQualityDetected = 'Call.AudioQualityDetected',
    BlindTransferRequested = 'Call.BlindTransferRequested',
    ReInviteAccepted = 'Call.ReInviteAccepted',
    ReInviteReceived = 'Call.ReInviteReceived',
    ReInviteRejected = 'Call.ReInviteRejected',
    TransferComplete = 'Call.TransferComplete',
    TransferFailed = 'Call.TransferFailed',
    MicStatusChange = 'Call.MicStatusChange',
    BeepDetectionComplete = 'Call.BeepDetectionComplete',
    BeepDetectionError = 'Call.BeepDetectionError',
    MediaStatisticsReceived = 'Call.MediaStatisticsReceived',
    Statistics = 'Call.Statistics',
    RecordStarted = 'Call.RecordStarted',
    RecordStopped = 'Call.RecordStopped',
    RecordError = 'Call.RecordError',
    ToneDetected = 'Call.ToneDetected',
    VoicemailToneDetected = 'Call.VoicemailToneDetected',
    VoicemailToneNotDetected = 'Call.VoicemailToneNotDetected',
    VoicemailPromptDetected = 'Call.VoicemailPromptDetected',
    VoicemailPromptNotDetected = 'Call.VoicemailPromptNotDetected',
    // Named, not yet delivered:
    AudioIdentificationStarted = 'Call.AudioIdentificationStarted',
    AudioIdentificationResult = 'Call.AudioIdentificationResult',
    AudioIdentificationStopped = 'Call.AudioIdentificationStopped',
    AudioIdentificationError = 'Call.AudioIdentificationError',
    FirstVideoPacketReceived = 'Call.FirstVideoPacketReceived',
    Forwarding = 'Call.Forwarding',
    PushSent = 'Call.PushSent',
    VideoTrackCreated = 'Call.Video.TrackCreated',
}

interface CallEvent {
    name: string;
    id: string;
    call: Call;
}

interface CallEventMap {
    'Call.Ringing': CallEvent & { headers: SipHeaders };
    /** `code` is 180 or 183. */
    'Call.AudioStarted': CallEvent & { headers: SipHeaders; code: number; scheme: object };
    'Call.Connected': CallEvent & { headers: SipHeaders; customData: string; scheme: object };
    /** Outgoing calls that were never answered; `code` is the SIP status. */
    'Call.Failed': CallEvent & { code: number; reason: string; headers: SipHeaders };
    /** `duration` in seconds; `internalCode` is the Q.850 cause. */
    'Call.Disconnected': CallEvent & {
        duration: number;
        cost: number;
        direction: string;
        internalCode: number;
        reason: string;
        headers: SipHeaders;
    };
    'Call.PlaybackReady': CallEvent;
    /** `duration` in milliseconds. */
    'Call.PlaybackStarted': CallEvent & { duration: number };
    'Call.PlaybackFinished': CallEvent & { error?: string };
    'Call.ToneReceived': CallEvent & { tone: string; type: DTMFType };
    'Call.MessageReceived': CallEvent & { text: string; headers: SipHeaders };
    'Call.InfoReceived': CallEvent & { mimeType: string; body: string; headers: SipHeaders };
    'Call.StateChanged': CallEvent & { oldState: string; newState: string };
    'Call.FirstAudioPacketReceived': CallEvent;
    'Call.AudioQualityDetected': CallEvent & { quality: CallAudioQuality };
    /** Nothing came for seven seconds. */
    'Call.RtpStopped': CallEvent;
    'Call.RtpResumed': CallEvent;
    'Call.OnHold': CallEvent;
    'Call.OffHold': CallEvent;
}

interface PlaybackParameters {
    loop?: boolean;
    progressivePlayback?: boolean;
}

declare class Call {
    private constructor();
    id(): string;
    callerid(): string;
    /** What was dialled. */
    number(): string;
    displayName(): string;
    state(): 'ALERTING' | 'PROGRESSING' | 'CONNECTED' | 'TERMINATED';
    incoming(): boolean;
    clientType(): string;
    customData(value?: string): string;
    toString(): string;

    addEventListener<E extends keyof CallEventMap>(event: E | `${E}`, handler: (e: CallEventMap[E]) => unknown): void;
    addEventListener(event: CallEvents, handler: (e: any) => unknown): void;
    /** Without a handler every handler of the event goes. */
    removeEventListener(event: CallEvents | string, handler?: (e: any) => unknown): void;

    answer(extraHeaders?: SipHeaders | null, parameters?: object): void;
    /** The same: media always goes through Cordboard. */
    answerDirect(peerCall: Call, extraHeaders?: SipHeaders): void;
    /** 180 to the caller. */
    ring(extraHeaders?: SipHeaders): void;
    /** 183 with media: players are heard before the answer. */
    startEarlyMedia(extraHeaders?: SipHeaders | null, scheme?: object): void;
    /** `code` from 300 to 699. */
    reject(code: number, extraHeaders?: SipHeaders): void;
    /** The old name of reject. */
    decline(code?: number, extraHeaders?: SipHeaders): void;
    hangup(extraHeaders?: SipHeaders): void;

    /** The unit hears this call from now on: a call nothing else, a conference and a recorder besides the others. */
    sendMediaTo(unit: MediaSink, parameters?: object): void;
    stopMediaTo(unit: MediaSink): void;
    /**
     * What the call says and hears, from its first audio to its end: RecordStarted, and
     * RecordStopped when the file is whole, after Disconnected. In stereo the call itself is on the left.
     */
    record(parameters?: RecordParameters): void;
    /** Speaks a text of at most 1,500 characters; PlaybackFinished always follows. */
    say(text: string, parameters?: SpeechParameters | string, ttsOptions?: TTSOptions): void;
    startPlayback(url: string, parameters?: PlaybackParameters | boolean): void;
    /** No PlaybackFinished follows. */
    stopPlayback(): void;
    playProgressTone(country: 'US' | 'RU' | string): void;

    /** ToneReceived comes only after this. */
    handleTones(doHandle: boolean, types?: DTMFType | DTMFType[]): void;
    /** 0-9, *, #, and p for a pause. */
    sendDigits(digits: string): void;
    /** At most 8,192 bytes. */
    sendMessage(text: string): void;
    /** At most 8,192 bytes. */
    sendInfo(mimeType: string, body: string, headers?: SipHeaders): void;
}

// --- Players ------------------------------------------------------------------------

declare enum PlayerEvents {
    Created = 'Player.Created',
    PlaybackReady = 'Player.PlaybackReady',
    Started = 'Player.Started',
    Stopped = 'Player.Stopped',
    PlaybackFinished = 'Player.PlaybackFinished',
    Error = 'Player.Error',
    PlaybackMarkerReached = 'Player.PlaybackMarkerReached',
    // Named, not yet delivered:
    PlaybackBuffering = 'Player.Buffering',
}

interface PlayerEvent {
    name: string;
    player: Player;
    /** Milliseconds, with Started. */
    duration?: number;
    /** Of the marker, with PlaybackMarkerReached. */
    offset?: number;
    /** With Error, and with PlaybackFinished after an error. */
    error?: string;
}

declare class Player {
    private constructor();
    id(): string;
    sendMediaTo(unit: MediaSink): void;
    stopMediaTo(unit: MediaSink): void;
    pause(): void;
    resume(): void;
    /** Milliseconds of sound; a negative offset counts from the end. Once, also in a loop. */
    addMarker(offset: number): void;
    /** Ends the player for good. */
    stop(): void;
    addEventListener(event: PlayerEvents, handler: (e: PlayerEvent) => unknown): void;
    removeEventListener(event: PlayerEvents, handler?: (e: PlayerEvent) => unknown): void;
}

/** With anything but a plain GET the file is fetched anew every time. */
interface URLPlayerRequest {
    url: string;
    method?: URLPlayerRequestMethod | string;
    headers?: { name: string; value: string }[];
    body?: { text: string } | { binary: number[] };
}

declare class SequencePlayer {
    private constructor();
    id(): string;
    sendMediaTo(unit: MediaSink): void;
    stopMediaTo(unit: MediaSink): void;
    pause(): void;
    resume(): void;
    /** Milliseconds inside the segment, whose number is from 0. */
    addMarker(offset: number, segment?: number): void;
    stop(): void;
    addEventListener(event: SequencePlayerEvents, handler: (e: any) => unknown): void;
    removeEventListener(event: SequencePlayerEvents, handler?: (e: any) => unknown): void;
}

/** How a text is spoken. Without a voice the language is that of its letters. */
interface SpeechParameters {
    /** A member of VoiceList. */
    voice?: string;
    /** The old key of `voice`. */
    language?: string;
    progressivePlayback?: boolean;
    ttsOptions?: TTSOptions;
}

/**
 * How a voice speaks: a word, a factor (1.5), percent ('150%', '+20%') or, for volume,
 * decibels ('+6dB'). Heeded where the speech command has a place for it; the session log
 * says otherwise, also of the cloud's further options.
 */
interface TTSOptions {
    /** 'x-slow', 'slow', 'medium', 'fast', 'x-fast'. */
    rate?: string | number;
    /** The same as `rate`, as a factor. */
    speed?: number;
    /** 'x-low', 'low', 'medium', 'high', 'x-high'. */
    pitch?: string | number;
    /** 'silent', 'x-soft', 'soft', 'medium', 'loud', 'x-loud'. */
    volume?: string | number;
    emotion?: string;
    effectsProfileId?: string;
    yandexCustomModelName?: string;
}

interface ASRParameters {
    /** A member of ASRProfileList, or a language such as 'en-US'. */
    profile?: string;
    /** The old key: a member of ASRLanguage. */
    lang?: string;
    phraseHints?: string[];
    /** The old key of phraseHints. */
    dict?: string[];
    /** An old key, and the old lists of phrases: without effect here. */
    dictionary?: string;
    /** Ends with the first result. */
    singleUtterance?: boolean;
    interimResults?: boolean;
    model?: string;
    profanityFilter?: boolean;
}

interface ASREvent {
    name: string;
    asr: ASR;
    /** With Result and InterimResult. */
    text?: string;
    /** 0 to 100, with Result. */
    confidence?: number;
    /** With ASRError. */
    error?: string;
    /** Seconds, with Stopped. */
    duration?: number;
    cost?: number;
}

/** Somebody who listens: `call.sendMediaTo(asr)`. */
declare class ASR {
    private constructor();
    id(): string;
    language(): string;
    dictionary(): string[];
    /** Nothing but Stopped follows. */
    stop(): void;
    addEventListener(event: ASREvents, handler: (e: ASREvent) => unknown): void;
    removeEventListener(event: ASREvents, handler?: (e: ASREvent) => unknown): void;
}

interface ACDEnqueueParameters {
    /** From 1, the highest, to 100; 50 unless given. */
    priority?: number;
    /** For the agent's phone; VI-CallTimeout is its ring time, seconds. */
    headers?: SipHeaders;
    customData?: string;
    video?: boolean;
}

interface ACDEvent {
    name: string;
    request: ACDRequest;
    /** Expected wait, minutes, with Waiting; null when there is no telling. */
    ewt?: number | null;
    /** With Waiting. */
    position?: number;
    /** With OperatorCallAttempt and OperatorReached; already connected then. */
    operatorCall?: Call;
    /** With OperatorFailed: the request goes on to the next agent. */
    operatorUserName?: string;
    statusCode?: number;
    /** With Error. */
    error?: string;
}

declare class ACDRequest {
    private constructor();
    id(): string;
    /** The answer comes as ACDEvents.Waiting. */
    getStatus(): void;
    /** Until an agent was reached. */
    cancel(): void;
    addEventListener(event: ACDEvents, handler: (e: any) => unknown): void;
    removeEventListener(event: ACDEvents, handler?: (e: any) => unknown): void;
}

interface SmartQueueTaskParameters {
    call: Call;
    queue: { id?: string | number; name?: string };
    /** Seconds until the task is cancelled. */
    timeout?: number;
    /** From 1, the highest, to 100; 50 unless given. */
    priority?: number;
    skills?: { name: string; level?: number }[];
    customData?: string | object;
    extraHeaders?: SipHeaders;
    /** One agent, by user name. SMART: anybody when this one is not free within `timeout` seconds; STRICT: nobody else. */
    operatorSettings?: { operatorId: string | number; mode?: SmartQueueOperatorSettingsMode; timeout?: number };
}

declare class SmartQueueTask {
    private constructor();
    readonly id: string;
    readonly status: 'DISTRIBUTING' | 'CONNECTING' | 'CONNECTED' | 'ENDED' | 'FAILED';
    readonly terminationStatus: number;
    readonly clientCall: Call | null;
    readonly agentCall: Call | null;
    readonly settings: SmartQueueTaskParameters;
    end(description?: string, terminationStatus?: number): void;
    addEventListener(event: SmartQueueEvents, handler: (e: any) => unknown): void;
    removeEventListener(event: SmartQueueEvents, handler?: (e: any) => unknown): void;
}

interface PlayerParameters extends PlaybackParameters {
    /** Silent until resume(). */
    onPause?: boolean;
    /** Of the cloud, without effect here: the session log shows neither. */
    hideHeaders?: boolean;
    hideBody?: boolean;
}

// --- VoxEngine --------------------------------------------------------------------------

interface CallUserParameters {
    username: string;
    callerid?: string;
    displayName?: string;
    /** VI-CallTimeout here sets the ring time, 10 to 400 s. */
    extraHeaders?: SipHeaders;
    amd?: AMD.AnsweringMachineDetector;
    /** Of the cloud, without effect here: calls are of audio, and we choose the codec. */
    video?: boolean;
    scheme?: object;
    analyticsLabel?: string;
    pushNotificationTimeout?: number;
}

interface CallSIPParameters {
    callerid?: string;
    displayName?: string;
    password?: string;
    authUser?: string;
    headers?: SipHeaders;
    outProxy?: string;
    /** `Ringing` is told even when it comes after early audio. */
    allow180After183?: boolean;
    amd?: AMD.AnsweringMachineDetector;
    /** Of the cloud, without effect here. */
    video?: boolean;
    scheme?: object;
}

/** What can hear. */
type MediaSink = Call | Conference | Recorder | ASR | WebSocket | AMD.AnsweringMachineDetector;
/** What both speaks and hears. */
type MediaPeer = Call | Conference | WebSocket;

interface RecordParameters {
    /** Two channels; call.record() only. */
    stereo?: boolean;
    /** At 16 kHz instead of 8. */
    hd_audio?: boolean;
    /** How long the recording is kept; as configured unless given. */
    expire?: RecordExpireTime;
    /** Beginning of the file's name. */
    recordNamePrefix?: string;
    name?: string;
    /** Of the cloud, without effect here: files are wav, and whoever has the URL may listen. */
    format?: string;
    lossless?: boolean;
    secure?: boolean;
    transcribe?: boolean;
    contentDispositionFilename?: string;
}

interface RecorderEvent {
    name: string;
    recorder: Recorder;
    /** Where the recording can be fetched once it is whole: whoever has it may listen. */
    url?: string;
    /** Seconds, and exact. */
    duration?: number;
    duration_ms?: number;
    cost?: number;
    /** Of the file, hexadecimal. */
    sha256?: string;
    error?: string;
}

/** Records whatever is sent to it, mixed. */
declare class Recorder {
    protected constructor();
    id(): string;
    /** Silence is recorded meanwhile. */
    mute(doMute: boolean): void;
    /** Stopped follows when the file is whole. */
    stop(): void;
    addEventListener(event: RecorderEvents, handler: (e: RecorderEvent) => unknown): void;
    removeEventListener(event: RecorderEvents, handler?: (e: RecorderEvent) => unknown): void;
}

/** What createRecorder({video: ...}) makes; the picture is not recorded. */
declare class ConferenceRecorder extends Recorder {
    setConference(conference: Conference): void;
    setPriority(priority: string[]): Promise<string[]>;
    getPriority(): Promise<string[]>;
    update(parameters: object): Promise<void>;
}

interface ConferenceEvent {
    name: string;
    conference: Conference;
    endpoint?: Endpoint;
    endpointId?: string;
    mode?: ConferenceMode;
    direction?: ConferenceDirection;
    code?: number;
    error?: string;
}

/** A call in a conference. */
interface Endpoint {
    id(): string;
    getCall(): Call;
    getMode(): ConferenceMode;
    getDirection(): ConferenceDirection;
    setDisplayName(displayName: string): void;
    manageEndpoint(parameters: { direction?: ConferenceDirection }): void;
}

/** Everybody hears all the others; at most 100 members. Join with sendMediaBetween. */
declare class Conference {
    private constructor();
    id(): string;
    sendMediaTo(unit: MediaSink, parameters?: object): void;
    stopMediaTo(unit: MediaSink): void;
    /** The same as sendMediaBetween, with an endpoint and its events. */
    add(parameters: { call: Call; mode?: ConferenceMode; direction?: ConferenceDirection; displayName?: string; scheme?: object }): Endpoint | null;
    get(id: string): Endpoint | null;
    getList(): Endpoint[];
    /** Stopped follows. */
    stop(): void;
    addEventListener(event: ConferenceEvents, handler: (e: ConferenceEvent) => unknown): void;
    removeEventListener(event: ConferenceEvents, handler?: (e: ConferenceEvent) => unknown): void;
}

// Names that the namespace below has for them too.
type CallListNamespace = typeof CallList;
type DTMFTypeEnum = typeof DTMFType;
type RecordExpireTimeEnum = typeof RecordExpireTime;

declare namespace VoxEngine {
    // Older releases had these here.
    const CallList: CallListNamespace;
    const DTMFType: DTMFTypeEnum;
    const RecordExpireTime: RecordExpireTimeEnum;
    /** At most 10 live at once. `hd_audio` mixes at 16 kHz. */
    function createConference(parameters?: { hd_audio?: boolean }): Conference;
    function destroyConference(conference: Conference): void;
    function createRecorder(parameters?: RecordParameters & { video?: boolean | object }): Recorder;
    /** The old form. */
    function createRecorder(name: string, secure?: boolean): Recorder;
    function addEventListener<E extends keyof AppEventMap>(event: E | `${E}`, handler: (e: AppEventMap[E]) => unknown): void;
    function addEventListener(event: AppEvents, handler: (e: any) => unknown): void;
    function removeEventListener(event: AppEvents | string, handler?: (e: any) => unknown): void;
    /** Ends the session after the running handler. */
    function terminate(): void;
    function customData(value?: string): string;
    function createWebSocket(url: string, parameters?: WebSocketParameters): WebSocket;
    /** Lets clients connect to the access URL: AppEvents.WebSocket. */
    function allowWebSocketConnections(): void;
    function enableTraceForIncomingWebsockets(): void;
    function disableTraceForIncomingWebsockets(): void;
    /** Statistics are a service of the cloud: these do nothing. */
    function enableStatisticsForIncomingWebsockets(): void;
    function disableStatisticsForIncomingWebsockets(): void;
    function getSecretValue(name: string): string | undefined;

    function callUser(parameters: CallUserParameters): Call;
    /** The old form. */
    function callUser(
        username: string,
        callerid?: string,
        displayName?: string,
        extraHeaders?: SipHeaders,
        video?: boolean,
        scheme?: object,
    ): Call;
    function callUser(username: string, parameters: Omit<CallUserParameters, 'username'>): Call;
    function callSIP(to: string, parameters?: CallSIPParameters): Call;
    function callSIP(
        to: string,
        callerid: string,
        displayName?: string,
        password?: string,
        authUser?: string,
        extraHeaders?: SipHeaders,
        video?: boolean,
        outProxy?: string,
    ): Call;
    /** Joins the session of that conference, or opens it. */
    function callConference(
        conferenceId: string,
        callerid: string,
        displayName?: string,
        headers?: SipHeaders,
        scheme?: object,
    ): Call;
    /** A leading + is left out. */
    function callPSTN(number: string, callerid?: string, parameters?: object): Call;
    /** No WhatsApp can be connected here: the call fails with 503. */
    function callWhatsappUser(parameters: {
        number: string;
        callerid: string;
        headers?: SipHeaders;
        disableDtxForAudio?: boolean;
    }): Call;

    function sendMediaBetween(a: MediaPeer, b: MediaPeer): void;
    function stopMediaBetween(a: MediaPeer, b: MediaPeer): void;
    /** Joins an incoming and an outgoing call; the session ends with either. */
    function easyProcess(
        incoming: Call,
        outgoing: Call,
        onEstablished?: ((a: Call, b: Call) => void) | null,
        direct?: boolean,
    ): void;
    function forwardCallToUser(onEstablished?: ((a: Call, b: Call) => void) | null, video?: boolean): void;
    function forwardCallToSIP(onEstablished?: ((a: Call, b: Call) => void) | null, video?: boolean): void;
    function forwardCallToPSTN(
        numberTransform?: ((dialled: string) => string) | null,
        onEstablished?: ((a: Call, b: Call) => void) | null,
        options?: { callerid?: string; followDiversion?: boolean },
    ): void;
    function playSoundAndHangup(url: string): void;

    /** mp3 or wav; at most 10 players live at once. */
    function createURLPlayer(request: string | URLPlayerRequest, parameters?: PlayerParameters): Player;
    function createURLPlayer(url: string, loop?: boolean, onPause?: boolean): Player;
    /** The segments one after the other. */
    function createSequencePlayer(parameters: {
        segments: ({ url: string } | { text: string; parameters?: SpeechParameters })[];
        onPause?: boolean;
    }): SequencePlayer;
    /** A text, spoken: at most 1,500 characters. Without a voice it ends with an error at once. */
    function createTTSPlayer(text: string, parameters?: SpeechParameters & PlayerParameters): Player;
    function createTTSPlayer(text: string, language?: string, ttsOptions?: TTSOptions, onPause?: boolean): Player;
    /** A place in a queue of the backend; the agent who gets it is dialled by the session. */
    function enqueueACDRequest(queueName: string, callerid: string, parameters?: ACDEnqueueParameters): ACDRequest;
    function enqueueTask(parameters: SmartQueueTaskParameters): SmartQueueTask;
    /** Listens to whoever is sent to it. */
    function createASR(parameters?: ASRParameters): ASR;
    /** The other names of callUser: media always goes through Cordboard. */
    function callUserDirect(incoming: Call, username: string, parameters?: Omit<CallUserParameters, 'username'>): Call;
    function callUserDirect(
        incoming: Call,
        username: string,
        callerid?: string,
        displayName?: string,
        extraHeaders?: SipHeaders,
    ): Call;
    function forwardCallToUserDirect(onEstablished?: (a: Call, b: Call) => void): void;
    function createToneScriptPlayer(script: string, parameters?: PlayerParameters | boolean): Player;
    /** @deprecated use createToneScriptPlayer */
    function createToneScript(script: string, loop?: boolean): Player;
}

// --- Small things -------------------------------------------------------------------------

/** Keys of all sessions, kept over restarts. Keys up to 200, values up to 2,000 characters. */
declare namespace ApplicationStorage {
    interface Item {
        key: string;
        value: string;
        /** Unix time, seconds. */
        expireAt: number;
    }
    function get(key: string): Promise<Item | null>;
    /** `ttl` in seconds, 90 days at most and when it is not given. */
    function put(key: string, value: string, ttl?: number): Promise<Item>;
    function remove(key: string): Promise<Item | null>;
    interface Page {
        keys: string[];
    }
    /**
     * The keys of a namespace, which is what stands before a colon: `test` finds `test:1`.
     * `*` and `?` stand for any characters and for one.
     */
    function keys(pattern?: string, count?: number): Promise<Page>;
}

/** How an attempt of a task of a call list went: `VoxEngine.customData()` is its row with `list_id` and `task_id`. */
declare namespace CallList {
    type Answer = { result: boolean };
    type Done = (answer: Answer) => unknown;
    /** What the next attempt is to be; what is left out stays as it was. */
    type NextAttempt = {
        /** Not before; seconds since 1970. */
        start_at?: number | string;
        /** The same as a time with a zone: `2026-12-01T10:00:00+03:00`. */
        next_attempt_time?: string;
        /** 0 ends the task; one less than before unless given. */
        attempts_left?: number;
        custom_data?: string | object;
        /** `HH:mm:ss`, UTC, with `end_execution_time`. */
        start_execution_time?: string;
        end_execution_time?: string;
        /** What became of this attempt. */
        error?: unknown;
    };
    /** The task is over: nobody is called for it again. */
    function reportResult(data: unknown, callback?: Done): void;
    /** This attempt failed: another follows while any are left. */
    function reportError(data: unknown, callback?: Done): void;
    function reportProgress(data: unknown, callback?: Done): void;
    /** This attempt failed, and the next is to be another. */
    function requestNextAttempt(data: NextAttempt, callback?: Done): void;
    function reportResultAsync(data: unknown): Promise<Answer>;
    function reportErrorAsync(data: unknown): Promise<Answer>;
    function reportProgressAsync(data: unknown): Promise<Answer>;
    function requestNextAttemptAsync(data: NextAttempt): Promise<Answer>;
}

/** The time as a Date whose UTC fields show the wall clock of an IANA zone. */
declare function getLocalTime(timezone: string, date?: Date): Date;
/** Put your own function here and it sees every event before its handlers. */
declare function onPhoneEvent(event: object): void;

declare namespace Logger {
    /** Digits are never in the log: this does nothing. */
    function hideTones(flag: boolean): void;
    /** At most 15,000 characters; secrets and the access URL are masked. */
    function write(value: unknown): void;
}

/** Every namespace is always there: this only logs. */
declare function require(module: string): void;
declare const Modules: { readonly [name: string]: string };
declare const JSession: { close(): void };
declare function trace(value: unknown): void;

/** At most 100 timers; intervals are at least 100 ms. */
declare function setTimeout(callback: (...args: any[]) => unknown, timeout?: number, ...args: unknown[]): number;
declare function setInterval(callback: (...args: any[]) => unknown, timeout?: number, ...args: unknown[]): number;
declare function clearTimeout(id?: number): void;
declare function clearInterval(id?: number): void;

declare function base64_encode(data: Bytes): string;
declare function base64_decode(data: string): number[];
declare function str2bytes(data: string, encoding?: string): number[];
declare function bytes2str(data: Bytes, encoding?: string): string;
declare function bytes2hex(data: number[], toUpperCase?: boolean): string;
declare function hex2bytes(data: string): number[];
declare function uuidgen(): string;
declare function levenshtein_distance(first: string, second: string): number;
declare function md5(data: Bytes): string;
declare function sha1(data: Bytes): string;
declare function sha256(data: Bytes): string;
declare namespace Crypto {
    function md5(data: Bytes): string;
    function sha1(data: Bytes): string;
    function sha256(data: Bytes): string;
    function hmac_sha256(key: Bytes, data: Bytes): string;
}
