//! Calls that are taken over (RFC 3891) and calls that are joined by an attended
//! transfer (RFC 5589 §7): a call of the scenario goes on with another far end. Its
//! media, and who hears whom, stay as they are.

use super::{Arrival, Control, Last, Told, cause, params};
use crate::leg::{Leg, Stage, Successor};
use crate::outside::{Outside, Parting};
use scenario::host::{CallId, Input, TransferRole};
use sip::{Headers, SipEvent};
use voice::sdp;

/// SIP status for a call that does not stand.
const NO_SUCH_CALL: u16 = 481;
/// For an offer that fits no codec, or none at all.
const NOT_ACCEPTABLE: u16 = 488;
/// For a call that is being joined already.
const PENDING: u16 = 491;

impl Control {
    /// The far end of this call wants to be replaced by the far end of another one
    /// of its calls here.
    pub(super) fn join(&mut self, call: CallId, other: sip::LegId, out: &mut dyn Outside) -> Told {
        let inner_ip = out.inner_ip();
        let session = self.session;
        let Some(leg) = self.legs.get_mut(&call) else {
            return Told::default();
        };
        let is_standing = matches!(leg.stage, Stage::Connected { .. }) && leg.sip != other;
        let port = leg.media.as_ref().map(|media| media.port);
        let (Some(port), true, None) = (port, is_standing, &leg.successor) else {
            let code = if leg.successor.is_some() {
                PENDING
            } else {
                NO_SUCH_CALL
            };
            out.answer_refer(leg.sip, code);
            return Told::log(format!("call {call} cannot be joined now: {code}"));
        };
        leg.sdp_version += 1;
        let codecs = leg.codecs_to_offer();
        let offer = sdp::offer(inner_ip, port, &codecs, session, leg.sdp_version);
        let successor = out.ask_for_place(other, offer);
        leg.successor = Some(Successor {
            leg: successor,
            is_alone: false,
        });
        out.answer_refer(leg.sip, 202);
        Told::log(format!(
            "call {call}: its far end joins it with another call of its own"
        ))
    }

    /// What became of that.
    pub(super) fn joined(
        &mut self,
        now_ms: u64,
        call: CallId,
        event: SipEvent,
        out: &mut dyn Outside,
    ) -> Told {
        match event {
            SipEvent::Answered { sdp, headers, .. } => match self.take_answer(call, &sdp, out) {
                Ok(()) => self.succeed(call, headers, out),
                Err(why) => {
                    let mut told = self.not_joined(now_ms, call, NOT_ACCEPTABLE, out);
                    told.log.push(format!("call {call} is not joined: {why}"));
                    told
                }
            },
            SipEvent::Failed { code, .. } => self.not_joined(now_ms, call, code, out),
            SipEvent::Ended { .. } => self.not_joined(now_ms, call, NO_SUCH_CALL, out),
            _ => Told::default(),
        }
    }

    /// The call goes on with its successor.
    fn succeed(&mut self, call: CallId, headers: Headers, out: &mut dyn Outside) -> Told {
        let inner_ip = out.inner_ip();
        let Some(leg) = self.legs.get_mut(&call) else {
            return Told::default();
        };
        let Some(successor) = leg.successor.take() else {
            return Told::default();
        };
        let before = std::mem::replace(&mut leg.sip, successor.leg);
        leg.local_ip = inner_ip;
        if !successor.is_alone {
            out.notify_refer(before, 200, "OK".to_owned());
            out.part_with(before, Parting::Soon);
        }
        let mut told = Told::one(Input::CallTakenOver {
            call,
            role: TransferRole::Transferor,
            headers,
        });
        told.inputs.extend(self.no_longer_held(call));
        told
    }

    fn not_joined(&mut self, now_ms: u64, call: CallId, code: u16, out: &mut dyn Outside) -> Told {
        let Some(leg) = self.legs.get_mut(&call) else {
            return Told::default();
        };
        let Some(successor) = leg.successor.take() else {
            return Told::default();
        };
        out.hangup(successor.leg, Vec::new(), None);
        if successor.is_alone {
            return self.ended_alone(now_ms, call, out);
        }
        let reason = "the other call does not stand".to_owned();
        out.notify_refer(leg.sip, code.clamp(300, 699), reason);
        Told::log(format!("call {call} was not joined: {code}"))
    }

    /// The far end of a call ended while it is being joined: it is not waited for.
    /// False when the call is an ordinary one.
    pub(super) fn left_alone(&mut self, call: CallId) -> bool {
        let leg = self.legs.get_mut(&call);
        match leg.and_then(|leg| leg.successor.as_mut()) {
            Some(successor) => {
                successor.is_alone = true;
                true
            }
            None => false,
        }
    }

    /// A call ends whose signalling has said its last word before.
    pub(super) fn ended_alone(&mut self, now_ms: u64, call: CallId, out: &mut dyn Outside) -> Told {
        let last = Last {
            cause: cause::NORMAL,
            code: 487,
            reason: String::new(),
            headers: Vec::new(),
        };
        self.ended(now_ms, call, last, out)
    }

    /// A new leg takes the place of this call's own.
    pub(crate) fn take_over(
        &mut self,
        call: CallId,
        arrival: &Arrival,
        headers: Headers,
        out: &mut dyn Outside,
    ) -> Told {
        let refuse = |code: u16, why: &str, out: &mut dyn Outside| {
            out.reject(arrival.leg, code, Vec::new(), None);
            Told::log(format!("call {call} is not taken over: {why}"))
        };
        let session = self.session;
        let is_standing = |leg: &&mut Leg| {
            matches!(leg.stage, Stage::Connected { .. }) && leg.successor.is_none()
        };
        let Some(leg) = self.legs.get_mut(&call).filter(is_standing) else {
            return refuse(NO_SUCH_CALL, "it does not stand", out);
        };
        let Some(media) = leg.media.as_mut() else {
            return refuse(NO_SUCH_CALL, "it has no media", out);
        };
        if arrival.sdp.is_empty() {
            return refuse(NOT_ACCEPTABLE, "there is no offer", out);
        }
        let version = leg.sdp_version + 1;
        let (ip, port) = (arrival.local_ip, media.port);
        let answer = sdp::answer(&arrival.sdp, ip, port, &arrival.codecs, session, version);
        let (answer, agreed) = match answer {
            Ok(answer) => answer,
            Err(error) => return refuse(NOT_ACCEPTABLE, &error.to_string(), out),
        };
        leg.sdp_version = version;
        leg.local_ip = ip;
        leg.codecs.clone_from(&arrival.codecs);
        out.configure(media.id, params(&agreed));
        media.agreed = Some(agreed);
        let before = std::mem::replace(&mut leg.sip, arrival.leg);
        out.answer(arrival.leg, Vec::new(), answer);
        out.part_with(before, Parting::AtOnce);
        self.listen_for_tones(call, out);
        let mut told = Told::one(Input::CallTakenOver {
            call,
            role: TransferRole::Target,
            headers,
        });
        told.inputs.extend(self.no_longer_held(call));
        told
    }

    /// Whoever was on hold before, the new far end is not.
    fn no_longer_held(&mut self, call: CallId) -> Option<Input> {
        let leg = self.legs.get_mut(&call)?;
        let held = !leg.media.as_ref()?.agreed.as_ref()?.we_send;
        let changed = std::mem::replace(&mut leg.held, held) != held;
        changed.then_some(Input::CallHeld { call, held })
    }
}
