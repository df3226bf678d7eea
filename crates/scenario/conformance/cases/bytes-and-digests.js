// Small helpers of the platform.
note('digests', [Crypto.md5('a'), Crypto.sha1('a'), Crypto.sha256('a'), Crypto.hmac_sha256('key', 'a')]);
note('old digests', [md5('b'), sha1('b'), sha256('b')]);
note('base64', [base64_encode('Привет'), bytes2str(base64_decode('0J/RgNC40LLQtdGC'))]);
note('bytes', [str2bytes('Ж'), bytes2str([208, 150]), bytes2hex([1, 171], true), hex2bytes('01ab')]);
note('distance', levenshtein_distance('kitten', 'sitting'));
note('uuid', /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(uuidgen()));
note('time', getLocalTime('Europe/Moscow', new Date(0)).getUTCHours());
trace('traced');
Logger.hideTones(true);
VoxEngine.terminate();
