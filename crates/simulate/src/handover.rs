//! Agents of a simulated day who hand callers on: at once, or after a word with a
//! colleague.

use crate::dice::{Dice, Purpose};
use crate::world::{Happening, Phone, World};
use acd::{
    ConsultParty, EndedBy, Input, OfferFailure, OfferId, Party, SessionEvent, TransferRequest,
    TransferTarget,
};

/// So many agents have one caller at most: nobody is handed on for ever.
const TALKS_MAX: usize = 5;

/// How agents hand a caller on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Handover {
    /// At once, to a colleague.
    Agent,
    /// At once, to a queue.
    Queue,
    /// At once, to an outside number.
    Number,
    /// After a word with a colleague.
    Consult,
    /// After a word with somebody at an outside number.
    ConsultNumber,
}

/// What the agent does with a colleague who has answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Turn {
    /// Speaks with the caller meanwhile.
    Swap,
    /// Lets all three speak.
    Merge,
    /// Hands the caller over.
    Complete,
    /// Thanks the colleague.
    Cancel,
}

/// A colleague who is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Consult {
    pub(crate) offer: OfferId,
    /// Whom the agent speaks with; `None` while the phone rings.
    pub(crate) with: Option<ConsultParty>,
}

impl World<'_> {
    /// Plans what the agent of a talk that has begun does with its caller.
    pub(crate) fn plan_handover(&mut self, caller: usize, offer: OfferId, talk_ms: u64) {
        let ways = &self.day.transfers;
        let is_agent = self.by_offer.contains_key(&offer);
        self.callers[caller].talked += 1;
        if !is_agent || self.callers[caller].talked >= TALKS_MAX {
            return;
        }
        let mut dice = Dice::new(self.day.seed, Purpose::Handover, caller as u64, self.now);
        let chance = dice.part();
        let ways = [
            (ways.agent, Handover::Agent),
            (ways.queue, Handover::Queue),
            (ways.consult, Handover::Consult),
            (ways.number, Handover::Number),
            (ways.consult_number, Handover::ConsultNumber),
        ];
        let mut up_to = 0.0;
        let how = ways.into_iter().find_map(|(part, how)| {
            up_to += part;
            (chance < up_to).then_some(how)
        });
        let Some(how) = how else {
            return;
        };
        let at = self.now + dice.below(talk_ms);
        self.plan(at, Happening::Handover { caller, offer, how });
    }

    /// The agent of a talk wants somebody else to have the caller.
    pub(crate) fn hand_on(&mut self, caller: usize, offer: OfferId, how: Handover) {
        let who = &self.callers[caller];
        if who.is_over || who.talks != Some(offer) || who.consult.is_some() {
            return;
        }
        let Some(agent) = self.by_offer.get(&offer).cloned() else {
            return;
        };
        let mut dice = Dice::new(self.day.seed, Purpose::Target, caller as u64, self.now);
        let or_back = dice.part() < 0.5;
        let request = match how {
            Handover::Agent => TransferRequest::Blind {
                to: self.colleague(&mut dice),
                or_back,
            },
            Handover::Queue => TransferRequest::Blind {
                to: self.some_queue(&mut dice),
                or_back,
            },
            Handover::Number => TransferRequest::Blind {
                to: self.some_number(&mut dice),
                or_back,
            },
            Handover::Consult => TransferRequest::Consult {
                to: self.colleague(&mut dice),
            },
            Handover::ConsultNumber => TransferRequest::Consult {
                to: self.some_number(&mut dice),
            },
        };
        self.tell(Input::Transfer { agent, request });
    }

    fn colleague(&self, dice: &mut Dice) -> TransferTarget {
        let at = dice.below(self.people.len() as u64);
        let agent = usize::try_from(at).map_or(0, |at| at);
        TransferTarget::Agent {
            agent: self.people[agent].name.clone(),
        }
    }

    fn some_queue(&self, dice: &mut Dice) -> TransferTarget {
        let queues = self.center.queues();
        let at = usize::try_from(dice.below(queues.len() as u64)).unwrap_or(0);
        TransferTarget::Queue {
            queue: queues[at].queue.clone(),
        }
    }

    fn some_number(&self, dice: &mut Dice) -> TransferTarget {
        let at = usize::try_from(dice.below(self.outside.len() as u64)).unwrap_or(0);
        let number = self.outside.get(at).cloned().unwrap_or_default();
        TransferTarget::Number { number }
    }

    /// The session lets the agent go; the caller waits on, as patient as at first.
    pub(crate) fn release(&mut self, caller: usize, offer: OfferId) {
        let who = &mut self.callers[caller];
        if who.talks != Some(offer) {
            return;
        }
        who.talks = None;
        who.question = None;
        if let Some(consult) = who.consult.take() {
            who.offers.push(consult.offer);
        }
        who.gives_up_at = self.now + who.patience_ms;
        let gives_up_at = who.gives_up_at;
        self.plan(gives_up_at, Happening::Patience { caller });
    }

    /// A colleague is rung for the agent of the talk.
    pub(crate) fn consult(
        &mut self,
        caller: usize,
        offer: OfferId,
        party: &Party,
        ring_timeout_ms: u64,
    ) {
        let who = &mut self.callers[caller];
        if who.is_over || who.talks.is_none() || who.consult.is_some() {
            return self.fail(caller, offer, OfferFailure::Cancelled);
        }
        who.consult = Some(Consult { offer, with: None });
        if let Some(colleague) = party.agent() {
            self.by_offer.insert(offer, colleague.clone());
        }
        let Some(manners) = self.manners_of(party) else {
            return self.fail(caller, offer, OfferFailure::Unreachable);
        };
        self.plan_phone(caller, offer, &manners, ring_timeout_ms);
    }

    /// What the phone of a colleague who is asked does. Says whether it is one.
    pub(crate) fn colleague_phone(&mut self, caller: usize, offer: OfferId, what: Phone) -> bool {
        let own = Some(Consult { offer, with: None });
        if self.callers[caller].is_over || self.callers[caller].consult != own {
            return false;
        }
        let failure = match what {
            Phone::Rings => {
                self.report(caller, SessionEvent::OfferRinging { offer_id: offer });
                return true;
            }
            Phone::Answers => {
                let with = Some(ConsultParty::Colleague);
                self.callers[caller].consult = Some(Consult { offer, with });
                self.report(caller, SessionEvent::OfferAnswered { offer_id: offer });
                self.plan_word(caller, offer);
                return true;
            }
            Phone::NoAnswer => OfferFailure::NoAnswer,
            Phone::Rejects => OfferFailure::Rejected,
            Phone::Busy => OfferFailure::Busy,
            Phone::Unreachable => OfferFailure::Unreachable,
        };
        self.callers[caller].consult = None;
        self.fail(caller, offer, failure);
        true
    }

    /// Plans the word with a colleague: how long it is and what comes of it.
    fn plan_word(&mut self, caller: usize, offer: OfferId) {
        let mut dice = Dice::new(self.day.seed, Purpose::Word, caller as u64, self.now);
        let word_ms = dice.length_ms(self.day.transfers.consult_s);
        let turn = |turn| Happening::Word {
            caller,
            offer,
            turn,
        };
        let meanwhile = match dice.below(3) {
            0 => Some(Turn::Swap),
            1 => Some(Turn::Merge),
            _ => None,
        };
        if let Some(meanwhile) = meanwhile {
            self.plan(self.now + word_ms / 2, turn(meanwhile));
        }
        let end = if dice.part() < self.day.transfers.complete {
            Turn::Complete
        } else {
            Turn::Cancel
        };
        self.plan(self.now + word_ms, turn(end));
    }

    /// The agent turns to one of the two, or makes an end of it.
    pub(crate) fn word(&mut self, caller: usize, offer: OfferId, turn: Turn) {
        let who = &self.callers[caller];
        let is_asked = who.consult.is_some_and(|own| own.offer == offer);
        let (false, true, Some(talk)) = (who.is_over, is_asked, who.talks) else {
            return;
        };
        let Some(agent) = self.by_offer.get(&talk).cloned() else {
            return;
        };
        let request = match turn {
            Turn::Swap => TransferRequest::Swap,
            Turn::Merge => TransferRequest::Merge,
            Turn::Complete => TransferRequest::Complete,
            Turn::Cancel => TransferRequest::Cancel,
        };
        self.tell(Input::Transfer { agent, request });
    }

    pub(crate) fn join_colleague(&mut self, caller: usize, offer: OfferId, with: ConsultParty) {
        if let Some(own) = &mut self.callers[caller].consult
            && own.offer == offer
        {
            own.with = Some(with);
        }
    }

    /// The colleague has the caller.
    pub(crate) fn hand_over(&mut self, caller: usize, offer: OfferId) {
        let own = self.callers[caller].consult;
        if own.is_none_or(|own| own.offer != offer || own.with.is_none()) {
            return;
        }
        self.callers[caller].consult = None;
        self.report(caller, SessionEvent::TransferCompleted { offer_id: offer });
        self.begin_talk(caller, offer);
    }

    /// The colleague is asked no more. Says whether there was one.
    pub(crate) fn dismiss_colleague(&mut self, caller: usize, offer: OfferId) -> bool {
        let own = self.callers[caller].consult;
        let Some(own) = own.filter(|own| own.offer == offer) else {
            return false;
        };
        self.callers[caller].consult = None;
        match own.with {
            None => self.fail(caller, offer, OfferFailure::Cancelled),
            Some(_) => self.report(caller, SessionEvent::ConsultEnded { offer_id: offer }),
        }
        true
    }

    /// The caller hangs up in a talk: whoever is asked is let go first.
    pub(crate) fn end_talk(&mut self, caller: usize, offer: OfferId) {
        if let Some(own) = self.callers[caller].consult {
            self.dismiss_colleague(caller, own.offer);
        }
        let talk_ms = self.now - self.callers[caller].talks_since;
        let event = SessionEvent::TalkEnded {
            offer_id: offer,
            ended_by: EndedBy::Caller,
            talk_ms,
        };
        self.report(caller, event);
        self.hang_up(caller, "the talk is over");
    }
}
