// Transfers and re-INVITEs of calls; part of voxengine.d.ts.

interface Call {
    /** Without it a transfer that the far end asks for (REFER) is declined. */
    handleBlindTransfer(enabled: boolean): void;
    notifyBlindTransferSuccess(): void;
    notifyBlindTransferFailed(code: number, reason: string): void;
    /** Asks the far end to call `to`, or to take over the place of `call`. */
    transferTo(parameters: { to?: string; call?: Call; headers?: SipHeaders }): void;
    /** Of an SDP body only the direction counts: media goes through the engine. */
    reInvite(headers?: SipHeaders, mimeType?: string, body?: string): void;
    acceptReInvite(headers?: SipHeaders): void;
    rejectReInvite(code?: number, headers?: SipHeaders): void;
}

interface CallEventMap {
    /** A user or number when the host is ours, a whole URI otherwise. */
    'Call.BlindTransferRequested': CallEvent & { transferTo: string; headers: SipHeaders };
    'Call.TransferComplete': CallEvent & { role: string; headers: SipHeaders };
    'Call.TransferFailed': CallEvent & { role: string; code: number; reason: string; headers: SipHeaders };
    /** To be answered by `acceptReInvite` or `rejectReInvite` within ten seconds. */
    'Call.ReInviteReceived': CallEvent & { mimeType: string; body: string; headers: SipHeaders };
    'Call.ReInviteAccepted': CallEvent & { mimeType: string; body: string; headers: SipHeaders };
    'Call.ReInviteRejected': CallEvent & { code: number; reason: string; headers: SipHeaders };
}
