//! Calls that came in: ringing, early media, answering, refusing, hold.

use super::{Control, Told, cause, disconnected, params};
use crate::leg::{Direction, Leg, MediaLeg, Stage};
use crate::outside::Outside;
use scenario::host::{CallId, Input};
use sip::Headers;
use std::net::IpAddr;
use voice::{Codec, sdp};

/// A call at the door, as signalling reports it.
#[derive(Clone, Debug)]
pub(crate) struct Arrival {
    pub(crate) leg: sip::LegId,
    pub(crate) sdp: Vec<u8>,
    pub(crate) local_ip: IpAddr,
    /// What may be agreed on with the caller.
    pub(crate) codecs: Vec<Codec>,
}

impl Control {
    /// Takes an incoming call into the books; the scenario hears of it from the driver.
    pub(crate) fn alert(&mut self, call: CallId, arrival: Arrival) {
        let mut leg = Leg::new(
            arrival.leg,
            Direction::Incoming,
            Stage::Alerting,
            arrival.local_ip,
            arrival.codecs,
        );
        leg.offer = arrival.sdp;
        self.legs.insert(call, leg);
    }

    pub(super) fn ring(&mut self, call: CallId, headers: Headers, out: &mut dyn Outside) -> Told {
        if let Some(leg) = self.alerting(call) {
            out.ring(leg.sip, headers);
        }
        Told::default()
    }

    pub(super) fn early_media(
        &mut self,
        call: CallId,
        headers: Headers,
        out: &mut dyn Outside,
    ) -> Told {
        if self.alerting(call).is_none() {
            return Told::default();
        }
        match self.local_sdp(call, out) {
            Ok(sdp) => {
                if let Some(leg) = self.legs.get(&call) {
                    out.early_media(leg.sip, headers, sdp);
                }
                Told::default()
            }
            Err(why) => Told::log(format!("call {call}: no early media: {why}")),
        }
    }

    /// A second `answer()` is ignored (voxengine.md §5.2).
    pub(super) fn answer(
        &mut self,
        now_ms: u64,
        call: CallId,
        headers: Headers,
        out: &mut dyn Outside,
    ) -> Told {
        if self.alerting(call).is_none() {
            return Told::default();
        }
        match self.local_sdp(call, out) {
            Ok(sdp) => {
                if let Some(leg) = self.legs.get_mut(&call) {
                    leg.stage = Stage::Answering;
                    out.answer(leg.sip, headers, sdp);
                }
                Told::default()
            }
            Err(why) => {
                let mut told = self.reject(now_ms, call, 488, Vec::new(), out);
                told.log
                    .push(format!("call {call} cannot be answered: {why}"));
                told
            }
        }
    }

    /// The scenario hears of the end at once (voxengine.md §4.1 `reject`).
    pub(super) fn reject(
        &mut self,
        now_ms: u64,
        call: CallId,
        code: u16,
        mut headers: Headers,
        out: &mut dyn Outside,
    ) -> Told {
        if self.alerting(call).is_none() {
            return Told::default();
        }
        let Some(leg) = self.forget(call, out) else {
            return Told::default();
        };
        let reason = cause::take_reason(&mut headers)
            .unwrap_or_else(|| cause::reason(cause::of_status(code)));
        let cause = cause::cause_in(&reason).unwrap_or_else(|| cause::of_status(code));
        out.reject(leg.sip, code, headers, Some(reason));
        let mut told = Told::one(disconnected(
            call,
            &leg,
            now_ms,
            cause,
            String::new(),
            Vec::new(),
        ));
        told.inputs.extend(self.never_recorded(call));
        told
    }

