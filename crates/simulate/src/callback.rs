//! Callers of a simulated day who take a call-back, and are called.

use crate::day::Manners;
use crate::dice::{Dice, Purpose};
use crate::world::{Happening, Phone, World, reaction};
use acd::{CallFirst, CallbackFailure, CallbackStart, Input, OfferId, SessionEvent};

/// The question is heard and a key is pressed.
const ANSWER_MS: u64 = 6_000;

/// A phone that is called back rings for so long.
const RING_MS: u64 = 30_000;

/// How far a session has come that calls somebody back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CallBack {
    /// The caller is not dialled yet.
    Waiting(CallFirst),
    /// The caller's phone rings, and this agent is on the line.
    Dialling(Option<OfferId>),
}

impl World<'_> {
    /// A caller is asked whether to be called back.
    pub(crate) fn ask(&mut self, caller: usize) {
        let mut dice = Dice::new(self.day.seed, Purpose::Callback, caller as u64, self.now);
        if dice.part() < self.day.callbacks.take {
            self.plan(self.now + ANSWER_MS, Happening::Takes { caller });
        }
    }

    /// The caller says yes, if nobody has answered meanwhile.
    pub(crate) fn takes(&mut self, caller: usize) {
        let who = &self.callers[caller];
        if !who.is_over && who.talks.is_none() && who.call_back.is_none() {
            self.report(caller, SessionEvent::CallbackTaken { number: None });
        }
    }

    /// A session begins that is to call somebody.
    pub(crate) fn start_session(&mut self, start: &CallbackStart) {
        let number = start.number.strip_prefix('7');
        let Some(caller) = number.and_then(|number| number.parse::<usize>().ok()) else {
            return;
        };
        // Who called twice is called back by the session that is free.
        let second = self.second.get(&caller).copied();
        let is_over = |at: &usize| self.callers.get(*at).is_some_and(|own| own.is_over);
        let caller = second.filter(is_over).unwrap_or(caller);
        let Some(who) = self.callers.get_mut(caller) else {
            return;
        };
        who.begin_again(CallBack::Waiting(start.first));
        let session_id = format!("s{caller}.{}", who.sessions);
        self.tell(Input::CallbackJoined {
            callback: start.callback,
            start: start.start,
            session_id,
        });
    }

    /// The session of a call-back is known to the centre.
    pub(crate) fn accepted(&mut self, caller: usize) {
        if self.callers[caller].call_back == Some(CallBack::Waiting(CallFirst::Caller)) {
            self.dial(caller, None);
        }
    }

    /// The phone of who is called back rings; an agent may be on the line.
    pub(crate) fn dial(&mut self, caller: usize, agent: Option<OfferId>) {
        let who = &mut self.callers[caller];
        who.call_back = Some(CallBack::Dialling(agent));
        let session = who.sessions;
        self.report(caller, SessionEvent::CallbackDialled);
        let mut dice = Dice::new(self.day.seed, Purpose::Callback, caller as u64, self.now);
        let manners = self.day.callbacks.manners();
        let (after_ms, what) = reaction(&manners, &mut dice, RING_MS);
        let phone = Happening::CallerPhone {
            caller,
            session,
            what,
        };
        self.plan(self.now + after_ms, phone);
    }

    /// The phone of who is called back does something.
    pub(crate) fn caller_phone(&mut self, caller: usize, session: u64, what: Phone) {
        let who = &self.callers[caller];
        let Some(CallBack::Dialling(agent)) = who.call_back else {
            return;
        };
        if who.is_over || who.sessions != session {
            return;
        }
        let reason = match what {
            Phone::Rings => return,
            Phone::Answers => return self.reached(caller, agent),
            Phone::NoAnswer => CallbackFailure::NoAnswer,
            Phone::Rejects => CallbackFailure::Rejected,
            Phone::Busy => CallbackFailure::Busy,
            Phone::Unreachable => CallbackFailure::Unreachable,
        };
        self.report(caller, SessionEvent::CallbackFailed { reason });
        self.hang_up(caller, "not reached");
    }

    fn reached(&mut self, caller: usize, agent: Option<OfferId>) {
        let now = self.now;
        let who = &mut self.callers[caller];
        who.call_back = None;
        if let Some(offer) = agent {
            self.begin_talk(caller, offer);
            self.report(caller, SessionEvent::TalkStarted { offer_id: offer });
            return;
        }
        who.gives_up_at = now + who.patience_ms;
        let gives_up_at = who.gives_up_at;
        self.plan(gives_up_at, Happening::Patience { caller });
        self.report(caller, SessionEvent::CallbackAnswered);
    }
}

impl crate::day::Callbacks {
    fn manners(&self) -> Manners {
        Manners {
            answer_s: self.answer_s,
            miss: self.miss,
            reject: self.reject,
            busy: self.busy,
            unreachable: self.unreachable,
        }
    }
}
