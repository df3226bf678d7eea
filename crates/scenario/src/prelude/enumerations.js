// Enumerations that the prelude itself does not use. This part is loaded when the
// first of them is read.

// `NAME=value`; without a value the name is the value. Digits are numbers.
function values(list) {
    const all = {};
    for (const item of list.split(' ')) {
        const [name, value = name] = item.split('=');
        all[name] = /^\d+$/.test(value) ? Number(value) : value;
    }
    return all;
}

function places(valueOf) {
    const all = {};
    for (const row of ['TOP', 'MIDDLE', 'BOTTOM']) {
        for (const column of ['LEFT', 'CENTER', 'RIGHT']) {
            all[`${row}_${column}`] = valueOf(row, column);
        }
    }
    return all;
}

// Every namespace is always there; the keys exist so that require(Modules.X)
// of an existing scenario finds a string.
function modules() {
    const all = {};
    for (const name of (
        'ACD AI ApplicationStorage ASR Avatar Conference ElevenLabs Gemini IVR OpenAI PushService ' +
        'Recorder SmartQueue StreamingAgent Ultravox Cartesia Yandex VoximplantAPI'
    ).split(' ')) {
        all[name] = name.toLowerCase();
    }
    return all;
}

function enumeration(name) {
    switch (name) {
        case 'Modules':
            return modules();
        case 'ACDEvents':
            return names('ACD.', 'OperatorReached OperatorCallAttempt OperatorFailed Error Waiting Queued Offline QueueFull');
        case 'AMD':
            return {
                Events: names('AMD.Events.', 'DetectionComplete DetectionError'),
                Model: values('BR=br CL=cl CO=colombia KZ=kz MX=mx RU=ru PH=ph PE=pe US=us EU_GENERAL=eu_general'),
                ResultClass: values('VOICEMAIL HUMAN TIMEOUT CALL_ENDED'),
                ResultSubtype: values('MIMIC NONE'),
                create: (parameters) => part('amd').create(parameters),
            };
        case 'ASRDictionary':
            return {
                ADDRESS_RU: 'asr-dict-address-ru',
                ADDRESS_TR: 'asr-dict-address-tr',
                ADDRESS: 'asr-dict-yand-maps',
                NOTES: 'asr-dict-yand-notes',
                SEARCH_QUERIES: 'asr-dict-yand-queries',
                MUSIC: 'asr-dict-yand-music',
                ECOMMERCE: 'asr-dict-yand-buying',
                NUMBERS_RU: 'asr-dict-yand-numbers',
                GENERAL_RU: 'asr-dict-yand-general',
                DATE_RU: 'asr-dict-yand-dates',
                NAMES_RU: 'asr-dict-yand-names',
                QUESTIONNAIRE_RU: 'asr-dict-yand-questionnaire',
                TBANK: 'asr-dict-tinkoff-',
            };
        case 'ASREvents':
            return names('ASR.', 'Started CaptureStarted SpeechCaptured Result InterimResult Stopped', {
                ASRError: 'ASR.Error',
            });
        case 'ASRModel':
            return values('COMMAND_AND_SEARCH=command_and_search PHONE_CALL=phone_call VIDEO=video DEFAULT=default');
        case 'CallAudioQuality':
            return values('HD STANDARD=Standard');
        case 'ConferenceDirection':
            return values('SEND RECEIVE BOTH');
        case 'ConferenceEvents':
            return names('Conference.', 'Started Stopped EndpointAdded EndpointUpdated EndpointRemoved EndpointManaged', {
                ConferenceError: 'Conference.Error',
            });
        case 'ConferenceMode':
            return values('MIX FORWARD');
        case 'DTMFType':
            return values('ALL=0 TELEPHONE_EVENT=1 IN_BAND=2 SIP_INFO=3');
        case 'RecordExpireTime':
            return values('THREEMONTHS= SIXMONTHS=-6m ONEYEAR=-1y TWOYEARS=-2y THREEYEARS=-3y FIVEYEARS=-5y');
        case 'RecorderDirection':
            return values('ltr rtl');
        case 'RecorderEvents':
            return names('Recorder.', 'Started Stopped', { RecorderError: 'Recorder.Error' });
        case 'RecorderLabelPosition':
            return places((row, column) => `${row} ${column}`.toLowerCase());
        case 'RecorderLabelTextAlign':
            return places((row, column) => `${row[0]}+${column[0]}`);
        case 'RecorderLayout':
            return values('grid tribune custom');
        case 'RecorderObjectFit':
            return values('fill contain cover none');
        case 'PromptStreamPattern':
            return values('LivePerson MediaPlayback Silence VoiceMessage');
        case 'RecorderProfile':
            return values('NHD VGA HD FHD QHD 4K');
        case 'SequencePlayerEvents':
            return names('SequencePlayer.', 'Created PlaybackReady Started Stopped PlaybackFinished Error PlaybackMarkerReached');
        case 'SmartQueueEvents':
            return names('SmartQueue.', 'Waiting OperatorReached EnqueueSuccess ClientDisconnected TaskCanceled Error', {
                TaskDistributed: 'SmartQueue.DistributeTask',
            });
        case 'SmartQueueOperatorSettingsMode':
            return values('STRICT SMART');
        case 'TaskWaitingCode':
            return values('NONE=500 SUCCESS=200 CANNOT_BE_ESTIMATED=501 OVERFLOWED=503');
        case 'TerminationStatus':
            return values(
                'NONE=0 INTERNAL_ERROR=500 NORMAL=1000 TIMEOUT_REACHED=1001 MS_NOT_ANSWERED=1002 QUEUE_EMPTY=1003 ' +
                    'MAX_WAITING_TIME_REACHED=1004 MAX_QUEUE_SIZE_REACHED=1005 OPERATOR_NOT_AVAILABLE=1006 ' +
                    'CLIENT_TERMINATE=1100 FINISHED_BY_CLIENT=1201 FINISHED_BY_OPERATOR=1202 FAILED=1203 ' +
                    'CANCELED=1204 TRANSFERRED=1205',
            );
        case 'TranscriptionProvider':
            return values('GOOGLE=google YANDEX=yandex TBANK=tcs');
        case 'TTSEffectsProfile': {
            const all = {};
            for (const key of (
                'WearableClassDevice HandsetClassDevice HeadphoneClassDevice SmallBluetoothSpeakerClassDevice ' +
                'MediumBluetoothSpeakerClassDevice LargeHomeEntertainmentClassDevice ' +
                'LargeAutomotiveClassDevice TelephonyClassApplication'
            ).split(' ')) {
                all[key] = key.replace(/(?!^)[A-Z]/g, '-$&').toLowerCase();
            }
            return all;
        }
        case 'URLPlayerRequestMethod':
            return values('GET POST');
        case 'WebSocketAudioEncoding':
            return values('PCM8 PCM16_8KHZ=PCM8 PCM16 PCM16_16KHZ=PCM16 ALAW ULAW OPUS');
        case 'WebSocketCloseCode':
            return values(
                'CLOSE_NORMAL=1000 CLOSE_GOING_AWAY=1001 CLOSE_PROTOCOL_ERROR=1002 CLOSE_UNSUPPORTED=1003 ' +
                    'CLOSED_NO_STATUS=1005 CLOSE_ABNORMAL=1006 CLOSE_UNSUPPORTED_PAYLOAD=1007 ' +
                    'CLOSE_POLICY_VIOLATION=1008 CLOSE_TOO_LARGE=1009 CLOSE_MANDATORY_EXTENSION=1010 ' +
                    'CLOSE_SERVER_ERROR=1011 CLOSE_SERVICE_RESTART=1012 CLOSE_TRY_AGAIN_LATER=1013 ' +
                    'CLOSE_BAD_GATEWAY=1014 CLOSE_TLS_FAIL=1015',
            );
        case 'WebSocketEvents':
            return values(
                'OPEN=WebSocket.Open CLOSE=WebSocket.Close MESSAGE=WebSocket.Message ERROR=WebSocket.Error ' +
                    'CREATED=WebSocket.Created MEDIA_STARTED=WebSocket.MediaEventStarted ' +
                    'MEDIA_ENDED=WebSocket.MediaEventEnded',
            );
        case 'WebSocketReadyState':
            return values('CLOSED=closed CLOSING=closing CONNECTING=connecting OPEN=open');
        case 'Language':
            return catalogue('', [
                [/^Premium$/, OLD_VOICE],
                [null, OLD_VOICE],
            ]);
        case 'ASRModelList':
            return catalogue('', [
                [PROVIDER, null],
                [null, /^[A-Za-z][A-Za-z0-9]*(_[A-Za-z0-9]+)*$/],
            ]);
        case 'ASRProfileList':
            return catalogue('', [
                [PROVIDER, null],
                [null, /^(auto|[a-z]{2,3}(_[A-Za-z0-9_]+)?)$/],
            ]);
        case 'VoiceList':
            return catalogue('', [
                [PROVIDER, null],
                [/^Neural$/, VOICE],
                [null, VOICE],
            ]);
    }
}

