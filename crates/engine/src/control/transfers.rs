//! What a scenario and a far end ask of a call that stands: to be put through to
//! somebody else (REFER, RFC 3515) and to change the session (re-INVITE).

use super::{Control, Told};
use crate::leg::{Leg, Stage};
use crate::outside::Outside;
use scenario::host::{CallId, Effect, Input, TransferTarget};
use sip::{Headers, ReferTo, SipEvent};
use voice::sdp;

/// The MIME type of every body that our re-INVITEs and their answers have.
const SDP_TYPE: &str = "application/sdp";

impl Control {
    /// One effect that concerns transfers or re-INVITEs.
    pub(super) fn transfer_effect(&mut self, effect: Effect, out: &mut dyn Outside) -> Told {
        match effect {
            Effect::HandleBlindTransfer { call, enabled } => {
                self.handle_blind_transfer(call, enabled)
            }
            Effect::NotifyTransfer { call, code, reason } => {
                self.notify_transfer(call, code, reason, out)
            }
            Effect::Transfer { call, to, headers } => self.transfer(call, to, headers, out),
            Effect::HandleReInvites { call } => self.handle_re_invites(call),
            Effect::AcceptReInvite { call, headers } => self.accept_re_invite(call, headers, out),
            Effect::RejectReInvite {
                call,
                code,
                headers,
            } => self.reject_re_invite(call, code, headers, out),
            Effect::ReInvite {
                call,
                headers,
                body,
                ..
            } => self.re_invite(call, headers, &body, out),
            _ => Told::default(),
        }
    }

    /// One event that concerns them.
    pub(super) fn transfer_event(
        &mut self,
        call: CallId,
        event: SipEvent,
        out: &mut dyn Outside,
    ) -> Told {
        match event {
            SipEvent::Reoffer { headers, sdp, .. } => self.re_invited(call, headers, sdp, out),
            SipEvent::ReofferAnswered {
                code,
                reason,
                headers,
                sdp,
                ..
            } => self.re_invite_answered(call, (code, reason), headers, &sdp, out),
            SipEvent::Refer {
                replaces: Some(other),
                ..
            } => self.join(call, other, out),
            SipEvent::Refer {
                target, headers, ..
            } => self.transfer_requested(call, target, headers, out),
            SipEvent::Transferred {
                code,
                reason,
                headers,
                ..
            } => Told::one(Input::CallTransferred {
                call,
                code,
                reason,
                headers,
            }),
            _ => Told::default(),
        }
    }

    fn handle_blind_transfer(&mut self, call: CallId, enabled: bool) -> Told {
        if let Some(leg) = self.legs.get_mut(&call) {
            leg.handles_transfers = enabled;
        }
        Told::default()
    }

    /// The far end's REFER: the scenario's business, or politely declined.
    pub(super) fn transfer_requested(
        &mut self,
        call: CallId,
        target: String,
        headers: Headers,
        out: &mut dyn Outside,
    ) -> Told {
        let Some(leg) = self.legs.get(&call) else {
            return Told::default();
        };
        if !leg.handles_transfers {
            out.answer_refer(leg.sip, 603);
            return Told::log(format!(
                "call {call}: transfer declined: the scenario did not ask for transfers by handleBlindTransfer(true)"
            ));
        }
        out.answer_refer(leg.sip, 202);
        Told::one(Input::CallTransferRequested {
            call,
            target,
            headers,
        })
    }

    pub(super) fn notify_transfer(
        &mut self,
        call: CallId,
        code: u16,
        reason: String,
        out: &mut dyn Outside,
    ) -> Told {
        match self.legs.get(&call) {
            Some(leg) => out.notify_refer(leg.sip, code.clamp(200, 699), reason),
            None => return Told::log(format!("call {call} is gone: nobody to tell")),
        }
        Told::default()
    }

    pub(super) fn transfer(
        &mut self,
        call: CallId,
        to: TransferTarget,
        headers: Headers,
        out: &mut dyn Outside,
    ) -> Told {
        let failed = |code, reason: &str| {
            Told::one(Input::CallTransferred {
                call,
                code,
                reason: reason.to_owned(),
                headers: Vec::new(),
            })
        };
        let Some(leg) = self.connected(call) else {
            return failed(481, "the call is not connected");
        };
        let to = match to {
            TransferTarget::Address { address } => ReferTo::Address(address),
            TransferTarget::Call { call: other } => match self.connected(other) {
                Some(other) => ReferTo::Leg(other.sip),
                None => return failed(481, "the other call is not connected"),
            },
        };
        out.refer(leg.sip, to, headers);
        Told::default()
    }

