//! The truth about one session and its caller, which the centre only hears of.

use super::world::Errand;
use crate::id::{CallId, Millis, OfferId};
use crate::input::{OfferFailure, SessionDoing};
use crate::transfer::ConsultParty;
use std::collections::HashMap;

/// What a session is really doing.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Phase {
    Waiting,
    Ringing {
        /// Whose phones ring; never empty.
        offers: Vec<OfferId>,
        caller_left: bool,
    },
    Talking {
        offer: OfferId,
        since: Millis,
        /// A colleague who is asked; with nobody while the phone rings.
        consult: Option<(OfferId, Option<ConsultParty>)>,
    },
    /// Started for a call-back: the caller is being dialled, while the agent of
    /// the offer listens.
    CallingBack {
        offer: Option<OfferId>,
    },
    /// Over in good order.
    Over,
    /// Died without a word.
    Dead,
}

/// See the module's text.
#[derive(Clone, Debug)]
pub(super) struct Session {
    pub(super) call: Option<CallId>,
    pub(super) phase: Phase,
    /// The call-back that it was started for.
    pub(super) errand: Option<Errand>,
    pub(super) seq: u64,
    /// Commands are delivered in order: the time of the last one.
    pub(super) last_delivery: Millis,
    /// Since when phones ring for offers that the centre has given up.
    pub(super) stale_since: HashMap<OfferId, Millis>,
    /// Told to ask the caller about the agent.
    pub(super) asks: bool,
    /// Since when an agent who has handed the caller over talks on.
    pub(super) talks_in_vain_since: Option<Millis>,
    /// Since when it waits for nothing: its call is over for the centre.
    pub(super) waits_in_vain_since: Option<Millis>,
}

impl Session {
    pub(super) fn new() -> Self {
        Self {
            call: None,
            phase: Phase::Waiting,
            errand: None,
            seq: 0,
            last_delivery: 0,
            stale_since: HashMap::new(),
            asks: false,
            talks_in_vain_since: None,
            waits_in_vain_since: None,
        }
    }

    pub(super) fn lives(&self) -> bool {
        !matches!(self.phase, Phase::Over | Phase::Dead)
    }

    pub(super) fn doing(&self) -> SessionDoing {
        match &self.phase {
            Phase::Waiting => SessionDoing::Waiting,
            Phase::Ringing {
                caller_left: true, ..
            }
            | Phase::Over
            | Phase::Dead => SessionDoing::Ending,
            Phase::Ringing { offers, .. } => SessionDoing::Offering {
                offer_id: offers[0],
                others: offers[1..].to_vec(),
            },
            Phase::Talking {
                offer,
                consult: None,
                ..
            } => SessionDoing::Talking { offer_id: *offer },
            Phase::Talking {
                offer,
                consult: Some((consult_id, with)),
                ..
            } => SessionDoing::Consulting {
                offer_id: *offer,
                consult_id: *consult_id,
                with: *with,
            },
            Phase::CallingBack { offer } => SessionDoing::CallingBack { offer_id: *offer },
        }
    }
}

/// What an agent's phone will do.
#[derive(Clone, Copy, Debug)]
pub(super) enum Phone {
    Ring,
    Answer,
    Fail(OfferFailure),
}

/// Something that is going to happen in the world.
#[allow(clippy::large_enum_variant, reason = "a test holds few of them")]
#[derive(Clone, Debug)]
pub(super) enum Happening {
    /// A new caller.
    Arrival,
    /// The session asks (again) for an agent.
    Ask { session: usize },
    /// An input reaches the centre.
    Input(crate::input::Input),
    /// A command reaches its session.
    Command { session: usize, command: Command },
    /// An agent's phone does something.
    Phone {
        session: usize,
        offer: OfferId,
        what: Phone,
    },
    /// A talk comes to its end.
    Goodbye { session: usize, offer: OfferId },
    /// The agent who talks wants a transfer, or does something about one.
    Transfer { session: usize, offer: OfferId },
    /// One of the agents hangs up while a colleague is asked.
    Leaves { session: usize, offer: OfferId },
    /// The caller hangs up.
    HangUp { session: usize },
    /// The caller presses a key.
    Key { session: usize },
    /// The caller takes a call-back.
    TakeCallback { session: usize },
    /// A session for a call-back is there.
    Started { errand: Errand },
    /// The phone of a caller who is called back answers, or does not.
    CallerPhone { session: usize },
    /// The session dies without a word.
    Death { session: usize },
    /// A person does something.
    Person,
}

/// What the centre commands a session.
#[derive(Clone, Copy, Debug)]
pub(super) enum Command {
    Connect(OfferId),
    Cancel(OfferId),
    Announce,
    Say,
    OfferCallback,
    Ask,
    HangUp,
    Status,
    Release(OfferId),
    RefuseTransfer,
    Consult(OfferId),
    Complete(OfferId),
    Join(OfferId, ConsultParty),
}
