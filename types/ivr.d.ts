// The IVR module; part of voxengine.d.ts.

/** A step of a menu: plays a prompt and takes digits. */
declare class IVRState {
    constructor(
        name: string,
        settings: {
            type: 'select' | 'inputfixed' | 'inputunknown' | 'noinput';
            prompt: { play: string } | { say: string; lang?: string };
            /** After the prompt or a digit, milliseconds; 5,000 unless given. */
            timeout?: number;
            inputLength?: number;
            inputValidator?: (input: string) => boolean;
            terminateOn?: string;
            /** By digit, for `select`; a digit without a state completes. */
            nextStates?: { [digit: string]: IVRState };
            nextState?: IVRState;
        },
        onInputComplete?: (input: string) => unknown,
        onInputTimeout?: (input: string) => unknown,
    );
    enter(call: Call): void;
    input: string;
    settings: object;
}
declare namespace IVR {
    /** How the prompts of all states are spoken. */
    let ttsOptions: TTSOptions | undefined;
    /** Leaves the running state; its callbacks come no more. */
    function reset(): void;
}
