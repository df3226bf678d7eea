//! One call, from its queue to its end.

use crate::agent::AgentIx;
use crate::callback::StandIn;
use crate::id::{AgentId, CallId, Millis, OfferId, QueueId};
use crate::input::NewCall;
use crate::leave::LeaveReason;
use crate::limits::{PAST_OFFERS_MAX, SILENCE_MS};
use crate::offer::{Offer, Talk};
use crate::order::Place;
use crate::pool::PoolIx;
use crate::queue::QueueIx;
use crate::sequence::Sequence;
use crate::view::CallResult;
use serde::{Deserialize, Serialize};

/// The rank of each agent for one call; one who is not named has 0.
pub(crate) type Ranks = std::collections::BTreeMap<AgentId, i64>;

/// Where a call stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Stage {
    /// In line.
    Waiting,
    /// In line, and at least one agent is being reached.
    Offering(Vec<Offer>),
    /// With an agent.
    Talking(Talk),
    /// Over; only remembered for late messages.
    Ended,
}

/// What an offer is to its call now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tie {
    /// Its agent is being reached.
    Live,
    /// Its agent talks to the caller.
    Talk,
    /// Neither: it is over, or was never made.
    Past,
}

/// The place of a call among those that are to be offered: whoever has fewer
/// phones ringing goes first, so that a second phone for one caller never
/// takes the first from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Turn {
    pub(crate) rung: usize,
    pub(crate) place: Place,
}

/// An expected wait that a caller was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ToldWait {
    /// As announced, milliseconds.
    pub(crate) wait_ms: Millis,
    /// How many agents took calls then.
    pub(crate) agents: u32,
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
    /// When it came to its first queue.
    #[serde(default)]
    pub(crate) came: Millis,
    /// Queues that it was sent on to.
    #[serde(default)]
    pub(crate) moves: usize,
    /// When it has waited for the longest time of its queue.
    #[serde(default)]
    pub(crate) leave_at: Option<Millis>,
    /// It has: it is let go when no phone rings for it.
    #[serde(default)]
    pub(crate) overdue: bool,
    /// The centre ended it, and why: the session is to hang up.
    #[serde(default)]
    pub(crate) hung_up: Option<LeaveReason>,
    pub(crate) stage: Stage,
    /// Counts changes of the stage and of its offers. A status may have been
    /// overtaken by events or commands, and is then no evidence against the
    /// stage of now.
    pub(crate) version: u64,
    /// Not offered before, after offers that failed without an agent's fault.
    pub(crate) ready_at: Option<Millis>,
    /// How many phones may ring for it at once now.
    pub(crate) width: usize,
    /// When that becomes one more.
    pub(crate) widen_at: Option<Millis>,
    /// How the owner's policy ranks agents for it.
    #[serde(default)]
    pub(crate) ranks: Ranks,
    /// Where it stands in its pool, while it is to be offered.
    pub(crate) turn: Option<Turn>,
    pub(crate) sequence: Sequence,
    /// When the session is asked, unless something is heard of it before.
    pub(crate) check_at: Millis,
    pub(crate) announce_at: Option<Millis>,
    /// The last position that the caller was told.
    pub(crate) told: Option<usize>,
    /// The last expected wait that the caller was told.
    #[serde(default)]
    pub(crate) told_wait: Option<ToldWait>,
    /// Since when it has waited for an agent to become free.
    #[serde(default)]
    pub(crate) pressing_since: Millis,
    /// It had to wait for one.
    #[serde(default)]
    pub(crate) had_to_wait: bool,
    /// The last status that was asked and not answered: of which version of
    /// the stage, and when.
    pub(crate) asked: Option<(u64, Millis)>,
    /// The session said that it is ending; when that is taken as done.
    pub(crate) ending_at: Option<Millis>,
    /// Offers in a row that failed without an agent's fault.
    pub(crate) setbacks: u32,
    past: Vec<(OfferId, AgentId)>,
    /// Whom the caller waits for: the own manager or a deputy.
    #[serde(default)]
    pub(crate) manager: Option<WantedManager>,
    /// The session asks the caller about this agent after the talk.
    #[serde(default)]
    pub(crate) asks_about: Option<AgentId>,
    /// Stands in line for a call-back.
    #[serde(default)]
    pub(crate) stand_in: Option<StandIn>,
    /// When the caller is offered a call-back, or the wait is looked at for that.
    #[serde(default)]
    pub(crate) offer_callback_at: Option<Millis>,
    pub(crate) wake: Option<Millis>,
    /// The session is gone: nothing more is sent to it.
    pub(crate) closed: bool,
    /// How it ended, once it has.
    pub(crate) result: Option<CallResult>,
}

