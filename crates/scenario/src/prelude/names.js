// Names of events with the strings of the cloud.
function names(prefix, list, odd) {
    const all = {};
    for (const name of list.split(' ')) all[name] = prefix + name;
    return Object.assign(all, odd);
}
