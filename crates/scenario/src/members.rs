//! Members of the API's objects that a session makes when they are first read: an event
//! name with its string takes 150 bytes of each session, and scenarios use a few of them.

/// Names in the order in which a scenario sees them. With each the string of the event,
/// or the part of the API that has the method.
type Table = &'static [(&'static str, &'static str)];

macro_rules! events {
    ($prefix:literal: $($name:ident)+ $(; $odd:ident: $value:literal)*) => {
        &[
            $((stringify!($name), concat!($prefix, stringify!($name))),)+
            $((stringify!($odd), $value),)*
        ]
    };
}

macro_rules! methods {
    ($($name:ident: $part:literal)+) => { &[$((stringify!($name), $part)),+] };
}

const APP_EVENTS: Table = events!("Application.": CallAlerting Terminating Terminated Started HttpRequest;
    WebSocket: "AppEvents.NewWebSocketConnection"; NewWebSocketFailed: "Application.OnNewWebSocketFailed");

const CALL_EVENTS: Table = events!("Call.": AudioStarted AudioIdentificationStarted AudioIdentificationResult
    AudioIdentificationStopped AudioIdentificationError BlindTransferRequested Connected Forwarding Disconnected Failed
    InfoReceived MessageReceived MicStatusChange OffHold OnHold PlaybackFinished PlaybackReady PlaybackStarted PushSent
    ReInviteAccepted ReInviteReceived ReInviteRejected RecordStarted RecordStopped RecordError Ringing StateChanged
    Statistics ToneDetected VoicemailToneDetected VoicemailToneNotDetected VoicemailPromptDetected VoicemailPromptNotDetected ToneReceived TransferComplete TransferFailed FirstAudioPacketReceived
    FirstVideoPacketReceived RtpStopped RtpResumed BeepDetectionComplete BeepDetectionError AudioQualityDetected
    MediaStatisticsReceived; VideoTrackCreated: "Call.Video.TrackCreated");

const PLAYER_EVENTS: Table = events!("Player.": Created PlaybackReady Started Stopped PlaybackFinished Error
    PlaybackMarkerReached; PlaybackBuffering: "Player.Buffering");

/// Of the namespace; those of the core have no part.
const VOX_ENGINE: Table = methods! {
    addEventListener: "" removeEventListener: "" terminate: "" customData: "" getSecretValue: ""
    callUser: "dial" callSIP: "dial" callPSTN: "dial" callWhatsappUser: "dial" callConference: "dial"
    sendMediaBetween: "media" stopMediaBetween: "media"
    easyProcess: "forward"
    createURLPlayer: "players" createToneScriptPlayer: "players" createToneScript: "players" createTTSPlayer: "voice"
    enqueueACDRequest: "queues" enqueueTask: "queues"
    createASR: "speech"
    createWebSocket: "sockets" allowWebSocketConnections: "sockets"
    enableTraceForIncomingWebsockets: "sockets" disableTraceForIncomingWebsockets: "sockets"
    enableStatisticsForIncomingWebsockets: "sockets" disableStatisticsForIncomingWebsockets: "sockets"
    createSequencePlayer: "sequence"
    createConference: "units" destroyConference: "units" createRecorder: "units"
    callUserDirect: "forward" forwardCallToUserDirect: "forward" forwardCallToUser: "forward"
    forwardCallToSIP: "forward" forwardCallToPSTN: "forward" playSoundAndHangup: "forward"
};

/// Of a call; those of the core have no part.
const CALL: Table = methods! {
    id: "" callerid: "" answer: "" hangup: "" sendMediaTo: "media" stopMediaTo: "media" handleTones: ""
    number: "legs" displayName: "legs" state: "legs" incoming: "legs" clientType: "legs" customData: "legs"
    toString: "legs" answerDirect: "legs" ring: "legs" startEarlyMedia: "legs" reject: "legs" decline: "legs"
    handleBlindTransfer: "transfers" notifyBlindTransferSuccess: "transfers" notifyBlindTransferFailed: "transfers"
    transferTo: "transfers" reInvite: "transfers" acceptReInvite: "transfers" rejectReInvite: "transfers"
    startPlayback: "sounds" say: "sounds" playProgressTone: "sounds" stopPlayback: "sounds"
    record: "units"
    vad: "listening" handleMicStatus: "listening" enableBeepDetection: "listening"
    disableBeepDetection: "listening" monitorMediaStatistics: "listening"
    detectProgressTone: "tones" detectVoicemailTone: "tones" detectVoicemailPrompt: "tones"
    sendDigits: "legs" sendMessage: "legs" sendInfo: "legs"
};

/// Of `Net`; those of its part have none here.
const NET: Table = methods! {
    httpRequest: "" httpRequestAsync: "" sendMail: "mail" sendMailAsync: "mail" HttpRequestOptions: "mail"
};

/// The members of an object that the prelude makes lazily, by its name there.
pub(crate) fn members(object: &str) -> Table {
    match object {
        "AppEvents" => APP_EVENTS,
        "CallEvents" => CALL_EVENTS,
        "PlayerEvents" => PLAYER_EVENTS,
        "VoxEngine" => VOX_ENGINE,
        "Call" => CALL,
        "Net" => NET,
        _ => &[],
    }
}

/// What one member is: see [`Table`].
pub(crate) fn member(object: &str, name: &str) -> Option<&'static str> {
    let found = members(object).iter().find(|(known, _)| *known == name)?;
    Some(found.1)
}
