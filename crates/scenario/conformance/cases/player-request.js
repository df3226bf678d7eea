// A file by a request with method, headers and body.
const url = 'http://files.example/made';
VoxEngine.createURLPlayer({
    url,
    method: URLPlayerRequestMethod.POST,
    headers: [{ name: 'X-Key', value: '1' }],
    body: { text: '{"say":"hi"}' },
}, { loop: false });
VoxEngine.createURLPlayer({ url, method: 'POST', headers: [], body: { binary: new Uint8Array([104, 105]) } });
VoxEngine.createURLPlayer({ url });
VoxEngine.terminate();