/// One agent whom a caller waits for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct WantedManager {
    pub(crate) agent: AgentId,
    /// Then anybody may take the call.
    pub(crate) until: Millis,
    /// At this agent the call goes before those that came up to so much
    /// earlier.
    pub(crate) credit_ms: Millis,
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
            came: place.since,
            moves: 0,
            leave_at: None,
            overdue: false,
            hung_up: None,
            stage: Stage::Waiting,
            version: 0,
            ready_at: None,
            width: 1,
            widen_at: None,
            ranks: Ranks::new(),
            turn: None,
            sequence: Sequence::default(),
            check_at: place.since + SILENCE_MS,
            announce_at: None,
            told: None,
            told_wait: None,
            pressing_since: place.since,
            had_to_wait: false,
            asked: None,
            ending_at: None,
            setbacks: 0,
            past: Vec::new(),
            manager: None,
            asks_about: None,
            stand_in: None,
            offer_callback_at: None,
            wake: None,
            closed: false,
            result: None,
        }
    }

    pub(crate) fn id(&self) -> CallId {
        self.place.call
    }

    /// The place in the pool: that in the line, but for the credit at the own
    /// manager.
    pub(crate) fn pool_place(&self) -> Place {
        let credit_ms = self.manager.as_ref().map_or(0, |wanted| wanted.credit_ms);
        let credit_ms = i64::try_from(credit_ms).unwrap_or(i64::MAX);
        Place {
            turn: self.place.turn.saturating_sub(credit_ms),
            ..self.place
        }
    }

    /// Something was heard of the session.
    pub(crate) fn heard(&mut self, now: Millis) {
        self.check_at = now + SILENCE_MS;
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.stage == Stage::Ended
    }

    /// What an offer is to this call now.
    pub(crate) fn tie(&self, offer: OfferId) -> Tie {
        match &self.stage {
            Stage::Offering(offers) if offers.iter().any(|live| live.id == offer) => Tie::Live,
            Stage::Talking(talk) if talk.offer == offer => Tie::Talk,
            Stage::Waiting | Stage::Offering(_) | Stage::Talking(_) | Stage::Ended => Tie::Past,
        }
    }

    /// Changes the stage.
    pub(crate) fn enter(&mut self, stage: Stage) {
        self.stage = stage;
        self.version += 1;
    }

    /// The live offers.
    pub(crate) fn offers(&self) -> &[Offer] {
        match &self.stage {
            Stage::Offering(offers) => offers,
            Stage::Waiting | Stage::Talking(_) | Stage::Ended => &[],
        }
    }

    /// A live offer.
    pub(crate) fn offer_mut(&mut self, id: OfferId) -> Option<&mut Offer> {
        match &mut self.stage {
            Stage::Offering(offers) => offers.iter_mut().find(|offer| offer.id == id),
            Stage::Waiting | Stage::Talking(_) | Stage::Ended => None,
        }
    }

    /// Adds a live offer.
    pub(crate) fn add_offer(&mut self, offer: Offer) {
        match &mut self.stage {
            Stage::Offering(offers) => offers.push(offer),
            Stage::Waiting | Stage::Talking(_) | Stage::Ended => {
                self.stage = Stage::Offering(vec![offer]);
            }
        }
        self.version += 1;
    }

    /// Takes a live offer away; without another the call waits.
    pub(crate) fn take_offer(&mut self, id: OfferId) -> Option<Offer> {
        let Stage::Offering(offers) = &mut self.stage else {
            return None;
        };
        let at = offers.iter().position(|offer| offer.id == id)?;
        let offer = offers.remove(at);
        if offers.is_empty() {
            self.stage = Stage::Waiting;
        }
        self.version += 1;
        Some(offer)
    }

    /// Whether it stands in its line.
    pub(crate) fn is_in_line(&self) -> bool {
        match self.stage {
            Stage::Waiting | Stage::Offering(_) => true,
            Stage::Talking(_) | Stage::Ended => false,
        }
    }

    /// Its turn to be offered to one agent more, if it may be.
    pub(crate) fn due_turn(&self) -> Option<Turn> {
        let rung = self.offers().len();
        let may_be = self.is_in_line()
            && rung < self.width
            && self.ready_at.is_none()
            && !self.overdue
            && self.ending_at.is_none()
            && self
                .stand_in
                .as_ref()
                .is_none_or(|own| own.may_be_served(rung));
        may_be.then_some(Turn {
            rung,
            place: self.pool_place(),
        })
    }

    /// The word of the contract.
    pub(crate) fn state(&self) -> &'static str {
        match self.stage {
            Stage::Waiting => "waiting",
            Stage::Offering(_) => "offering",
            Stage::Talking(_) => "talking",
            Stage::Ended => "ended",
        }
    }

    /// The agent who talks to the caller, or the first who is being reached.
    pub(crate) fn agent(&self) -> Option<AgentIx> {
        match &self.stage {
            Stage::Offering(offers) => offers.first().map(|offer| offer.agent),
            Stage::Talking(talk) => Some(talk.agent),
            Stage::Waiting | Stage::Ended => None,
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

    /// The last offers that came to nothing.
    pub(crate) fn past_offers(&self) -> Vec<OfferId> {
        self.past.iter().map(|(offer, _)| *offer).collect()
    }

    /// The next moment at which this call must be looked at. Every call that
    /// has not ended has one, so that nothing it holds is held for ever.
    pub(crate) fn next_deadline(&self) -> Option<Millis> {
        let stage = match &self.stage {
            Stage::Waiting => self.manager.as_ref().map(|wanted| wanted.until),
            Stage::Talking(_) => None,
            Stage::Offering(offers) => offers.iter().map(|offer| offer.deadline).min(),
            Stage::Ended => return self.sequence.gap_until,
        };
        let rest = [
            self.ready_at,
            self.widen_at,
            self.leave_at,
            self.announce_at,
            self.ending_at,
            self.ease_at,
            self.offer_callback_at,
            self.stand_in.as_ref().and_then(StandIn::next_deadline),
            self.sequence.gap_until,
            stage,
        ];
        Some(rest.into_iter().flatten().fold(self.check_at, Millis::min))
    }
}
