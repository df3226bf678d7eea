//! Believing a session about itself: after a restart, and whenever it has
//! been silent for long.

use super::Center;
use crate::call::{Stage, Tie};
use crate::effect::Effect;
use crate::id::{CallId, OfferId};
use crate::input::SessionDoing;
use crate::limits::{ENDING_MS, SILENCE_MS};
use crate::offer::{Offer, Outcome, Talk};
use crate::transfer::ConsultParty;

impl Center {
    pub(super) fn session_status(&mut self, id: CallId, doing: SessionDoing) {
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        call.heard(self.now);
        // A status given before the newest command or event proves nothing
        // against it.
        let version = call.version;
        let is_fresh = call.asked.take().is_some_and(|(asked, _)| asked == version);
        match doing {
            SessionDoing::Waiting => self.status_waiting(id, is_fresh),
            SessionDoing::Offering { offer_id, others } => {
                let mut rung = others;
                rung.push(offer_id);
                self.status_offering(id, &rung, is_fresh);
            }
            SessionDoing::Talking { offer_id } => self.status_talking(id, offer_id, is_fresh),
            SessionDoing::Consulting {
                offer_id,
                consult_id,
                with,
            } => self.status_consulting(id, (offer_id, consult_id), with, is_fresh),
            SessionDoing::CallingBack { offer_id } => self.status_calling_back(id, offer_id),
            SessionDoing::Ending => self.status_ending(id),
        }
        self.arm_call(id);
    }

    fn status_waiting(&mut self, id: CallId, is_fresh: bool) {
        let Some(call) = self.calls.get(&id) else {
            return;
        };
        match call.stage {
            Stage::Waiting => {}
            Stage::Ended => self.tell_hang_up(id),
            Stage::Offering(_) | Stage::Talking(_) if !is_fresh => self.ask_status(id),
            // The `connect` was never heard, or its report is lost.
            Stage::Offering(_) => {
                self.release_offers(id, Outcome::NotDelivered, false);
                self.pause(id);
            }
            Stage::Talking(_) => {
                self.put_back_in_line(id);
                self.leave_if_overdue(id);
            }
        }
    }

    fn status_offering(&mut self, id: CallId, rung: &[OfferId], is_fresh: bool) {
        let now = self.now;
        for offer_id in rung {
            let Some(call) = self.calls.get_mut(&id) else {
                return;
            };
            match (call.tie(*offer_id), call.offer_mut(*offer_id)) {
                (Tie::Live, Some(offer)) if offer.doubted => {
                    // We slept; the session did not and still watches.
                    offer.doubted = false;
                    offer.deadline = Offer::deadline_from(now, offer.ring_timeout_ms);
                }
                // Given before the answer that we know of, in case of a talk.
                (Tie::Live | Tie::Talk, _) => {}
                // The agent who asked has hung up, and the phone rings on.
                (Tie::Consult, _) if is_fresh => {
                    if let Some(left) = call.talk().map(|talk| talk.offer) {
                        self.agent_left(id, left);
                    }
                }
                (Tie::Consult, _) => self.ask_status(id),
                (Tie::Past, _) => self.cancel_again(id, *offer_id),
            }
        }
        if !is_fresh {
            return;
        }
        let unheard: Vec<OfferId> = self
            .calls
            .get(&id)
            .map_or(&[][..], |call| call.offers())
            .iter()
            .map(|offer| offer.id)
            .filter(|offer| !rung.contains(offer))
            .collect();
        for offer in unheard {
            self.fail_offer(id, offer, Outcome::NotDelivered, None);
        }
    }

    fn status_talking(&mut self, id: CallId, offer_id: OfferId, is_fresh: bool) {
        let Some(call) = self.calls.get(&id) else {
            return;
        };
        match call.tie(offer_id) {
            Tie::Live => {
                self.begin_talk(id, offer_id, self.now);
                self.join_talk(id);
                self.silence_others(id);
            }
            Tie::Talk => {
                let asks = call.consult().is_some();
                self.join_talk(id);
                self.silence_others(id);
                match asks {
                    true if is_fresh => self.end_consult(id, Outcome::NotDelivered),
                    true => self.ask_status(id),
                    false => {}
                }
            }
            Tie::Past if call.talk().is_some() && call.has_left(offer_id) => {
                if is_fresh {
                    self.completed_too_late(id);
                } else {
                    self.ask_status(id);
                }
            }
            Tie::Consult | Tie::Past => self.found_completed(id, offer_id),
        }
    }