const PROVIDER = /^[A-Z][A-Za-z0-9]*$/;
const OLD_VOICE = /^[A-Z]{2,3}(_[A-Z0-9]+)+$/; // RU_RUSSIAN_FEMALE
const VOICE = /^([a-z]{2,3}_[A-Za-z0-9_]+|[A-Z][A-Za-z0-9]*)$/; // en_US_Joanna, or a name such as Jessica

// Thousands of voices and languages come and go with their providers. A member
// answers when it is spelt like one: a leaf is its own path as text, such as
// 'Google.en_US_Wavenet_A'; a branch is a catalogue again; the rest is undefined.
// `levels` has the spelling of branches and of leaves, from the outermost level in.
function catalogue(path, levels) {
    const known = {};
    const [[branch, leaf], ...inner] = levels;
    // A voice of the customer's own, by the name that its provider gave it.
    if (leaf === VOICE) known.createBrandVoice = (name) => `${path}brand.${String(name)}`;
    return new Proxy(known, {
        get(target, name, receiver) {
            if (typeof name !== 'string' || name in target) return Reflect.get(target, name, receiver);
            if (branch && branch.test(name)) {
                target[name] = catalogue(`${path}${name}.`, inner);
            } else if (leaf && leaf.test(name)) return path + name;
            return target[name];
        },
    });
}
