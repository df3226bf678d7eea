// The VoxEngine namespace and the life of the session as the scenario sees it.

const app = new Emitter();
let startedFields = {};
let customDataText = host.customData();
let sessionURL = ''; // accessSecureURL

function terminate() {
    host.terminate();
}

const engine = {
    addEventListener: (event, handler) => app.addEventListener(event, handler),
    removeEventListener: (event, handler) => app.removeEventListener(event, handler),
    terminate,
    customData(value) {
        if (value !== undefined) {
            customDataText = String(value);
            emit({ effect: 'custom_data', text: customDataText });
        }
        return customDataText;
    },
    getSecretValue: (name) => host.secret(asText(name)),
};
const VoxEngine = lazily(engine, 'VoxEngine', member);

const Logger = {
    write(value) {
        host.log('script', typeof value === 'string' ? value : part('logs').logText(value));
    },
    // Digits are never in our log, so there is nothing to hide.
    hideTones() {},
};

const onApp = {
    started(input) {
        startedFields = input;
        sessionURL = input.access_secure_url;
        fire(app, 'Application.Started', {
            sessionId: input.session_id,
            accessURL: input.access_url,
            accessSecureURL: input.access_secure_url,
            logURL: input.log_url,
            accountId: input.account_id,
            applicationId: input.application_id,
            dialplanName: input.rule_name,
            // Of a session that is a conference only.
            ...(input.conference_name ? { conference_name: input.conference_name } : {}),
        });
    },

    terminating({ system_error: systemError }) {
        if (partsLoaded.timers) part('timers').endTimers();
        // Whoever talks is left talking when the scenario failed.
        if (partsLoaded.queues && !systemError) part('queues').closePlacements();
        fire(app, 'Application.Terminating', { systemError });
        if (partsLoaded.playback) part('playback').endPlaybacks();
        for (const ended of whenSessionEnds) ended();
        if (partsLoaded.sockets) part('sockets').closeSockets();
    },

    terminated({ system_error: systemError }) {
        fire(app, 'Application.Terminated', { systemError });
    },
};
