// Values that other sessions see too.
(async () => {
    show({ name: 'put', ...(await ApplicationStorage.put('greeting', 'hello', 60)) }, 'key value expireAt');
    show({ name: 'get', ...(await ApplicationStorage.get('greeting')) }, 'key value expireAt');
    note('keys', (await ApplicationStorage.keys('greet*', 5)).keys);
    show({ name: 'remove', ...(await ApplicationStorage.remove('greeting')) }, 'key');
    note('gone', await ApplicationStorage.get('greeting'));
    await ApplicationStorage.put('for ever', 'x');
    await ApplicationStorage.delete('for ever');
    note('gone', (await ApplicationStorage.keys()).keys);
    VoxEngine.terminate();
})();
