// Requests to the access URL, and what each kind of result answers.
const results = ['a text', 7, { ok: true }, undefined, Promise.resolve('later')];
VoxEngine.addEventListener(AppEvents.HttpRequest, (e) => {
    show(e, 'method path content headers');
    if (results.length === 1) setTimeout(VoxEngine.terminate, 1000);
    return results.shift();
});
