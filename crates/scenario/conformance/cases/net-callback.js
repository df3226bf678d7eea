// The older form with a callback, the old array of headers and the old options.
const options = new Net.HttpRequestOptions();
options.method = 'POST';
options.headers = ['Content-Type: text/plain', 'X-Key: 1'];
options.postData = 'hello';
Net.httpRequest('http://crm.example/note', (result) => {
    note('code', result.code);
    note('text', result.text);
    Net.httpRequest('http://crm.example/note', VoxEngine.terminate);
}, options);
