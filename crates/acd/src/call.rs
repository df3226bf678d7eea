//! One call, from its queue to its end.

use crate::agent::AgentIx;
use crate::id::{AgentId, CallId, Millis, OfferId, QueueId};
use crate::input::NewCall;
use crate::limits::{PAST_OFFERS_MAX, SILENCE_MS};
use crate::offer::{Offer, Talk};
use crate::order::Place;
use crate::pool::PoolIx;
use crate::queue::QueueIx;
use crate::sequence::Sequence;
use crate::view::CallResult;
use serde::{Deserialize, Serialize};

/// Where a call stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Stage {
    /// In line. Not offered before `ready_at`, if that is set.
    Waiting { ready_at: Option<Millis> },
    /// In line, and an agent is being reached.
    Offering(Offer),
    /// With an agent.
    Talking(Talk),
    /// Over; only remembered for late messages.
    Ended,
}

/// What an answer to `status` is measured against: the stage in which it was
/// asked. A status may have been overtaken by events or commands, and is then
/// no evidence against the stage of now.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Mark {
    Waiting,
    Offering(OfferId),
    Talking(OfferId),
    Ended,
}

/// See the module's text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Call {
    pub(crate) details: NewCall,
    pub(crate) queue: QueueId,
    /// Meaningless once the call has ended.
    pub(crate) queue_ix: QueueIx,
    pub(crate) place: Place,
    /// Who may be offered it. Meaningless once the call has ended.
    pub(crate) pool: PoolIx,
    /// How many levels its demands have fallen.
    pub(crate) eased: u32,
    /// When they fell last; at first when it came.
    pub(crate) eased_at: Millis,
    /// When they fall next.
    pub(crate) ease_at: Option<Millis>,
    pub(crate) stage: Stage,
    pub(crate) sequence: Sequence,
    /// When the session is asked, unless something is heard of it before.
    pub(crate) check_at: Millis,
    pub(crate) announce_at: Option<Millis>,
    /// The last position that the caller was told.
    pub(crate) told: Option<usize>,
    /// The last status that was asked and not answered: the stage, and when.
    pub(crate) asked: Option<(Mark, Millis)>,
    /// The session said that it is ending; when that is taken as done.
    pub(crate) ending_at: Option<Millis>,
    /// Offers in a row that failed without an agent's fault.
    pub(crate) setbacks: u32,
    past: Vec<(OfferId, AgentId)>,
    pub(crate) wake: Option<Millis>,
    /// The session is gone: nothing more is sent to it.
    pub(crate) closed: bool,
    /// How it ended, once it has.
    pub(crate) result: Option<CallResult>,
}

impl Call {
    pub(crate) fn new(details: NewCall, queue: QueueId, queue_ix: QueueIx, place: Place) -> Self {
        Self {
            details,
            queue,
            queue_ix,
            place,
            pool: PoolIx(0),
            eased: 0,
            eased_at: place.since,
            ease_at: None,
            stage: Stage::Waiting { ready_at: None },
            sequence: Sequence::default(),
            check_at: place.since + SILENCE_MS,
            announce_at: None,
            told: None,
            asked: None,
            ending_at: None,
            setbacks: 0,
            past: Vec::new(),
            wake: None,
            closed: false,
            result: None,
        }
    }

    pub(crate) fn id(&self) -> CallId {
        self.place.call
    }

    /// Something was heard of the session.
    pub(crate) fn heard(&mut self, now: Millis) {
        self.check_at = now + SILENCE_MS;
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.stage == Stage::Ended
    }

    pub(crate) fn mark(&self) -> Mark {
        match &self.stage {
            Stage::Waiting { .. } => Mark::Waiting,
            Stage::Offering(offer) => Mark::Offering(offer.id),
            Stage::Talking(talk) => Mark::Talking(talk.offer),
            Stage::Ended => Mark::Ended,
        }
    }

    /// The word of the contract.
    pub(crate) fn state(&self) -> &'static str {
        match self.stage {
            Stage::Waiting { .. } => "waiting",
            Stage::Offering(_) => "offering",
            Stage::Talking(_) => "talking",
            Stage::Ended => "ended",
        }
    }

    /// The agent who holds it.
    pub(crate) fn agent(&self) -> Option<AgentIx> {
        match &self.stage {
            Stage::Offering(offer) => Some(offer.agent),
            Stage::Talking(talk) => Some(talk.agent),
            Stage::Waiting { .. } | Stage::Ended => None,
        }
    }

    /// Remembers an offer that is over.
    pub(crate) fn remember(&mut self, offer: OfferId, agent: AgentId) {
        if self.past.len() == PAST_OFFERS_MAX {
            self.past.remove(0);
        }
        self.past.push((offer, agent));
    }

    /// Whom an earlier offer was for.
    pub(crate) fn past_agent(&self, offer: OfferId) -> Option<AgentId> {
        self.past
            .iter()
            .find(|(id, _)| *id == offer)
            .map(|(_, agent)| agent.clone())
    }

    /// The last offer that came to nothing.
    pub(crate) fn last_past_offer(&self) -> Option<OfferId> {
        self.past.last().map(|(offer, _)| *offer)
    }

    /// The next moment at which this call must be looked at. Every call that
    /// has not ended has one, so that nothing it holds is held for ever.
    pub(crate) fn next_deadline(&self) -> Option<Millis> {
        let stage = match &self.stage {
            Stage::Waiting { ready_at } => *ready_at,
            Stage::Offering(offer) => Some(offer.deadline),
            Stage::Talking(_) => None,
            Stage::Ended => return self.sequence.gap_until,
        };
        let rest = [
            self.announce_at,
            self.ending_at,
            self.ease_at,
            self.sequence.gap_until,
            stage,
        ];
        Some(rest.into_iter().flatten().fold(self.check_at, Millis::min))
    }
}
