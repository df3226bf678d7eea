//! Transfers inside one leg, both ways (RFC 3515): the far end's REFER with the
//! NOTIFYs that we owe for it, and our REFER with the NOTIFYs that we wait for.
//! One of each at a time.

use super::effect::Effect;
use super::input::{Input, ReferId, Timer};
use crate::event::{Headers, LegId, ReferTo, SipEvent};

/// REFERs of one call in each direction (voxengine.md §1.1).
const REFERS_MAX: u32 = 10;

/// Where the far end's REFER stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Theirs {
    None,
    /// Waits for the owner.
    Asked(ReferId),
    /// Taken; NOTIFYs are owed.
    Running(ReferId),
}

/// The transfers of one leg.
#[derive(Debug)]
pub(super) struct Refers {
    leg: LegId,
    theirs: Theirs,
    their_count: u32,
    /// Ours is under way.
    ours: bool,
    our_count: u32,
}

impl Refers {
    pub(super) fn new(leg: LegId) -> Self {
        Self {
            leg,
            theirs: Theirs::None,
            their_count: 0,
            ours: false,
            our_count: 0,
        }
    }

    /// One input that concerns transfers; `is_talking` says whether the call stands.
    pub(super) fn handle(&mut self, input: Input, is_talking: bool) -> Vec<Effect> {
        match input {
            Input::FarRefer {
                id,
                target,
                replaces,
                headers,
            } => self.asked(id, (target, replaces), headers, is_talking),
            // The rest is about a call that stands.
            _ if !is_talking => Vec::new(),
            Input::AnswerRefer { code } => self.answer(code),
            Input::NotifyRefer { code, reason } => self.notify(code, reason),
            Input::SendRefer { to, headers } => self.send(to, headers),
            Input::ReferDone {
                code,
                reason,
                headers,
                is_over,
            } => self.outcome(code, reason, headers, is_over || code >= 300),
            Input::FarNotify {
                code,
                reason,
                headers,
                is_over,
            } => self.outcome(code, reason, headers, is_over || code >= 200),
            _ => Vec::new(),
        }
    }

    /// [`Timer::Refer`] or [`Timer::Transfer`] ran out.
    pub(super) fn tick(&mut self, timer: Timer) -> Vec<Effect> {
        match timer {
            Timer::Refer(id) if self.theirs == Theirs::Asked(id) => self.answer(603),
            Timer::Transfer(number) if number == self.our_count => {
                let reason = "Request Timeout".to_owned();
                self.outcome(408, reason, Vec::new(), true)
            }
            _ => Vec::new(),
        }
    }

    fn asked(
        &mut self,
        id: ReferId,
        (target, replaces): (String, Option<LegId>),
        headers: Headers,
        is_talking: bool,
    ) -> Vec<Effect> {
        let refusal = match self.theirs {
            _ if !is_talking => Some(481),
            Theirs::Asked(_) | Theirs::Running(_) => Some(491),
            Theirs::None if self.their_count >= REFERS_MAX => Some(403),
            Theirs::None => None,
        };
        if let Some(code) = refusal {
            return vec![Effect::RespondRefer { id, code }];
        }
        self.their_count += 1;
        self.theirs = Theirs::Asked(id);
        let leg = self.leg;
        vec![
            Effect::Emit(SipEvent::Refer {
                leg,
                target,
                replaces,
                headers,
            }),
            Effect::Start(Timer::Refer(id)),
        ]
    }

    fn answer(&mut self, code: u16) -> Vec<Effect> {
        let Theirs::Asked(id) = self.theirs else {
            return Vec::new();
        };
        let mut effects = vec![Effect::RespondRefer { id, code }];
        if code < 300 {
            self.theirs = Theirs::Running(id);
            // RFC 3515 §2.4.4: the first NOTIFY follows at once.
            effects.push(Effect::Notify {
                id,
                code: 100,
                reason: "Trying".to_owned(),
            });
        } else {
            self.theirs = Theirs::None;
        }
        effects
    }

    fn notify(&mut self, code: u16, reason: String) -> Vec<Effect> {
        let Theirs::Running(id) = self.theirs else {
            return Vec::new();
        };
        if code >= 200 {
            self.theirs = Theirs::None;
        }
        vec![Effect::Notify { id, code, reason }]
    }

    fn send(&mut self, to: ReferTo, headers: Headers) -> Vec<Effect> {
        let refusal = if self.ours {
            Some((491, "Request Pending"))
        } else if self.our_count >= REFERS_MAX {
            Some((403, "REFER limit reached"))
        } else {
            None
        };
        if let Some((code, reason)) = refusal {
            let leg = self.leg;
            return vec![Effect::Emit(SipEvent::Transferred {
                leg,
                code,
                reason: reason.to_owned(),
                headers: Vec::new(),
            })];
        }
        self.ours = true;
        self.our_count += 1;
        vec![
            Effect::SendRefer { to, headers },
            Effect::Start(Timer::Transfer(self.our_count)),
        ]
    }

