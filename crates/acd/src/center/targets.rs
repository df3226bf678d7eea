//! What differs between offers by whom they are for: see [`Target`].

use super::Center;
use super::mutation::Mutation;
use crate::activity::{Activity, Trigger};
use crate::agent::AgentIx;
use crate::ban::BanRule;
use crate::config::Contact;
use crate::effect::{Effect, Fact};
use crate::id::{CallId, Millis, OfferId};
use crate::limits::SILENCE_MS;
use crate::offer::{Offer, Outcome, Talk};
use crate::target::{Party, Target};
use crate::wrap_up::WrapUp;

/// How somebody is to be reached.
pub(super) struct Dial {
    pub(super) contact: Contact,
    pub(super) ring_timeout_ms: Millis,
    /// What the phone shows; `None` is the caller's number.
    pub(super) caller_id: Option<String>,
    /// Nobody else is rung for the caller meanwhile.
    pub(super) alone: bool,
    /// Why, for the record.
    pub(super) why: String,
}

impl Center {
    /// The name of a target.
    pub(super) fn party(&self, target: Target) -> Party {
        match target {
            Target::Agent(ix) => Party::Agent(self.agents[ix.at()].config.name.clone()),
            Target::Reserve { reserve } => {
                Party::Reserve(self.reserves.list[reserve.at()].config.name.clone())
            }
            Target::Outside { outside } => {
                let call = self.calls.get(&outside);
                let number = call.and_then(|call| call.outside.clone());
                Party::Number(number.unwrap_or_default())
            }
        }
    }

    /// Where whoever is asked about a call is to be reached.
    pub(super) fn contact_of(&self, target: Target) -> Contact {
        match target {
            Target::Agent(ix) => self.agents[ix.at()].config.contact.clone(),
            Target::Reserve { reserve } => self.reserves.list[reserve.at()].config.contact.clone(),
            Target::Outside { .. } => Contact::Phone {
                number: self.party(target).to_string(),
            },
        }
    }

    /// The target of a name that a call knows, while it is configured.
    fn find_party(&self, id: CallId, party: &Party) -> Option<Target> {
        match party {
            Party::Agent(name) => self.find_agent(name).map(Target::Agent),
            Party::Reserve(name) => {
                let reserve = self.find_reserve(name)?;
                Some(Target::Reserve { reserve })
            }
            Party::Number(_) => Some(Target::Outside { outside: id }),
        }
    }

    /// Offers a waiting call to a target: it holds it from now on.
    pub(super) fn put_offer(&mut self, id: CallId, target: Target, dial: Dial) {
        let now = self.now;
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        self.last_offer += 1;
        let offer = OfferId(self.last_offer);
        call.add_offer(Offer {
            id: offer,
            target,
            alone: dial.alone,
            made_at: now,
            ring_timeout_ms: dial.ring_timeout_ms,
            rings: None,
            deadline: Offer::deadline_from(now, dial.ring_timeout_ms),
            doubted: false,
        });
        call.check_at = call.check_at.max(now + SILENCE_MS);
        let own_number = || call.details.caller_number.clone();
        let caller_id = dial.caller_id.unwrap_or_else(own_number);
        self.offers.insert(offer, id);
        self.settle_turn(id);
        if !self.broken(Mutation::ForgetTimer) {
            self.arm_call(id);
        }
        let party = self.party(target);
        self.record(Fact::OfferMade {
            call: id,
            offer,
            party: party.clone(),
            why: dial.why,
        });
        match target {
            Target::Agent(ix) => {
                self.agents[ix.at()].last_offer = offer.0;
                self.move_agent(ix, Trigger::Offered { call: id }, "offered a call");
            }
            Target::Reserve { reserve } => self.reserve_offered(reserve, offer, id),
            Target::Outside { .. } => {}
        }
        if self.has_no_session(id) {
            // The phone rings when there is one: see `connect_the_reserved`.
            return self.start_callback(id);
        }
        self.put(Effect::Connect {
            call: id,
            offer,
            party,
            contact: dial.contact,
            ring_timeout_ms: dial.ring_timeout_ms,
            caller_id,
        });
    }

