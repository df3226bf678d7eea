// Event names with the strings of the cloud.

function names(prefix, list, odd) {
    const all = {};
    for (const name of list.split(' ')) all[name] = prefix + name;
    return Object.assign(all, odd);
}

const AppEvents = names('Application.', 'CallAlerting Terminating Terminated Started HttpRequest', {
    WebSocket: 'AppEvents.NewWebSocketConnection',
    NewWebSocketFailed: 'Application.OnNewWebSocketFailed',
});

const CallEvents = names(
    'Call.',
    'AudioStarted AudioIdentificationStarted AudioIdentificationResult AudioIdentificationStopped ' +
        'AudioIdentificationError BlindTransferRequested Connected Forwarding Disconnected Failed ' +
        'InfoReceived MessageReceived MicStatusChange OffHold OnHold PlaybackFinished PlaybackReady ' +
        'PlaybackStarted PushSent ReInviteAccepted ReInviteReceived ReInviteRejected RecordStarted ' +
        'RecordStopped RecordError Ringing StateChanged Statistics ToneDetected ToneReceived ' +
        'TransferComplete TransferFailed FirstAudioPacketReceived FirstVideoPacketReceived RtpStopped ' +
        'RtpResumed BeepDetectionComplete BeepDetectionError AudioQualityDetected MediaStatisticsReceived',
    { VideoTrackCreated: 'Call.Video.TrackCreated' },
);