    /// A re-INVITE: a new address, hold or resume.
    pub(super) fn reoffer(
        &mut self,
        call: CallId,
        offer: &[u8],
        headers: Headers,
        out: &mut dyn Outside,
    ) -> Told {
        let session = self.session;
        let Some(leg) = self.legs.get_mut(&call) else {
            return Told::default();
        };
        let codecs = leg.codecs_to_offer();
        let Some(media) = leg.media.as_mut() else {
            out.answer_reoffer(leg.sip, Vec::new(), Vec::new());
            return Told::default();
        };
        leg.sdp_version += 1;
        if offer.is_empty() {
            // A re-INVITE without SDP asks for our offer (RFC 3261 §14.2).
            let sdp = sdp::offer(leg.local_ip, media.port, &codecs, session, leg.sdp_version);
            out.answer_reoffer(leg.sip, headers, sdp);
            return Told::default();
        }
        match sdp::answer(
            offer,
            leg.local_ip,
            media.port,
            &codecs,
            session,
            leg.sdp_version,
        ) {
            Ok((answer, agreed)) => {
                out.configure(media.id, params(&agreed));
                let held = !agreed.we_send;
                media.agreed = Some(agreed);
                out.answer_reoffer(leg.sip, headers, answer);
                let changed = std::mem::replace(&mut leg.held, held) != held;
                self.listen_for_tones(call, out);
                if !changed {
                    return Told::default();
                }
                Told::one(Input::CallHeld { call, held })
            }
            Err(error) => {
                out.answer_reoffer(leg.sip, Vec::new(), Vec::new());
                Told::log(format!("call {call}: its new offer is refused: {error}"))
            }
        }
    }

    /// Our 200 was acknowledged, or our INVITE was answered.
    pub(super) fn answered(
        &mut self,
        now_ms: u64,
        call: CallId,
        headers: Headers,
        answer: &[u8],
        out: &mut dyn Outside,
    ) -> Told {
        let Some(leg) = self.legs.get_mut(&call) else {
            return Told::default();
        };
        match leg.stage {
            Stage::Answering | Stage::Dialing => {}
            // A second 200 of one call, or one that crossed our hang-up.
            Stage::Alerting | Stage::Connected { .. } | Stage::Leaving { .. } => {
                return Told::default();
            }
        }
        let late_offer = leg.direction == Direction::Incoming && leg.offer.is_empty();
        let has_answer = leg.direction == Direction::Outgoing || late_offer;
        if has_answer && let Err(why) = self.take_answer(call, answer, out) {
            let mut told = self.hangup(now_ms, call, Vec::new(), out);
            told.log
                .push(format!("call {call}: its answer cannot be used: {why}"));
            return told;
        }
        let mut is_outgoing = false;
        if let Some(leg) = self.legs.get_mut(&call) {
            leg.stage = Stage::Connected { since_ms: now_ms };
            is_outgoing = leg.direction == Direction::Outgoing;
        }
        if is_outgoing {
            for leg in self.legs.values_mut() {
                leg.answered_elsewhere |= leg.stage == Stage::Dialing;
            }
        }
        Told::one(Input::CallConnected { call, headers })
    }

    /// The SDP for a 183 or 200, made once, with the media opened for it.
    fn local_sdp(&mut self, call: CallId, out: &mut dyn Outside) -> Result<Vec<u8>, String> {
        let session = self.session;
        let Some(leg) = self.legs.get_mut(&call) else {
            return Err("the call is gone".into());
        };
        let codecs = leg.codecs.clone();
        if let Some(sdp) = &leg.our_sdp {
            return Ok(sdp.clone());
        }
        let (id, port) = out.open_media()?;
        leg.media = Some(MediaLeg {
            id,
            port,
            agreed: None,
        });
        let sdp = if leg.offer.is_empty() {
            sdp::offer(leg.local_ip, port, &codecs, session, leg.sdp_version)
        } else {
            let (answer, agreed) = sdp::answer(
                &leg.offer,
                leg.local_ip,
                port,
                &codecs,
                session,
                leg.sdp_version,
            )
            .map_err(|error| error.to_string())?;
            out.configure(id, params(&agreed));
            if let Some(media) = leg.media.as_mut() {
                media.agreed = Some(agreed);
            }
            answer
        };
        leg.our_sdp = Some(sdp.clone());
        self.media_opened(call, out);
        Ok(sdp)
    }

    fn alerting(&self, call: CallId) -> Option<&Leg> {
        self.legs
            .get(&call)
            .filter(|leg| leg.direction == Direction::Incoming && leg.stage == Stage::Alerting)
    }
}
