//! Transfers in the random world: what agents want, and what sessions do.

use super::dice::Dice;
use super::session::{Happening, Phase, Phone};
use super::world::{AGENTS, QUEUES, RING_TIMEOUT_MS, World, failed};
use crate::agent::Standing;
use crate::id::{Millis, OfferId};
use crate::input::{EndedBy, Input, OfferFailure, SessionEvent};
use crate::transfer::{ConsultParty, TransferRequest, TransferRule, TransferTarget};

pub(super) fn some_transfer_rule(dice: &mut Dice) -> TransferRule {
    TransferRule {
        agent_wait_ms: *dice.pick(&[0, 5_000, 30_000, 3_600_000]),
        outside_prefixes: if dice.percent(50) {
            vec!["+7900".to_owned()]
        } else {
            Vec::new()
        },
        outside_agents: if dice.percent(50) {
            vec![AGENTS[0].into()]
        } else {
            Vec::new()
        },
        numbers: Vec::new(),
    }
}

pub(super) fn some_party(dice: &mut Dice) -> ConsultParty {
    *dice.pick(&[
        ConsultParty::Colleague,
        ConsultParty::Caller,
        ConsultParty::All,
    ])
}

fn some_target(dice: &mut Dice) -> TransferTarget {
    match dice.below(10) {
        0..6 => TransferTarget::Agent {
            agent: (*dice.pick(&AGENTS)).into(),
        },
        6..9 => TransferTarget::Queue {
            queue: (*dice.pick(&QUEUES)).into(),
        },
        _ => TransferTarget::Number {
            number: "+79001112233".to_owned(),
        },
    }
}

pub(super) fn some_request(dice: &mut Dice) -> TransferRequest {
    match dice.below(9) {
        0..2 => TransferRequest::Blind {
            to: some_target(dice),
            or_back: dice.percent(50),
        },
        2..5 => TransferRequest::Consult {
            to: some_target(dice),
        },
        5 => TransferRequest::Complete,
        6 => TransferRequest::Swap,
        7 => TransferRequest::Merge,
        _ => TransferRequest::Cancel,
    }
}

impl World {
    /// Plans what the agent of a new talk wants of it.
    pub(super) fn plan_transfers(&mut self, session: usize, offer: OfferId) {
        for _ in 0..self.dice.below(3) {
            let delay_ms = self.dice.between(10, 20_000);
            self.plan(delay_ms, Happening::Transfer { session, offer });
        }
    }

    /// The agent of a talk wants a transfer: on the page, or by the phone.
    pub(super) fn wants_transfer(&mut self, session: usize, offer: OfferId) {
        let Phase::Talking {
            offer: own,
            consult,
            ..
        } = self.sessions[session].phase
        else {
            return;
        };
        if own != offer {
            return;
        }
        self.tally.transfers += 1;
        if consult.is_none() && self.dice.percent(15) {
            let names = ["sip:boris@here", "sales", "clara", "+79001112233", "103"];
            let to = (*self.dice.pick(&names)).to_owned();
            let offer_id = offer;
            self.emit(session, SessionEvent::TransferRequested { offer_id, to });
            return;
        }
        if consult.is_none() && self.dice.percent(5) {
            let to = "clara".to_owned();
            self.emit(
                session,
                SessionEvent::AgentReplaced {
                    offer_id: offer,
                    to,
                },
            );
            return;
        }
        let Some(agent) = self.agent_of(session) else {
            return;
        };
        let request = self.likely_request(consult.is_some());
        self.give(Input::Transfer { agent, request });
        self.plan_transfers(session, offer);
    }

    /// A wish that can mostly be fulfilled.
    fn likely_request(&mut self, is_consulting: bool) -> TransferRequest {
        if is_consulting && self.dice.percent(80) {
            return match self.dice.below(7) {
                0..3 => TransferRequest::Swap,
                3..5 => TransferRequest::Complete,
                5 => TransferRequest::Merge,
                _ => TransferRequest::Cancel,
            };
        }
        let able: Vec<_> = self
            .center
            .agents
            .iter()
            .filter(|agent| matches!(agent.standing(), Standing::Free | Standing::RetryDelay))
            .map(|agent| agent.config.name.clone())
            .collect();
        if !is_consulting && !able.is_empty() && self.dice.percent(80) {
            let agent = self.dice.pick(&able).clone();
            let to = TransferTarget::Agent { agent };
            return match self.dice.below(3) {
                0 => TransferRequest::Blind { to, or_back: true },
                _ => TransferRequest::Consult { to },
            };
        }
        some_request(&mut self.dice)
    }

