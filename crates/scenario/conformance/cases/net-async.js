// A request with everything, and its answer with everything.
(async () => {
    const result = await Net.httpRequestAsync('https://crm.example/find', {
        method: 'post',
        postData: JSON.stringify({ number: '100' }),
        headers: { 'Content-Type': 'application/json', 'X-Key': '1' },
        params: { lang: 'en', q: 'a b' },
        timeout: 5,
        connectionTimeout: 2,
    });
    note('code', result.code);
    note('text', result.text);
    note('headers', result.headers);
    note('raw', result.raw_headers);
    note('data', typeof result.data);
    const raw = await Net.httpRequestAsync('https://crm.example/file', { rawOutput: true, enableSystemLog: true, postData: [104, 105], method: 'PUT' });
    note('bytes', raw.data);
    const lost = await Net.httpRequestAsync('https://nobody.example/');
    note('lost', [lost.code, lost.error]);
    VoxEngine.terminate();
})();
