// Enumerations and catalogues of the API, with the strings of the cloud. Part of voxengine.d.ts.

declare enum ACDEvents {
    Error = 'ACD.Error',
    Offline = 'ACD.Offline',
    OperatorCallAttempt = 'ACD.OperatorCallAttempt',
    OperatorFailed = 'ACD.OperatorFailed',
    OperatorReached = 'ACD.OperatorReached',
    Queued = 'ACD.Queued',
    QueueFull = 'ACD.QueueFull',
    Waiting = 'ACD.Waiting',
}

declare enum ASRDictionary {
    ADDRESS = 'asr-dict-yand-maps',
    ADDRESS_RU = 'asr-dict-address-ru',
    ADDRESS_TR = 'asr-dict-address-tr',
    DATE_RU = 'asr-dict-yand-dates',
    ECOMMERCE = 'asr-dict-yand-buying',
    GENERAL_RU = 'asr-dict-yand-general',
    MUSIC = 'asr-dict-yand-music',
    NAMES_RU = 'asr-dict-yand-names',
    NOTES = 'asr-dict-yand-notes',
    NUMBERS_RU = 'asr-dict-yand-numbers',
    QUESTIONNAIRE_RU = 'asr-dict-yand-questionnaire',
    SEARCH_QUERIES = 'asr-dict-yand-queries',
    TBANK = 'asr-dict-tinkoff-',
}

declare enum ASREvents {
    ASRError = 'ASR.Error',
    CaptureStarted = 'ASR.CaptureStarted',
    InterimResult = 'ASR.InterimResult',
    Result = 'ASR.Result',
    SpeechCaptured = 'ASR.SpeechCaptured',
    Started = 'ASR.Started',
    Stopped = 'ASR.Stopped',
}

declare enum ASRModel {
    COMMAND_AND_SEARCH = 'command_and_search',
    DEFAULT = 'default',
    PHONE_CALL = 'phone_call',
    VIDEO = 'video',
}

declare enum CallAudioQuality {
    HD = 'HD',
    STANDARD = 'Standard',
}

declare enum ConferenceDirection {
    BOTH = 'BOTH',
    RECEIVE = 'RECEIVE',
    SEND = 'SEND',
}

declare enum ConferenceEvents {
    ConferenceError = 'Conference.Error',
    EndpointAdded = 'Conference.EndpointAdded',
    EndpointManaged = 'Conference.EndpointManaged',
    EndpointRemoved = 'Conference.EndpointRemoved',
    EndpointUpdated = 'Conference.EndpointUpdated',
    Started = 'Conference.Started',
    Stopped = 'Conference.Stopped',
}

declare enum ConferenceMode {
    FORWARD = 'FORWARD',
    MIX = 'MIX',
}

declare enum DTMFType {
    ALL = 0,
    IN_BAND = 2,
    SIP_INFO = 3,
    TELEPHONE_EVENT = 1,
}

/** What was heard, in the events of `detectVoicemailPrompt`. MediaPlayback is never told here. */
declare enum PromptStreamPattern {
    LivePerson = 'LivePerson',
    MediaPlayback = 'MediaPlayback',
    Silence = 'Silence',
    VoiceMessage = 'VoiceMessage',
}

declare enum RecordExpireTime {
    FIVEYEARS = '-5y',
    ONEYEAR = '-1y',
    SIXMONTHS = '-6m',
    THREEMONTHS = '',
    THREEYEARS = '-3y',
    TWOYEARS = '-2y',
}

declare enum RecorderEvents {
    RecorderError = 'Recorder.Error',
    Started = 'Recorder.Started',
    Stopped = 'Recorder.Stopped',
}

declare enum SequencePlayerEvents {
    Created = 'SequencePlayer.Created',
    Error = 'SequencePlayer.Error',
    PlaybackFinished = 'SequencePlayer.PlaybackFinished',
    PlaybackMarkerReached = 'SequencePlayer.PlaybackMarkerReached',
    PlaybackReady = 'SequencePlayer.PlaybackReady',
    Started = 'SequencePlayer.Started',
    Stopped = 'SequencePlayer.Stopped',
}

declare enum SmartQueueEvents {
    ClientDisconnected = 'SmartQueue.ClientDisconnected',
    EnqueueSuccess = 'SmartQueue.EnqueueSuccess',
    Error = 'SmartQueue.Error',
    OperatorReached = 'SmartQueue.OperatorReached',
    TaskCanceled = 'SmartQueue.TaskCanceled',
    TaskDistributed = 'SmartQueue.DistributeTask',
    Waiting = 'SmartQueue.Waiting',
}

declare enum SmartQueueOperatorSettingsMode {
    SMART = 'SMART',
    STRICT = 'STRICT',
}

