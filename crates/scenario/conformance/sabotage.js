// Loaded before a case, to take one thing of the API away: a case that proves the
// thing has another log then. A function does nothing, an event has a name that
// never comes, a value is another one, a field or a parameter is not there.
var sabotage = (function () {
    const global = globalThis;

    const put = (object, name, value) =>
        Object.defineProperty(object, name, { value, writable: true, configurable: true });

    const isObject = (value) => value !== null && typeof value === 'object';

    const other = (value) => {
        if (typeof value === 'function') return () => undefined;
        if (typeof value === 'string') return `${value} (gone)`;
        return typeof value === 'number' ? -1 : undefined;
    };

    // The kind of an object of the API.
    const kind = (value) => {
        try {
            return isObject(value) && !Array.isArray(value) ? String(value).split(' ')[0] : '';
        } catch {
            return '';
        }
    };

    const withoutParameter = (given, parameter) => {
        if (/^\d+$/.test(parameter)) given[Number(parameter)] = undefined;
        else for (const one of given.filter(isObject)) delete one[parameter];
        return given;
    };

    // `how`: {when} for one of several ways to call it, {parameter} for what is left out.
    const changed = (value, how) => {
        if (how.parameter !== undefined) {
            return function (...given) {
                const left = withoutParameter(given, how.parameter);
                return new.target ? Reflect.construct(value, left) : Reflect.apply(value, this, left);
            };
        }
        if (how.when) {
            return function (...given) {
                return how.when(given) ? undefined : Reflect.apply(value, this, given);
            };
        }
        return other(value);
    };

    const wrap = (object, name, around) => {
        const value = object[name];
        if (typeof value === 'function') put(object, name, (...given) => around(value, given));
    };

    // Every object of the API that a case can get hold of.
    const meetAll = (meet) => {
        for (const name of Object.keys(VoxEngine)) {
            if (/^(create|call|enqueue)/.test(name)) wrap(VoxEngine, name, (make, given) => meet(make(...given)));
        }
        wrap(AMD, 'create', (make, given) => meet(make(...given)));
        global.onPhoneEvent = (event) => Object.values(event).forEach(meet);
    };

    return {
        none() {
            meetAll((value) => value);
        },

        // VoxEngine.callUser, CallEvents.Connected, setTimeout
        name(path, how) {
            const member = path.pop();
            const owner = path.reduce((object, step) => object[step], global);
            const value = changed(owner[member], how);
            const copied = path.length === 1 && typeof value !== 'function';
            // The API itself must not notice: it gets to keep the old values.
            if (copied) put(global, path[0], { ...owner, [member]: value });
            else put(owner, member, value);
        },

        // Call#hangup, WebSocket#onopen
        member([className, member], how) {
            if (className === 'IVRState') {
                put(IVRState.prototype, member, changed(IVRState.prototype[member], how));
                return;
            }
            const seen = new WeakSet();
            const deaf = { get: () => null, set() {}, configurable: true };
            meetAll((value) => {
                if (kind(value) === className && !seen.has(value)) {
                    seen.add(value);
                    if (value[member] === null) Object.defineProperty(value, member, deaf);
                    else put(value, member, changed(value[member], how));
                }
                return value;
            });
        },

        // CallEvents.Connected:headers
        field([owner, event], field) {
            const name = owner.split('.').reduce((object, step) => object[step], global)[event];
            global.onPhoneEvent = (told) => {
                if (told.name === name) delete told[field];
            };
        },

        // Net.result:code
        result(field) {
            const cut = (result) => {
                delete result[field];
                return result;
            };
            wrap(Net, 'httpRequestAsync', (ask, given) => ask(...given).then(cut));
            wrap(Net, 'httpRequest', (ask, given) =>
                ask(...given.map((one) => (typeof one === 'function' ? (result) => one(cut(result)) : one))),
            );
        },

        // ApplicationStorage.item:value
        item(field) {
            for (const name of ['get', 'put', 'remove']) {
                wrap(ApplicationStorage, name, (ask, given) =>
                    ask(...given).then((item) => {
                        if (item) delete item[field];
                        return item;
                    }),
                );
            }
        },
    };
})();
