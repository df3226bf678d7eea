//! Phones that sessions ring: they answer, fail, or are silent.

use super::super::session::{Phase, Phone};
use super::{Happening, RING_TIMEOUT_MS, World, failed};
use crate::callback::CallFirst;
use crate::id::OfferId;
use crate::input::{EndedBy, OfferFailure, SessionEvent};

impl World {
    pub(super) fn dial(&mut self, session: usize, offer: OfferId) {
        match &mut self.sessions[session].phase {
            phase @ Phase::Waiting => {
                *phase = Phase::Ringing {
                    offers: vec![offer],
                    caller_left: false,
                };
            }
            Phase::Ringing {
                offers,
                caller_left: false,
            } => {
                if offers.contains(&offer) {
                    return;
                }
                self.tally.at_once += 1;
                offers.push(offer);
            }
            Phase::Ringing { .. }
            | Phase::Talking { .. }
            | Phase::CallingBack { .. }
            | Phase::Over
            | Phase::Dead => {
                let reason = OfferFailure::Cancelled;
                self.emit(session, failed(offer, reason));
                return;
            }
        }
        let ring_ms = self.dice.between(10, 2_000);
        let (end_ms, end) = match self.dice.below(100) {
            0..60 => (ring_ms + self.dice.between(0, 12_000), Phone::Answer),
            60..80 => (RING_TIMEOUT_MS, Phone::Fail(OfferFailure::NoAnswer)),
            80..86 => (
                self.dice.between(5, 2_500),
                Phone::Fail(OfferFailure::Rejected),
            ),
            86..92 => (self.dice.between(5, 500), Phone::Fail(OfferFailure::Busy)),
            92..95 => (
                self.dice.between(5, 500),
                Phone::Fail(OfferFailure::Unreachable),
            ),
            95..97 => (
                self.dice.between(5, 500),
                Phone::Fail(OfferFailure::Unregistered),
            ),
            _ => return, // The session forgets to watch.
        };
        if self.dice.percent(90) {
            self.plan(
                ring_ms,
                Happening::Phone {
                    session,
                    offer,
                    what: Phone::Ring,
                },
            );
        }
        self.plan(
            end_ms,
            Happening::Phone {
                session,
                offer,
                what: end,
            },
        );
    }

    pub(super) fn phone(&mut self, session: usize, offer: OfferId, what: Phone) {
        if let Phone::Fail(_) = what {
            // It rings no more, whatever its session does by now.
            self.ringing_on.remove(&(session, offer));
        }
        if self.colleague_phone(session, offer, what) {
            return;
        }
        let Phase::Ringing {
            offers,
            caller_left,
        } = &self.sessions[session].phase
        else {
            return;
        };
        if !offers.contains(&offer) {
            return;
        }
        let (caller_left, offers) = (*caller_left, offers.clone());
        match what {
            Phone::Ring => self.emit(session, SessionEvent::OfferRinging { offer_id: offer }),
            Phone::Answer if caller_left => self.hang_up_phone(session, offer),
            Phone::Answer => {
                self.tally.talks += 1;
                // Most scenarios cancel the other phones themselves, the rest
                // leave it to the centre.
                for other in offers.iter().filter(|other| **other != offer) {
                    if session.is_multiple_of(3) {
                        self.ringing_on.insert((session, *other), self.now);
                    } else {
                        self.emit(session, failed(*other, OfferFailure::Cancelled));
                    }
                }
                self.emit(session, SessionEvent::OfferAnswered { offer_id: offer });
                let errand = self.sessions[session].errand;
                if errand.is_some_and(|errand| errand.first == CallFirst::Agent) {
                    self.dial_caller(session, Some(offer));
                    return;
                }
                self.sessions[session].phase = Phase::Talking {
                    offer,
                    since: self.now,
                    consult: None,
                };
                self.emit(session, SessionEvent::TalkStarted { offer_id: offer });
                let talk_ms = self.dice.between(10, 90_000);
                self.plan(talk_ms, Happening::Goodbye { session, offer });
                self.plan_transfers(session, offer);
            }
            Phone::Fail(reason) => {
                self.emit(session, failed(offer, reason));
                self.phone_is_silent(session, offer);
            }
        }
    }

    pub(super) fn hang_up_phone(&mut self, session: usize, offer: OfferId) {
        self.emit(session, failed(offer, OfferFailure::Cancelled));
        self.phone_is_silent(session, offer);
    }

    /// A phone rings no more; with the last one the caller waits again, or the
    /// session of a caller who left ends.
    pub(super) fn phone_is_silent(&mut self, session: usize, offer: OfferId) {
        let Phase::Ringing {
            offers,
            caller_left,
        } = &mut self.sessions[session].phase
        else {
            return;
        };
        offers.retain(|other| *other != offer);
        if !offers.is_empty() {
            return;
        }
        if *caller_left {
            self.end_session(session);
        } else {
            self.sessions[session].phase = Phase::Waiting;
            self.plan(15_000, Happening::Ask { session });
        }
    }

    pub(super) fn cancel(&mut self, session: usize, offer: OfferId) {
        self.ringing_on.remove(&(session, offer));
        if self.dismiss_colleague(session, offer) {
            return;
        }
        match &self.sessions[session].phase {
            Phase::Ringing { offers, .. } if offers.contains(&offer) => {
                self.hang_up_phone(session, offer);
            }
            Phase::Talking { offer: talked, .. } if *talked == offer => {
                // Some scenarios hang up on the cancel, some let them talk.
                if session.is_multiple_of(2) {
                    self.hang_up_talk(session, EndedBy::System);
                }
            }
            Phase::CallingBack { offer: Some(own) } if *own == offer => self.end_session(session),
            Phase::Ringing { .. }
            | Phase::Talking { .. }
            | Phase::Waiting
            | Phase::CallingBack { .. }
            | Phase::Over
            | Phase::Dead => {}
        }
    }
}
