// IVRState: a step of a menu that plays a prompt and takes digits.

const { markerTimer, clearMarker } = part('timers');

const IVR_TIMEOUT_MS = 5000; // after the prompt, or after a digit
let ivrActive = null; // { state, leave }: a session is in one state at a time

class IVRState {
    constructor(name, settings, onInputComplete, onInputTimeout) {
        this.name = asText(name);
        this.settings = isObject(settings) ? settings : {};
        this.input = '';
        this.onInputComplete = onInputComplete;
        this.onInputTimeout = onInputTimeout;
    }

    enter(call) {
        if (ivrActive) ivrActive.leave();
        this.input = '';
        const { type, prompt, timeout } = this.settings;
        const waitMs = Number(timeout) > 0 ? Number(timeout) : IVR_TIMEOUT_MS;
        let timer;
        const wait = () => {
            clearMarker(timer);
            timer = markerTimer(waitMs, () => this.#leaveWith(() => this.#timedOut(), active));
        };
        const onTone = ({ tone }) => {
            if (type === 'noinput') return;
            call.stopPlayback();
            wait();
            this.#take(call, tone, active);
        };
        const onPrompt = () => {
            if (type === 'noinput') this.#leaveWith(() => this.#completed(call), active);
            else wait();
        };
        const active = {
            leave: () => {
                clearMarker(timer);
                call.removeEventListener('Call.ToneReceived', onTone);
                call.removeEventListener('Call.PlaybackFinished', onPrompt);
                call.removeEventListener('Call.Disconnected', active.leave);
                if (ivrActive === active) ivrActive = null;
            },
        };
        ivrActive = active;
        call.handleTones(true);
        call.addEventListener('Call.ToneReceived', onTone);
        call.addEventListener('Call.PlaybackFinished', onPrompt);
        call.addEventListener('Call.Disconnected', active.leave);
        this.#play(call, isObject(prompt) ? prompt : {}, onPrompt);
    }

    #play(call, prompt, onPrompt) {
        if (prompt.play) call.startPlayback(prompt.play);
        else if (prompt.say) call.say(prompt.say, prompt.lang, IVR.ttsOptions);
        else onPrompt();
    }

    #take(call, tone, active) {
        const { type, inputLength, inputValidator, terminateOn } = this.settings;
        const ends = type === 'inputunknown' && tone === terminateOn;
        if (!ends) this.input += tone;
        const done =
            type === 'select' ||
            ends ||
            (type === 'inputfixed' && this.input.length >= Number(inputLength)) ||
            (type === 'inputunknown' && typeof inputValidator === 'function' && inputValidator(this.input) === true);
        if (done) this.#leaveWith(() => this.#completed(call), active);
    }

    #leaveWith(then, active) {
        if (ivrActive !== active) return;
        active.leave();
        then();
    }

    #completed(call) {
        const { type, nextStates, nextState } = this.settings;
        const chosen = type === 'select' && isObject(nextStates) ? nextStates[this.input] : nextState;
        if (chosen instanceof IVRState) chosen.enter(call);
        else if (typeof this.onInputComplete === 'function') this.onInputComplete(this.input);
    }

    #timedOut() {
        if (typeof this.onInputTimeout === 'function') this.onInputTimeout(this.input);
    }
}

const IVR = {
    // How prompts are spoken, by all states.
    ttsOptions: undefined,
    // The running state is left; none of its callbacks comes any more.
    reset() {
        if (ivrActive) ivrActive.leave();
    },
};