    /// A talk that the centre had given up: it is taken over, or ended.
    pub(super) fn take_over(&mut self, id: CallId, offer_id: OfferId) {
        let may_be = self
            .calls
            .get(&id)
            .is_some_and(|call| call.is_in_line() && !call.has_left(offer_id));
        if !may_be || !self.adopt(id, offer_id) {
            self.cancel_again(id, offer_id);
        }
    }

    /// The session says that the agent of one offer asks that of another.
    fn status_consulting(
        &mut self,
        id: CallId,
        (offer, consult): (OfferId, OfferId),
        with: Option<ConsultParty>,
        is_fresh: bool,
    ) {
        let now = self.now;
        let (Some(tie), Some(asked)) = (self.tie(id, offer), self.tie(id, consult)) else {
            return;
        };
        match (tie, asked) {
            (Tie::Talk, Tie::Consult) => {
                let Some(own) = self.calls.get_mut(&id).and_then(|call| call.consult_mut()) else {
                    return;
                };
                match (own.joined, with) {
                    (None, Some(_)) => self.consult_answered(id),
                    (None, None) if own.offer.doubted => {
                        own.offer.doubted = false;
                        own.offer.deadline = Offer::deadline_from(now, own.offer.ring_timeout_ms);
                    }
                    (Some(joined), Some(with)) if joined.with != with => self.tell_consult(id),
                    (None | Some(_), _) => {}
                }
            }
            // We know that the colleague has the caller.
            (_, Tie::Talk) => {
                self.put(Effect::CompleteTransfer {
                    call: id,
                    offer: consult,
                });
            }
            (Tie::Live | Tie::Talk | Tie::Consult | Tie::Past, _) => {
                if asked == Tie::Past {
                    self.cancel_again(id, consult);
                }
                self.status_talking(id, offer, is_fresh);
            }
        }
    }

    /// A session that talks does not tell which phones ring beside it: one whose
    /// `connect` seemed lost may. Told at the beginning of a talk only, since
    /// none rings for longer.
    fn silence_others(&mut self, id: CallId) {
        let Some(call) = self.calls.get(&id) else {
            return;
        };
        if let Stage::Talking(talk) = &call.stage
            && self.now.saturating_sub(talk.since) < SILENCE_MS
        {
            for offer in call.past_offers() {
                self.cancel_again(id, offer);
            }
        }
    }

    /// Takes over a talk whose offer the centre had given up. Not possible if
    /// whom it was for is unknown or has another call by now.
    pub(super) fn adopt(&mut self, id: CallId, offer_id: OfferId) -> bool {
        let now = self.now;
        let Some(target) = self.adoptable(id, offer_id) else {
            return false;
        };
        self.release_offers(id, Outcome::Cancelled, true);
        let Some(call) = self.calls.get_mut(&id) else {
            return false;
        };
        call.enter(Stage::Talking(Talk::found(offer_id, target, now)));
        self.leave_line_for_talk(id);
        self.callback_reached(id);
        self.target_adopted(target, id, offer_id);
        true
    }

    /// The session is about to end: no more offers, and a moment for its last
    /// events, which say more than a status does.
    fn status_ending(&mut self, id: CallId) {
        let now = self.now;
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        let past = call.past_offers();
        if !call.has_ended() {
            call.ending_at = call.ending_at.or_else(now + ENDING_MS);
        }
        match call.stage {
            Stage::Waiting | Stage::Offering(_) | Stage::Ended => {
                self.release_offers(id, Outcome::Cancelled, true);
                // A cancel may have died with the process before it was sent,
                // and a session that ends does not tell which phones ring.
                for offer in past {
                    self.cancel_again(id, offer);
                }
            }
            Stage::Talking(_) => {}
        }
        self.settle_turn(id);
    }
}
