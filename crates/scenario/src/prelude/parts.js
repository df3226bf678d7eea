// Parts of the API that most scenarios do without. Each is loaded when one of its
// names is first read: a session pays in memory only for what it uses.

const partsLoaded = {};

function part(name) {
    if (!partsLoaded[name]) partsLoaded[name] = host.part(name)(host, own());
    return partsLoaded[name];
}

// Events of units that a part has made: a part puts its handlers here.
const onUnit = {};

// What the parts stand on.
function own() {
    return {
        Emitter, Playback, SessionDate, CallEvents, MARKERS_MAX, units, hearing, fire, emit, asText, isObject,
        whenCallEnds, whenSessionEnds, onUnit, later, stringify, names, bindOnRead, sendMedia, stopMedia, forgetUnit, urlSource, speechSource, markerTimer,
        clearMarker,
        calls, callUser, callSIP, callPSTN, watch, note, parse, backendAsked, started: () => startedFields,
        AppEvents, app, keyValues, sessionURL: () => sessionURL,
        callStateOf, callOfUnit, createDetector: (parameters) => part('amd').create(parameters),
    };
}

const ENUMERATIONS = (
    'ACDEvents AMD ASRDictionary ASREvents ASRModel CallAudioQuality ConferenceDirection ' +
    'ConferenceEvents ConferenceMode DTMFType RecordExpireTime RecorderDirection RecorderEvents ' +
    'RecorderLabelPosition RecorderLabelTextAlign RecorderLayout RecorderObjectFit RecorderProfile ' +
    'SequencePlayerEvents SmartQueueEvents SmartQueueOperatorSettingsMode TaskWaitingCode ' +
    'TerminationStatus TranscriptionProvider TTSEffectsProfile URLPlayerRequestMethod ' +
    'WebSocketAudioEncoding WebSocketCloseCode WebSocketEvents WebSocketReadyState ' +
    'Language ASRLanguage ASRProfileList VoiceList'
).split(' ');

const SOCKETS = ['WebSocket'];
const VOICEMAIL = ['AI'];
const EXTRAS = ['CallList', 'ApplicationStorage', 'IVRState', 'IVR', 'getLocalTime', 'PhoneNumber'];

// A property that is made when it is first read. A scenario may put its own
// value there instead.
function defineLazily(object, name, make) {
    const settle = (value) => defineProperty(object, name, { value, writable: true, configurable: true, enumerable: false });
    defineProperty(object, name, {
        get() {
            const value = make(name);
            settle(value);
            return value;
        },
        set: settle,
        configurable: true,
    });
}
