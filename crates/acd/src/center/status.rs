//! Believing a session about itself: after a restart, and whenever it has
//! been silent for long.

use super::Center;
use crate::activity::{Activity, Trigger};
use crate::call::{Mark, Stage};
use crate::effect::Effect;
use crate::id::{CallId, OfferId};
use crate::input::SessionDoing;
use crate::limits::ENDING_MS;
use crate::offer::{Offer, Outcome, Talk};

impl Center {
    pub(super) fn session_status(&mut self, id: CallId, doing: SessionDoing) {
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        call.heard(self.now);
        let mark = call.mark();
        // A status given before the newest command or event proves nothing
        // against it.
        let is_fresh = call.asked.take().is_some_and(|(asked, _)| asked == mark);
        match doing {
            SessionDoing::Waiting => self.status_waiting(id, mark, is_fresh),
            SessionDoing::Offering { offer_id } => {
                self.status_offering(id, mark, offer_id, is_fresh)
            }
            SessionDoing::Talking { offer_id } => self.status_talking(id, mark, offer_id),
            SessionDoing::Ending => self.status_ending(id, mark),
        }
        self.arm_call(id);
    }

    fn status_waiting(&mut self, id: CallId, mark: Mark, is_fresh: bool) {
        match mark {
            Mark::Waiting | Mark::Ended => {}
            Mark::Offering(_) | Mark::Talking(_) if !is_fresh => self.ask_status(id),
            // The `connect` was never heard, or its report is lost.
            Mark::Offering(_) => self.fail_offer(id, Outcome::NotDelivered, None),
            Mark::Talking(_) => self.put_back_in_line(id),
        }
    }

    fn status_offering(&mut self, id: CallId, mark: Mark, offer_id: OfferId, is_fresh: bool) {
        let now = self.now;
        match mark {
            Mark::Offering(live) if live == offer_id => {
                if let Some(call) = self.calls.get_mut(&id)
                    && let Stage::Offering(offer) = &mut call.stage
                    && offer.doubted
                {
                    // We slept; the session did not and still watches.
                    offer.doubted = false;
                    offer.deadline = Offer::deadline_from(now, offer.ring_timeout_ms);
                }
            }
            // Given before the answer that we know of.
            Mark::Talking(live) if live == offer_id => {}
            Mark::Offering(_) => {
                self.cancel_again(id, offer_id);
                if is_fresh {
                    self.fail_offer(id, Outcome::NotDelivered, None);
                }
            }
            Mark::Waiting | Mark::Talking(_) | Mark::Ended => self.cancel_again(id, offer_id),
        }
    }

    fn status_talking(&mut self, id: CallId, mark: Mark, offer_id: OfferId) {
        match mark {
            Mark::Offering(live) if live == offer_id => {
                self.begin_talk(id, self.now);
                self.join_talk(id);
            }
            Mark::Talking(live) if live == offer_id => self.join_talk(id),
            Mark::Waiting | Mark::Offering(_) => {
                if !self.adopt(id, offer_id) {
                    self.cancel_again(id, offer_id);
                }
            }
            Mark::Talking(_) | Mark::Ended => self.cancel_again(id, offer_id),
        }
    }

    /// Takes over a talk whose offer the centre had given up. Not possible if
    /// its agent is unknown or has another call by now.
    fn adopt(&mut self, id: CallId, offer_id: OfferId) -> bool {
        let now = self.now;
        let Some(agent_ix) = self
            .calls
            .get(&id)
            .and_then(|call| call.past_agent(offer_id))
            .and_then(|name| self.find_agent(&name))
        else {
            return false;
        };
        let Some(call) = self.calls.get(&id) else {
            return false;
        };
        let live = match &call.stage {
            Stage::Offering(offer) => Some(offer.clone()),
            Stage::Waiting { .. } | Stage::Talking(_) | Stage::Ended => None,
        };
        let is_able = match self.agents[agent_ix.at()].activity {
            Activity::Idle | Activity::WrapUp { .. } => true,
            Activity::Reserved { call } | Activity::Ringing { call } => call == id,
            Activity::Talking { .. } => false,
        };
        if !is_able {
            return false;
        }
        if let Some(offer) = live {
            self.put(Effect::CancelOffer {
                call: id,
                offer: offer.id,
            });
            self.fail_offer(id, Outcome::Cancelled, None);
        }
        let Some(call) = self.calls.get_mut(&id) else {
            return false;
        };
        call.stage = Stage::Talking(Talk {
            offer: offer_id,
            agent: agent_ix,
            offered_at: now,
            ring_until: now,
            since: now,
            joined: true,
        });
        let (place, pool) = (call.place, call.pool);
        self.pools[pool.at()].unserved.remove(&place);
        self.leave_line_for_agent(id);
        self.agents[agent_ix.at()].marks.adopted();
        self.move_agent(
            agent_ix,
            Trigger::Adopted { call: id },
            "found talking by the session's status",
        );
        true
    }

    /// The session is about to end: no more offers, and a moment for its last
    /// events, which say more than a status does.
    fn status_ending(&mut self, id: CallId, mark: Mark) {
        let now = self.now;
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        let past = call.last_past_offer();
        if !call.has_ended() {
            call.ending_at.get_or_insert(now + ENDING_MS);
            let (place, pool) = (call.place, call.pool);
            self.pools[pool.at()].unserved.remove(&place);
        }
        match mark {
            Mark::Offering(offer) => {
                self.put(Effect::CancelOffer { call: id, offer });
                self.fail_offer(id, Outcome::Cancelled, None);
            }
            Mark::Waiting | Mark::Ended => {
                // A cancel may have died with the process before it was sent.
                if let Some(offer) = past {
                    self.cancel_again(id, offer);
                }
            }
            Mark::Talking(_) => {}
        }
    }
}
