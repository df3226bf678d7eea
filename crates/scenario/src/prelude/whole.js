// Answers about an object with members that are made when they are first read, which tell
// of more than one of them: all names are there first, in their order.

const { hasOwn } = Object;

function settleAll(handler, object) {
    const { table, meant } = handler;
    if (!table) return;
    handler.table = '';
    const known = host.members(table);
    for (let at = 0; at < known.length; at += 2) {
        const name = known[at];
        let value = object[name];
        if (!hasOwn(object, name)) {
            value = known[at + 1];
            if (meant === member) marks.set((value = {}), known[at + 1]);
        }
        delete object[name];
        put(object, name, value);
    }
}

function answer(handler, target, trap, details) {
    settleAll(handler, target);
    if (trap === 'getOwnPropertyDescriptor') settle(handler, target, details[0]);
    return Reflect[trap](target, ...details);
}
