// Early audio, and then ringing all the same: told only where it was asked for.
for (const allow180After183 of [false, true]) {
    const call = VoxEngine.callSIP('sip:anna@pbx.example', { callerid: '100', allow180After183 });
    call.addEventListener(CallEvents.AudioStarted, (e) => show(e, 'code'));
    call.addEventListener(CallEvents.Ringing, (e) => show(e, 'headers'));
}
setTimeout(VoxEngine.terminate, 3000);
