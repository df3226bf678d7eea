//! Callers of a simulated day who are asked, after the talk, whether this manager
//! shall always answer them.

use crate::dice::{Dice, Purpose};
use crate::world::{Happening, World};
use acd::{CallId, EndedBy, ManagerAnswer, OfferId, SessionEvent};
use serde::Serialize;

/// What a caller does who is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reply {
    /// Always.
    Yes,
    /// Never.
    No,
    /// Neither key, or none.
    Unclear,
    /// Hangs up.
    HungUp,
}

/// What came of the question on a day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Questions {
    /// Callers who were asked: the sum of the answers.
    pub asked: u64,
    /// Who said yes, and has a manager from then on.
    pub yes: u64,
    /// Who said no.
    pub no: u64,
    /// Who gave no answer that could be understood.
    pub unclear: u64,
    /// Who hung up instead.
    pub hung_up: u64,
    /// Callers with managers of their own when the day began.
    pub bound_before: u64,
    /// The same when it was over.
    pub bound_after: u64,
}

impl World<'_> {
    /// The session is to put the question after this talk, if it was long enough.
    pub(crate) fn note_question(&mut self, call: CallId, talk_ms_min: u64) {
        self.with(call, |world, caller| {
            world.callers[caller].question = Some(talk_ms_min);
        });
    }

    /// The talk is over: one of the two hangs up first.
    pub(crate) fn goodbye(&mut self, caller: usize, offer: OfferId) {
        if self.agent_ends(caller, offer) {
            self.end_by_agent(caller, offer);
        } else {
            self.end_talk(caller, offer);
        }
    }

    /// Whether the agent hangs up first. Not while a colleague is asked: the agent
    /// would hand over by that.
    fn agent_ends(&self, caller: usize, offer: OfferId) -> bool {
        let is_agents =
            self.by_offer.contains_key(&offer) && self.callers[caller].consult.is_none();
        let mut dice = Dice::new(self.day.seed, Purpose::Ending, caller as u64, self.now);
        is_agents && dice.part() < self.day.questions.agent_ends
    }

    /// The agent has hung up: the caller is asked, or let go.
    fn end_by_agent(&mut self, caller: usize, offer: OfferId) {
        let talk_ms = self.now - self.callers[caller].talks_since;
        let question = self.callers[caller].question.take();
        self.report(
            caller,
            SessionEvent::TalkEnded {
                offer_id: offer,
                ended_by: EndedBy::Agent,
                talk_ms,
            },
        );
        if question.is_none_or(|least_ms| talk_ms < least_ms) {
            return self.hang_up(caller, "the talk is over");
        }
        let who = &mut self.callers[caller];
        (who.talks, who.is_asked) = (None, true);
        self.questions.asked += 1;
        let ways = &self.day.questions;
        let mut dice = Dice::new(self.day.seed, Purpose::Answer, caller as u64, self.now);
        let chance = dice.part();
        let reply = if chance < ways.yes {
            Reply::Yes
        } else if chance < ways.yes + ways.no {
            Reply::No
        } else if chance < ways.yes + ways.no + ways.unclear {
            Reply::Unclear
        } else {
            Reply::HungUp
        };
        let at = self.now + dice.length_ms(ways.answer_s);
        self.plan(at, Happening::Reply { caller, reply });
    }

    /// The caller presses a key, or hangs up.
    pub(crate) fn reply(&mut self, caller: usize, reply: Reply) {
        let (count, answer) = match reply {
            Reply::Yes => (&mut self.questions.yes, Some(ManagerAnswer::Yes)),
            Reply::No => (&mut self.questions.no, Some(ManagerAnswer::No)),
            Reply::Unclear => (&mut self.questions.unclear, Some(ManagerAnswer::Unclear)),
            Reply::HungUp => (&mut self.questions.hung_up, None),
        };
        *count += 1;
        if let Some(answer) = answer {
            self.report(caller, SessionEvent::ManagerChoice { answer });
        }
        self.hang_up(caller, "the talk is over");
    }
}