    /// The session lets the agent go and keeps the caller.
    pub(super) fn release(&mut self, session: usize, offer: OfferId) {
        let Phase::Talking {
            offer: own,
            consult,
            ..
        } = self.sessions[session].phase
        else {
            return;
        };
        if own == offer {
            self.wait_on(session, consult.map(|(consult, _)| consult));
        }
    }

    /// The caller waits on, with the phone of a colleague ringing or not.
    fn wait_on(&mut self, session: usize, rings: Option<OfferId>) {
        self.sessions[session].asks = false;
        self.sessions[session].phase = match rings {
            Some(offer) => Phase::Ringing {
                offers: vec![offer],
                caller_left: false,
            },
            None => Phase::Waiting,
        };
        self.plan(15_000, Happening::Ask { session });
    }

    /// The session rings a colleague for the agent of its talk.
    pub(super) fn ask_colleague(&mut self, session: usize, colleague: OfferId) {
        match &mut self.sessions[session].phase {
            Phase::Talking { consult, .. } if consult.is_none() => {
                *consult = Some((colleague, None));
            }
            Phase::Talking {
                consult: Some((own, _)),
                ..
            } if *own == colleague => return,
            Phase::Talking { .. }
            | Phase::Waiting
            | Phase::Ringing { .. }
            | Phase::CallingBack { .. }
            | Phase::Over
            | Phase::Dead => {
                self.emit(session, failed(colleague, OfferFailure::Cancelled));
                return;
            }
        }
        self.tally.consults += 1;
        let ring_ms = self.dice.between(10, 2_000);
        let (end_ms, end) = match self.dice.below(100) {
            0..75 => (ring_ms + self.dice.between(0, 8_000), Phone::Answer),
            75..85 => (RING_TIMEOUT_MS, Phone::Fail(OfferFailure::NoAnswer)),
            85..93 => (100, Phone::Fail(OfferFailure::Busy)),
            _ => return, // The session forgets to watch.
        };
        let offer = colleague;
        let what = Phone::Ring;
        self.plan(
            ring_ms,
            Happening::Phone {
                session,
                offer,
                what,
            },
        );
        let what = end;
        self.plan(
            end_ms,
            Happening::Phone {
                session,
                offer,
                what,
            },
        );
        if self.dice.percent(30) {
            let delay_ms = self.dice.between(10, 30_000);
            self.plan(delay_ms, Happening::Leaves { session, offer });
        }
    }

    /// What the phone of a colleague who is asked does. Says whether it is one.
    pub(super) fn colleague_phone(&mut self, session: usize, offer: OfferId, what: Phone) -> bool {
        let Phase::Talking {
            consult: Some((own, with @ None)),
            ..
        } = &mut self.sessions[session].phase
        else {
            return false;
        };
        if *own != offer {
            return false;
        }
        match what {
            Phone::Ring => self.emit(session, SessionEvent::OfferRinging { offer_id: offer }),
            Phone::Answer => {
                *with = Some(ConsultParty::Colleague);
                self.emit(session, SessionEvent::OfferAnswered { offer_id: offer });
            }
            Phone::Fail(reason) => {
                self.end_colleague(session);
                self.emit(session, failed(offer, reason));
            }
        }
        true
    }

    fn end_colleague(&mut self, session: usize) {
        if let Phase::Talking { consult, .. } = &mut self.sessions[session].phase {
            *consult = None;
        }
    }

    /// The centre wants a colleague asked no more. Says whether there is one.
    pub(super) fn dismiss_colleague(&mut self, session: usize, offer: OfferId) -> bool {
        match self.sessions[session].phase {
            Phase::Talking {
                consult: Some((own, with)),
                ..
            } if own == offer => {
                self.end_colleague(session);
                let event = match with {
                    None => failed(offer, OfferFailure::Cancelled),
                    Some(_) => SessionEvent::ConsultEnded { offer_id: offer },
                };
                self.emit(session, event);
                true
            }
            Phase::Talking { .. }
            | Phase::Waiting
            | Phase::Ringing { .. }
            | Phase::CallingBack { .. }
            | Phase::Over
            | Phase::Dead => false,
        }
    }

