// Transfers of calls, and changes of their media that scenarios pass on.

// A SIP status that refuses.
function sipStatus(code, otherwise) {
    const number = Math.trunc(Number(code));
    return number >= 300 && number <= 699 ? number : otherwise;
}

// From its first handler on a scenario answers the re-INVITEs of a call itself.
function heard(object) {
    const unit = units.get(object);
    if (unit && unit.unit === 'call') emit({ effect: 'handle_re_invites', call: unit.id });
}

const members = {
    handleBlindTransfer(enabled) {
        emit({ effect: 'handle_blind_transfer', call: stateOfCall(this).no, enabled: Boolean(enabled) });
    },

    notifyBlindTransferSuccess() {
        emit({ effect: 'notify_transfer', call: stateOfCall(this).no, code: 200, reason: 'OK' });
    },

    notifyBlindTransferFailed(code, reason) {
        const status = sipStatus(code, 603);
        emit({ effect: 'notify_transfer', call: stateOfCall(this).no, code: status, reason: asText(reason, 'Declined') });
    },

    // Asks the far end to call `to`, or to take over the place of another call.
    transferTo(parameters) {
        const { to, call, headers } = isObject(parameters) ? parameters : { to: parameters };
        const other = isObject(call) ? units.get(call) : undefined;
        const target = other ? { kind: 'call', call: other.id } : { kind: 'address', address: asText(to) };
        emit({ effect: 'transfer', call: stateOfCall(this).no, to: target, headers: sipHeaders(headers) });
    },

    reInvite(headers, mimeType, body) {
        emit({
            effect: 're_invite',
            call: stateOfCall(this).no,
            headers: sipHeaders(headers),
            mime_type: asText(mimeType),
            body: asText(body),
        });
    },

    acceptReInvite(headers) {
        emit({ effect: 'accept_re_invite', call: stateOfCall(this).no, headers: sipHeaders(headers) });
    },

    // (code, headers) or (headers).
    rejectReInvite(...given) {
        const headers = given.find(isObject);
        emit({
            effect: 'reject_re_invite',
            call: stateOfCall(this).no,
            code: sipStatus(given[0], 488),
            headers: sipHeaders(headers),
        });
    },
};

const inputs = {
    call_transfer_requested({ call: no, target, headers }) {
        const s = calls.get(no);
        if (!s) return;
        const fields = { ...callFields(s), transferTo: target, headers: headerObject(headers) };
        fire(s.call, 'Call.BlindTransferRequested', fields);
    },

    call_transferred({ call: no, code, reason, headers: pairs }) {
        const s = calls.get(no);
        if (!s) return;
        const fields = { ...callFields(s), role: 'transferee', headers: headerObject(pairs) };
        if (code < 300) fire(s.call, 'Call.TransferComplete', fields);
        else fire(s.call, 'Call.TransferFailed', { ...fields, code, reason });
    },

    call_taken_over({ call: no, role, headers: pairs }) {
        const s = calls.get(no);
        if (s) fire(s.call, 'Call.TransferComplete', { ...callFields(s), role, headers: headerObject(pairs) });
    },

    call_re_invite({ call: no, mime_type: mimeType, body, headers }) {
        const s = calls.get(no);
        if (!s) return;
        // The handler may have been removed again.
        if (!hears(s.call, 'Call.ReInviteReceived')) s.call.acceptReInvite();
        else fire(s.call, 'Call.ReInviteReceived', { ...callFields(s), mimeType, body, headers: headerObject(headers) });
    },

    call_re_invite_answered({ call: no, code, reason, mime_type: mimeType, body, headers: pairs }) {
        const s = calls.get(no);
        if (!s) return;
        const fields = { ...callFields(s), headers: headerObject(pairs) };
        if (code < 300) fire(s.call, 'Call.ReInviteAccepted', { ...fields, mimeType, body });
        else fire(s.call, 'Call.ReInviteRejected', { ...fields, code, reason });
    },
};