    /// The phone of a target is heard ringing.
    pub(super) fn target_rings(&mut self, target: Target) {
        match target {
            Target::Agent(ix) => self.move_agent(ix, Trigger::RingHeard, "phone rings"),
            Target::Reserve { .. } | Target::Outside { .. } => {}
        }
    }

    /// A target has answered the offer that held it.
    pub(super) fn target_answers(&mut self, target: Target, speed_ms: Millis) {
        match target {
            Target::Agent(ix) => {
                if !self.broken(Mutation::ForgetAnswer) {
                    self.agents[ix.at()].marks.answered(speed_ms);
                }
                self.move_agent(ix, Trigger::Answered, "answered");
            }
            Target::Reserve { reserve } => self.reserve_answers(reserve, Some(speed_ms)),
            Target::Outside { .. } => {}
        }
    }

    /// Frees the target of an offer that came to nothing. The delay and the
    /// ban are the queue's for its agents.
    pub(super) fn release_target(
        &mut self,
        offer: &Offer,
        outcome: Outcome,
        retry_delay_ms: Millis,
        ban: BanRule,
    ) {
        match offer.target {
            Target::Agent(ix) => self.release_agent(ix, outcome, retry_delay_ms, ban),
            Target::Reserve { reserve } => self.release_reserve(reserve, offer, outcome),
            Target::Outside { .. } => {}
        }
    }

    /// Frees the target of a talk that is over.
    pub(super) fn end_targets_talk(
        &mut self,
        talk: &Talk,
        talk_ms: Millis,
        wrap_up: Option<(Millis, WrapUp)>,
    ) {
        match talk.target {
            Target::Agent(ix) => {
                self.agents[ix.at()].marks.talked(talk_ms);
                self.leave_caller(ix, wrap_up, "talk ended");
            }
            Target::Reserve { reserve } => self.end_reserves_talk(reserve, talk.offer, talk_ms),
            Target::Outside { .. } => {}
        }
    }

    /// An agent speaks with a caller no more.
    pub(super) fn leave_caller(
        &mut self,
        ix: AgentIx,
        wrap_up: Option<(Millis, WrapUp)>,
        why: &'static str,
    ) {
        let agent = &mut self.agents[ix.at()];
        agent.idle_since = self.now;
        agent.wrap_up = wrap_up.map(|(_, bounds)| bounds);
        let trigger = match wrap_up {
            None => Trigger::TalkOver,
            Some((until, _)) => Trigger::TalkOverThenWrapUp { until },
        };
        self.move_agent(ix, trigger, why);
    }

    /// Who may be said to talk to the caller of `id`, though the offer was
    /// given up: its target, unless that is not there or has another call.
    pub(super) fn adoptable(&self, id: CallId, offer: OfferId) -> Option<Target> {
        let party = self.calls.get(&id)?.past_party(offer)?;
        let target = self.find_party(id, &party)?;
        let is_able = match target {
            Target::Agent(ix) => match self.agents[ix.at()].activity {
                Activity::Idle | Activity::WrapUp { .. } => true,
                Activity::Reserved { call } | Activity::Ringing { call } => call == id,
                Activity::Talking { .. } | Activity::Consulting { .. } | Activity::Held { .. } => {
                    false
                }
            },
            // They talk: its limits are for new calls.
            Target::Reserve { .. } | Target::Outside { .. } => true,
        };
        is_able.then_some(target)
    }

    /// A target was found talking.
    pub(super) fn target_adopted(&mut self, target: Target, id: CallId, offer: OfferId) {
        match target {
            Target::Agent(ix) => {
                self.agents[ix.at()].marks.adopted();
                let why = "found talking by the session's status";
                self.move_agent(ix, Trigger::Adopted { call: id }, why);
            }
            Target::Reserve { reserve } => self.reserve_adopted(reserve, offer, id),
            Target::Outside { .. } => {
                if let Some(call) = self.calls.get_mut(&id)
                    && let Some(Party::Number(number)) = call.past_party(offer)
                {
                    call.outside = Some(number);
                }
            }
        }
    }
}