    /// Whether a colleague who has answered is asked by the session.
    pub(super) fn has_colleague(&self, session: usize, offer: OfferId) -> bool {
        matches!(
            self.sessions[session].phase,
            Phase::Talking { consult: Some((own, Some(_))), .. } if own == offer
        )
    }

    /// The colleague has the caller.
    pub(super) fn hand_to_colleague(&mut self, session: usize, colleague: OfferId) {
        let since = self.now;
        let Phase::Talking {
            consult: Some((own, Some(_))),
            ..
        } = self.sessions[session].phase
        else {
            return;
        };
        if own != colleague {
            return;
        }
        self.tally.completed += 1;
        self.sessions[session].asks = false;
        self.sessions[session].phase = Phase::Talking {
            offer: colleague,
            since,
            consult: None,
        };
        self.emit(
            session,
            SessionEvent::TransferCompleted {
                offer_id: colleague,
            },
        );
        let talk_ms = self.dice.between(10, 60_000);
        let offer = colleague;
        self.plan(talk_ms, Happening::Goodbye { session, offer });
        self.plan_transfers(session, colleague);
    }

    pub(super) fn join_colleague(
        &mut self,
        session: usize,
        colleague: OfferId,
        next: ConsultParty,
    ) {
        if let Phase::Talking {
            consult: Some((own, Some(with))),
            ..
        } = &mut self.sessions[session].phase
            && *own == colleague
        {
            *with = next;
        }
    }

    /// The agent or the colleague hangs up while the colleague is asked.
    pub(super) fn one_leaves(&mut self, session: usize, colleague: OfferId) {
        let Phase::Talking {
            offer,
            consult: Some((own, with)),
            ..
        } = self.sessions[session].phase
        else {
            return;
        };
        if own != colleague {
            return;
        }
        match with {
            None => {
                self.emit(session, SessionEvent::AgentLeft { offer_id: offer });
                self.wait_on(session, Some(colleague));
            }
            Some(_) if self.dice.percent(50) => self.hand_to_colleague(session, colleague),
            Some(_) => {
                self.end_colleague(session);
                self.emit(
                    session,
                    SessionEvent::ConsultEnded {
                        offer_id: colleague,
                    },
                );
            }
        }
    }

    /// No agent who has handed a caller over may speak with the caller for long.
    pub(super) fn watch_transfers(&mut self) {
        let (now, seed) = (self.now, self.seed);
        for session in &mut self.sessions {
            let talked = match session.phase {
                Phase::Talking { offer, .. } => Some(offer),
                Phase::Waiting
                | Phase::Ringing { .. }
                | Phase::CallingBack { .. }
                | Phase::Over
                | Phase::Dead => None,
            };
            let call = session.call.and_then(|call| self.center.calls.get(&call));
            let has_left = call
                .zip(talked)
                .is_some_and(|(call, offer)| call.has_left(offer));
            if !has_left {
                session.talks_in_vain_since = None;
                continue;
            }
            let since = *session.talks_in_vain_since.get_or_insert(now);
            let late_ms = (now - since).min(now.saturating_sub(session.last_delivery));
            assert!(
                late_ms < MISSED_COMMAND_MS,
                "seed {seed}: an agent who left talks on in {:?}",
                session.call
            );
        }
    }

    fn agent_of(&self, session: usize) -> Option<crate::id::AgentId> {
        let call = self.center.calls.get(&self.sessions[session].call?)?;
        let ix = call.talk()?.target.agent()?;
        Some(self.center.agents[ix.at()].config.name.clone())
    }

    /// Ends the talk of a session, with the colleague who is asked.
    pub(super) fn hang_up_talk(&mut self, session: usize, ended_by: EndedBy) {
        self.end_colleague(session);
        self.end_talk(session, ended_by);
    }
}

/// A command is seconds late at most, and one that a restart lost is made up
/// for when the sessions are asked.
const MISSED_COMMAND_MS: Millis = 12_000;
