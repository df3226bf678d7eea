//! Sessions that call somebody back.

use super::super::session::{Happening, Phase, Session};
use super::World;
use crate::callback::{CallFirst, CallbackFailure};
use crate::id::{CallbackId, OfferId};
use crate::input::{Input, SessionEvent};

/// What a session was started for.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Errand {
    pub(in super::super) callback: CallbackId,
    pub(in super::super) start: u64,
    pub(in super::super) first: CallFirst,
}

/// How long a person who was called stays on the line at most, milliseconds.
const PATIENCE_MAX_MS: u64 = 600_000;

impl World {
    /// A session is asked for.
    pub(super) fn start_session(&mut self, errand: Errand) {
        self.tally.callback_starts += 1;
        let delay_ms = self.dice.between(20, 3_000);
        match self.dice.below(100) {
            0..80 => self.plan(delay_ms, Happening::Started { errand }),
            80..90 => {
                let input = Input::CallbackNotStarted {
                    callback: errand.callback,
                    start: errand.start,
                    why: "no engine".to_owned(),
                };
                self.plan(delay_ms, Happening::Input(input));
            }
            // Comes too late.
            90..95 => self.plan(delay_ms + 25_000, Happening::Started { errand }),
            _ => {}
        }
    }

    /// It begins its work.
    pub(super) fn session_started(&mut self, errand: Errand) {
        let mut session = Session::new();
        session.errand = Some(errand);
        self.sessions.push(session);
        let session = self.sessions.len() - 1;
        if self.dice.percent(5) {
            let life_ms = self.dice.between(1, 60_000);
            self.plan(life_ms, Happening::Death { session });
        }
        self.ask(session);
        if errand.first == CallFirst::Caller && self.sessions[session].call.is_some() {
            self.dial_caller(session, None);
        }
    }

    /// The caller's phone is dialled; with the agent first the agent listens.
    pub(super) fn dial_caller(&mut self, session: usize, offer: Option<OfferId>) {
        self.sessions[session].phase = Phase::CallingBack { offer };
        self.emit(session, SessionEvent::CallbackDialled);
        let ring_ms = self.dice.between(500, 20_000);
        self.plan(ring_ms, Happening::CallerPhone { session });
    }

    /// The caller answers or does not, or the agent hangs up before.
    pub(super) fn caller_phone(&mut self, session: usize) {
        let Phase::CallingBack { offer } = self.sessions[session].phase else {
            return;
        };
        match (self.dice.below(100), offer) {
            (0..55, Some(offer)) => {
                self.tally.called_back += 1;
                self.sessions[session].phase = Phase::Talking {
                    offer,
                    since: self.now,
                    consult: None,
                };
                if let Some(errand) = &mut self.sessions[session].errand {
                    // From now on a caller who waits, should the agent leave.
                    errand.first = CallFirst::Caller;
                }
                self.emit(session, SessionEvent::TalkStarted { offer_id: offer });
                let talk_ms = self.dice.between(10, 90_000);
                self.plan(talk_ms, Happening::Goodbye { session, offer });
                // Should he be handed on, he does not wait for ever.
                self.plan(PATIENCE_MAX_MS, Happening::HangUp { session });
            }
            (0..55, None) => {
                self.sessions[session].phase = Phase::Waiting;
                self.emit(session, SessionEvent::CallbackAnswered);
                let patience_ms = self.dice.between(1, 120_000);
                self.plan(patience_ms, Happening::HangUp { session });
                self.plan(15_000, Happening::Ask { session });
            }
            (55..60, Some(offer)) => {
                self.emit(
                    session,
                    super::failed(offer, crate::input::OfferFailure::Cancelled),
                );
                self.end_session(session);
            }
            (60..62, _) => self.sessions[session].phase = Phase::Dead,
            _ => {
                let reason = *self.dice.pick(&CallbackFailure::ALL);
                self.emit(session, SessionEvent::CallbackFailed { reason });
                self.end_session(session);
            }
        }
    }
}
