// An address elsewhere, with an object and with the positions of older releases.
VoxEngine.callSIP('sip:anna@pbx.example;transport=tcp', {
    callerid: '100',
    displayName: 'Shop',
    authUser: 'shop',
    password: 'password of the trunk',
    headers: { 'X-Order': '7' },
    outProxy: 'proxy.example',
});
VoxEngine.callSIP('boris@pbx.example', '101', 'Store', 'password of the trunk', 'store', { 'X-Order': '8' }, false, 'proxy.example');
VoxEngine.terminate();