    fn outcome(
        &mut self,
        code: u16,
        reason: String,
        headers: Headers,
        is_over: bool,
    ) -> Vec<Effect> {
        if !self.ours || !is_over {
            return Vec::new();
        }
        self.ours = false;
        // A subscription that ends without a final status tells nothing good.
        let (code, reason) = if code < 200 {
            (408, "the far end stopped telling".to_owned())
        } else {
            (code, reason)
        };
        let leg = self.leg;
        vec![Effect::Emit(SipEvent::Transferred {
            leg,
            code,
            reason,
            headers,
        })]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refer(id: u32) -> Input {
        Input::FarRefer {
            id: ReferId(id),
            target: "200".into(),
            replaces: None,
            headers: vec![],
        }
    }

    fn codes(effects: &[Effect]) -> Vec<u16> {
        effects
            .iter()
            .filter_map(|effect| match effect {
                Effect::RespondRefer { code, .. } | Effect::Notify { code, .. } => Some(*code),
                Effect::Emit(SipEvent::Transferred { code, .. }) => Some(*code),
                _ => None,
            })
            .collect()
    }

    #[test]
    fn the_eleventh_refer_of_a_call_is_refused_and_so_is_a_second_at_once() {
        let mut refers = Refers::new(LegId(1));
        for id in 0..REFERS_MAX {
            assert_eq!(codes(&refers.handle(refer(id), true)), [0_u16; 0]);
            assert_eq!(codes(&refers.handle(refer(99), true)), [491]);
            let taken = refers.handle(Input::AnswerRefer { code: 202 }, true);
            assert_eq!(codes(&taken), [202, 100]);
            let over = Input::NotifyRefer {
                code: 200,
                reason: "OK".into(),
            };
            assert_eq!(codes(&refers.handle(over.clone(), true)), [200]);
            assert_eq!(codes(&refers.handle(over, true)), [0_u16; 0]);
        }
        assert_eq!(codes(&refers.handle(refer(11), true)), [403]);
    }

    #[test]
    fn the_eleventh_transfer_of_ours_is_refused_and_so_is_a_second_at_once() {
        let mut refers = Refers::new(LegId(1));
        let send = || Input::SendRefer {
            to: ReferTo::Address("200".into()),
            headers: vec![],
        };
        for _ in 0..REFERS_MAX {
            assert_eq!(codes(&refers.handle(send(), true)), [0_u16; 0]);
            assert_eq!(codes(&refers.handle(send(), true)), [491]);
            let done = Input::ReferDone {
                code: 603,
                reason: String::new(),
                headers: vec![],
                is_over: false,
            };
            assert_eq!(codes(&refers.handle(done, true)), [603]);
        }
        assert_eq!(codes(&refers.handle(send(), true)), [403]);
    }

    #[test]
    fn a_refer_that_nobody_answers_is_declined_and_one_without_a_call_has_none() {
        let mut refers = Refers::new(LegId(1));
        assert_eq!(codes(&refers.handle(refer(0), false)), [481]);
        refers.handle(refer(7), true);
        assert_eq!(codes(&refers.tick(Timer::Refer(ReferId(7)))), [603]);
        assert_eq!(codes(&refers.tick(Timer::Refer(ReferId(7)))), [0_u16; 0]);
    }

    #[test]
    fn our_transfer_has_exactly_one_outcome() {
        let done = |code, is_over| Input::ReferDone {
            code,
            reason: String::new(),
            headers: vec![],
            is_over,
        };
        let told = |code, is_over| Input::FarNotify {
            code,
            reason: String::new(),
            headers: vec![],
            is_over,
        };
        for (inputs, expected) in [
            (
                vec![done(202, false), told(100, false), told(200, true)],
                vec![200],
            ),
            (
                vec![told(180, false), done(202, false), told(486, true)],
                vec![486],
            ),
            (vec![done(603, false), told(200, true)], vec![603]),
            (vec![done(200, true)], vec![200]),
            (vec![done(202, false), told(100, true)], vec![408]),
            (vec![told(200, true), done(202, false)], vec![200]),
        ] {
            let mut refers = Refers::new(LegId(1));
            let to = ReferTo::Address("200".into());
            refers.handle(
                Input::SendRefer {
                    to,
                    headers: vec![],
                },
                true,
            );
            let mut seen = Vec::new();
            for input in inputs.clone() {
                seen.extend(codes(&refers.handle(input, true)));
            }
            seen.extend(codes(&refers.tick(Timer::Transfer(1))));
            assert_eq!(seen, expected, "{inputs:?}");
        }
    }
}