declare enum TTSEffectsProfile {
    HandsetClassDevice = 'handset-class-device',
    HeadphoneClassDevice = 'headphone-class-device',
    LargeAutomotiveClassDevice = 'large-automotive-class-device',
    LargeHomeEntertainmentClassDevice = 'large-home-entertainment-class-device',
    MediumBluetoothSpeakerClassDevice = 'medium-bluetooth-speaker-class-device',
    SmallBluetoothSpeakerClassDevice = 'small-bluetooth-speaker-class-device',
    TelephonyClassApplication = 'telephony-class-application',
    WearableClassDevice = 'wearable-class-device',
}

declare enum TaskWaitingCode {
    CANNOT_BE_ESTIMATED = 501,
    NONE = 500,
    OVERFLOWED = 503,
    SUCCESS = 200,
}

declare enum TerminationStatus {
    CANCELED = 1204,
    CLIENT_TERMINATE = 1100,
    FAILED = 1203,
    FINISHED_BY_CLIENT = 1201,
    FINISHED_BY_OPERATOR = 1202,
    INTERNAL_ERROR = 500,
    MAX_QUEUE_SIZE_REACHED = 1005,
    MAX_WAITING_TIME_REACHED = 1004,
    MS_NOT_ANSWERED = 1002,
    NONE = 0,
    NORMAL = 1000,
    OPERATOR_NOT_AVAILABLE = 1006,
    QUEUE_EMPTY = 1003,
    TIMEOUT_REACHED = 1001,
    TRANSFERRED = 1205,
}

declare enum TranscriptionProvider {
    GOOGLE = 'google',
    TBANK = 'tcs',
    YANDEX = 'yandex',
}

declare enum URLPlayerRequestMethod {
    GET = 'GET',
    POST = 'POST',
}

declare enum WebSocketAudioEncoding {
    ALAW = 'ALAW',
    OPUS = 'OPUS',
    PCM16 = 'PCM16',
    PCM16_16KHZ = 'PCM16',
    PCM16_8KHZ = 'PCM8',
    PCM8 = 'PCM8',
    ULAW = 'ULAW',
}

declare enum WebSocketCloseCode {
    CLOSE_ABNORMAL = 1006,
    CLOSE_BAD_GATEWAY = 1014,
    CLOSE_GOING_AWAY = 1001,
    CLOSE_MANDATORY_EXTENSION = 1010,
    CLOSE_NORMAL = 1000,
    CLOSE_POLICY_VIOLATION = 1008,
    CLOSE_PROTOCOL_ERROR = 1002,
    CLOSE_SERVER_ERROR = 1011,
    CLOSE_SERVICE_RESTART = 1012,
    CLOSE_TLS_FAIL = 1015,
    CLOSE_TOO_LARGE = 1009,
    CLOSE_TRY_AGAIN_LATER = 1013,
    CLOSE_UNSUPPORTED = 1003,
    CLOSE_UNSUPPORTED_PAYLOAD = 1007,
    CLOSED_NO_STATUS = 1005,
}

declare enum WebSocketEvents {
    CLOSE = 'WebSocket.Close',
    CREATED = 'WebSocket.Created',
    ERROR = 'WebSocket.Error',
    MEDIA_ENDED = 'WebSocket.MediaEventEnded',
    MEDIA_STARTED = 'WebSocket.MediaEventStarted',
    MESSAGE = 'WebSocket.Message',
    OPEN = 'WebSocket.Open',
}

declare enum WebSocketReadyState {
    CLOSED = 'closed',
    CLOSING = 'closing',
    CONNECTING = 'connecting',
    OPEN = 'open',
}

declare namespace AMD {
    enum Events {
        DetectionComplete = 'AMD.Events.DetectionComplete',
        DetectionError = 'AMD.Events.DetectionError',
    }
    enum Model {
        BR = 'br',
        CL = 'cl',
        CO = 'colombia',
        EU_GENERAL = 'eu_general',
        KZ = 'kz',
        MX = 'mx',
        PE = 'pe',
        PH = 'ph',
        RU = 'ru',
        US = 'us',
    }
    enum ResultClass {
        CALL_ENDED = 'CALL_ENDED',
        HUMAN = 'HUMAN',
        TIMEOUT = 'TIMEOUT',
        VOICEMAIL = 'VOICEMAIL',
    }
    enum ResultSubtype {
        MIMIC = 'MIMIC',
        NONE = 'NONE',
    }
}

/** A catalogue of voices, languages or profiles: a member that is spelt like one answers with its path. */
interface Catalogue {
    readonly [name: string]: any;
}
declare const Language: Catalogue;
declare const ASRLanguage: Catalogue;
declare const ASRModelList: Catalogue;
declare const ASRProfileList: Catalogue;
declare const VoiceList: Catalogue;
