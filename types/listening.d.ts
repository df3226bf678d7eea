// What is heard of calls, and who has answered them; part of voxengine.d.ts.

interface CallEventMap {
    /** Whether a voice is heard, after handleMicStatus(true). */
    'Call.MicStatusChange': CallEvent & { active: boolean };
    /** `frequencies` (Hz) when a beep was heard; `timeout` is true when the time is over and false after disableBeepDetection. */
    'Call.BeepDetectionComplete': CallEvent & { frequencies?: number[]; timeout?: boolean };
    'Call.BeepDetectionError': CallEvent & { reason: string };
    'Call.MediaStatisticsReceived': MediaStatisticsEvent;
    /** Once in a connected call for each of the two, after detectProgressTone or detectVoicemailTone. */
    'Call.ToneDetected': CallEvent & { ProgressTone: boolean; VoicemailTone: boolean };
    /** Each time; Hz. */
    'Call.VoicemailToneDetected': CallEvent & { frequency: number };
    /** The time is over and there was no tone. */
    'Call.VoicemailToneNotDetected': CallEvent;
    'Call.VoicemailPromptDetected': CallEvent & { pattern: PromptStreamPattern };
    'Call.VoicemailPromptNotDetected': CallEvent & { pattern: PromptStreamPattern };
    /** The same as MediaStatisticsReceived. */
    'Call.Statistics': MediaStatisticsEvent;
}

interface Call {
    /** Whether a voice is heard now. The first question begins the listening: false until a voice is heard. */
    vad(): boolean;
    /** MicStatusChange comes when a voice begins or has been silent for 0.6 s. */
    handleMicStatus(handle: boolean): void;
    /**
     * Listens for a beep of one of at most 16 frequencies from 300 to 3,400 Hz, or of any that answering
     * machines have, until there is one or `timeout` milliseconds are over; without it until the call ends.
     */
    enableBeepDetection(parameters?: { frequencies?: number[]; timeout?: number }): void;
    disableBeepDetection(): void;
    /** @deprecated Of outgoing calls: a dial or busy tone gives ToneDetected. Whether it is listened for now. */
    detectProgressTone(detect?: boolean): boolean;
    /**
     * @deprecated use enableBeepDetection. Of outgoing calls: listens for tones of 500 to 2,000 Hz that last
     * `threshold` ms (100), for `timeout` seconds (20, at most 600).
     */
    detectVoicemailTone(timeout?: number, threshold?: number): void;
    /**
     * @deprecated use AMD. Of outgoing calls: whether a machine has answered, within `timeout` seconds (20 at
     * most) of the answer; who talks for `speechDuration` (ms, or seconds up to 60) is one.
     */
    detectVoicemailPrompt(timeout?: number, speechDuration?: number): void;
    /** MediaStatisticsReceived comes every `interval` seconds, 3 to 10, unless `monitor` is false. */
    monitorMediaStatistics(parameters?: { monitor?: boolean; interval?: number }): void;
}

/** One direction of the audio since the call began. What is not known is not there. */
interface CallMediaStatisticsSample {
    id: string;
    numPackets: number;
    /** Bytes of the payloads. */
    numBytes: number;
    lostPackets?: number;
    /** Percent of the packets that should have come. */
    packetLoss?: number;
    /** Milliseconds (RFC 3550). */
    jitter?: number;
    /** To the far end and back, milliseconds; of `out`. */
    roundTripTime?: number;
    /** dB below full scale since the last event. */
    audioLevel?: number;
}

interface CallMediaStatistics {
    /** From the far end. */
    in: CallMediaStatisticsSample;
    /** To the far end. */
    out: CallMediaStatisticsSample;
}

type MediaStatisticsEvent = CallEvent & CallMediaStatistics & { statistics: CallMediaStatistics };

// --- Answering machines -----------------------------------------------------------------

declare namespace AMD {
    interface AMDParameters {
        model?: Model;
        call?: Call;
        /** 6500 ms unless given, 20000 at most; from the answer on. */
        timeout?: number;
        /** Least confidence, 0 to 100, with which each is told. */
        thresholds?: { human?: number; voicemail?: number };
    }
    interface DetectionComplete {
        amd: AnsweringMachineDetector;
        call: Call;
        callId: string;
        resultClass: ResultClass;
        resultSubtype: ResultSubtype;
        confidence?: number;
        /** Not on the cloud: the machine has beeped and records. */
        beep?: boolean;
    }
    class AnsweringMachineDetector {
        readonly call: Call;
        readonly model: Model;
        readonly timeout: number;
        id(): string;
        detect(): Promise<DetectionComplete>;
        addEventListener(event: Events, handler: (event: any) => void): void;
        removeEventListener(event: Events, handler?: (event: any) => void): void;
    }
    function create(parameters: AMDParameters): AnsweringMachineDetector;
}
declare namespace AI {
    /** Resolves for a machine, rejects for anything else. */
    function detectVoicemail(call: Call, parameters?: { model?: string; threshold?: number }): Promise<{ call: Call; confidence: number }>;
}