    pub(super) fn handle_re_invites(&mut self, call: CallId) -> Told {
        if let Some(leg) = self.legs.get_mut(&call) {
            leg.handles_re_invites = true;
        }
        Told::default()
    }

    /// The far end's re-INVITE: answered here, unless the scenario wants to.
    pub(super) fn re_invited(
        &mut self,
        call: CallId,
        headers: Headers,
        offer: Vec<u8>,
        out: &mut dyn Outside,
    ) -> Told {
        match self.legs.get_mut(&call) {
            Some(leg) if leg.handles_re_invites => {
                let body = String::from_utf8_lossy(&offer).into_owned();
                leg.reoffer = Some(offer);
                Told::one(Input::CallReInvite {
                    call,
                    mime_type: SDP_TYPE.to_owned(),
                    body,
                    headers,
                })
            }
            _ => self.reoffer(call, &offer, Vec::new(), out),
        }
    }

    pub(super) fn accept_re_invite(
        &mut self,
        call: CallId,
        headers: Headers,
        out: &mut dyn Outside,
    ) -> Told {
        match self.legs.get_mut(&call).and_then(|leg| leg.reoffer.take()) {
            Some(offer) => self.reoffer(call, &offer, headers, out),
            None => Told::log(format!("call {call}: no re-INVITE waits for an answer")),
        }
    }

    pub(super) fn reject_re_invite(
        &mut self,
        call: CallId,
        code: u16,
        headers: Headers,
        out: &mut dyn Outside,
    ) -> Told {
        if let Some(leg) = self.legs.get_mut(&call)
            && leg.reoffer.take().is_some()
        {
            out.refuse_reoffer(leg.sip, code.clamp(300, 699), headers);
            return Told::default();
        }
        Told::log(format!("call {call}: no re-INVITE waits for an answer"))
    }

    /// A re-INVITE of ours. Media goes through us: the offer is our own, of the
    /// scenario's body only the direction counts.
    pub(super) fn re_invite(
        &mut self,
        call: CallId,
        headers: Headers,
        body: &str,
        out: &mut dyn Outside,
    ) -> Told {
        let session = self.session;
        let standing = self.connected(call).is_some();
        let Some(leg) = self.legs.get_mut(&call).filter(|_| standing) else {
            return re_invite_refused(call, 481, "the call is not connected");
        };
        let Some(media) = &leg.media else {
            return re_invite_refused(call, 488, "the call has no media");
        };
        leg.sdp_version += 1;
        let codecs = leg.codecs_to_offer();
        let offer = sdp::offer(leg.local_ip, media.port, &codecs, session, leg.sdp_version);
        let offer = with_direction(offer, direction_of(body));
        out.reoffer(leg.sip, headers, offer);
        Told::default()
    }

    /// What the far end said to our re-INVITE.
    pub(super) fn re_invite_answered(
        &mut self,
        call: CallId,
        (code, reason): (u16, String),
        headers: Headers,
        answer: &[u8],
        out: &mut dyn Outside,
    ) -> Told {
        if self.connected(call).is_none() {
            return Told::default();
        }
        if code < 300
            && let Err(why) = self.take_answer(call, answer, out)
        {
            let mut told = re_invite_refused(call, 488, "its answer cannot be used");
            told.log.push(format!("call {call}: {why}"));
            return told;
        }
        Told::one(Input::CallReInviteAnswered {
            call,
            code,
            reason,
            mime_type: SDP_TYPE.to_owned(),
            body: String::from_utf8_lossy(answer).into_owned(),
            headers,
        })
    }

    fn connected(&self, call: CallId) -> Option<&Leg> {
        self.legs
            .get(&call)
            .filter(|leg| matches!(leg.stage, Stage::Connected { .. }))
    }
}

fn re_invite_refused(call: CallId, code: u16, reason: &str) -> Told {
    Told::one(Input::CallReInviteAnswered {
        call,
        code,
        reason: reason.to_owned(),
        mime_type: String::new(),
        body: String::new(),
        headers: Vec::new(),
    })
}

/// The direction that an SDP body asks for: the last one named, `sendrecv` when
/// none is (RFC 3264 §5.1).
fn direction_of(body: &str) -> &'static str {
    const ALL: [&str; 4] = ["sendrecv", "sendonly", "recvonly", "inactive"];
    body.lines()
        .filter_map(|line| line.trim().strip_prefix("a="))
        .filter_map(|value| ALL.into_iter().find(|known| *known == value))
        .next_back()
        .unwrap_or("sendrecv")
}

fn with_direction(offer: Vec<u8>, direction: &str) -> Vec<u8> {
    let text = String::from_utf8_lossy(&offer);
    text.replace("a=sendrecv", &format!("a={direction}"))
        .into_bytes()
}
