// Sounds that a call plays itself.

const { Playback, urlSource, playerOptions } = part('playback');

const PROGRESS_TONES = { US: '440@-19,480@-19;*(2/4/1+2)', RU: '425@-19;*(1/4/1)' };

function play(call, source, options) {
    const s = stateOfCall(call);
    if (s.state === 'TERMINATED') return;
    dropPlayback(s);
    const tell = (event, fields) => fire(call, event, { ...callFields(s), ...fields });
    s.playback = new Playback(source, options, {
        ready: () => tell('Call.PlaybackReady'),
        started: (duration) => tell('Call.PlaybackStarted', { duration }),
        marker() {},
        stopped() {},
        finished: (error) => {
            s.playback = null;
            tell('Call.PlaybackFinished', error ? { error } : undefined);
        },
    });
    sendMedia({ unit: 'player', id: s.playback.id }, call);
}

const members = {
    startPlayback(url, options) {
        play(this, urlSource(url), playerOptions(options));
    },

    say(text, parameters, ttsOptions) {
        play(this, part('voice').speechSource(text, parameters, ttsOptions), {});
    },

    playProgressTone(country) {
        const script = PROGRESS_TONES[asText(country).toUpperCase()] || PROGRESS_TONES.US;
        play(this, { kind: 'tone_script', script }, { loop: true });
    },

    // No PlaybackFinished follows.
    stopPlayback() {
        dropPlayback(stateOfCall(this));
    },
};
