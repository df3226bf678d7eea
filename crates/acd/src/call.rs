//! One call, from its queue to its end.

use crate::callback::StandIn;
use crate::deadline::Deadline;
use crate::id::{AgentId, CallId, Millis, OfferId, QueueId};
use crate::input::NewCall;
use crate::leave::{Leave, LeaveReason, LeaveRules};
use crate::limits::{LEFT_OFFERS_MAX, PAST_OFFERS_MAX, SILENCE_MS};
use crate::offer::{Offer, Talk};
use crate::order::Place;
use crate::pool::PoolIx;
use crate::queue::QueueIx;
use crate::sequence::Sequence;
use crate::target::{KeptParty, Party, Target};
use crate::transfer::Consult;
use crate::view::CallResult;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The rank of each agent for one call; one who is not named has 0.
pub(crate) type Ranks = std::collections::BTreeMap<AgentId, i64>;

/// Where a call stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Stage {
    /// In line.
    Waiting,
    /// In line, and somebody is being reached.
    Offering(Vec<Offer>),
    /// With an agent, or on a reserve number.
    Talking(Talk),
    /// Over; only remembered for late messages.
    Ended,
}

impl Stage {
    /// Points whoever is reached or spoken with to a new place in the centre.
    pub(crate) fn each_target(&mut self, renumber: impl Fn(&mut Target)) {
        match self {
            Self::Offering(offers) => {
                for offer in offers {
                    renumber(&mut offer.target);
                }
            }
            Self::Talking(talk) => {
                renumber(&mut talk.target);
                if let Some(consult) = &mut talk.consult {
                    renumber(&mut consult.offer.target);
                }
            }
            Self::Waiting | Self::Ended => {}
        }
    }
}

/// What an offer is to its call now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tie {
    /// Whom it is for is being reached.
    Live,
    /// Whom it was for talks to the caller.
    Talk,
    /// Its agent is a colleague who is asked about the call.
    Consult,
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
    /// How many of the agents who may take the call took calls then.
    pub(crate) agents: u32,
}

/// The place of a call among those who may be given to a reserve: the step
/// that it is past, from 1, and its place in line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Claim {
    pub(crate) level: usize,
    pub(crate) place: Place,
}

/// See the module's text.
///
/// It stands in memory as it stands here. A hundred thousand of them fit into no
/// cache, and a call is looked at a few times in minutes, so that each part of it that
/// an input reads is waited for: what is read together stands together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[repr(C)]
pub(crate) struct Call {
    // Every report reads these: what is heard, where the call stands, what is due.
    pub(crate) sequence: Sequence,
    /// Counts changes of the stage and of its offers. A status may have been
    /// overtaken by events or commands, and is then no evidence against the
    /// stage of now.
    pub(crate) version: u64,
    pub(crate) stage: Stage,
    /// When the session is asked, unless something is heard of it before.
    pub(crate) check_at: Millis,
    /// Not offered before, after offers that failed without an agent's fault.
    #[serde(default)]
    pub(crate) ready_at: Deadline,
    /// When one phone more may ring for it.
    #[serde(default)]
    pub(crate) widen_at: Deadline,
    /// When it has waited for the longest time of its queue.
    #[serde(default)]
    pub(crate) leave_at: Deadline,
    /// When it is past one step more of its queue's reserves.
    #[serde(default)]
    pub(crate) reserve_at: Deadline,
    /// When the caller is told the position next.
    #[serde(default)]
    pub(crate) announce_at: Deadline,
    /// The session said that it is ending; when that is taken as done.
    #[serde(default)]
    pub(crate) ending_at: Deadline,
    /// When its demands fall next.
    #[serde(default)]
    pub(crate) ease_at: Deadline,
    /// When the caller is offered a call-back, or the wait is looked at for that.
    #[serde(default)]
    pub(crate) offer_callback_at: Deadline,
    /// Whom the caller waits for: the own manager or a deputy.
    #[serde(default)]
    pub(crate) manager: Option<Box<WantedManager>>,
    /// Stands in line for a call-back.
    #[serde(default)]
    pub(crate) stand_in: Option<Box<StandIn>>,
    /// What becomes of it when no reserve takes it, and why it was sent there.
    #[serde(default)]
    pub(crate) reserves_else: Option<Box<(LeaveReason, Leave)>>,
    /// Where it stands among those who may be given to a reserve.
    #[serde(default)]
    pub(crate) claim: Option<Box<Claim>>,
    /// When its timer looks at it.
    pub(crate) wake: Option<Millis>,
    /// The last status that was asked and not answered: of which version of
    /// the stage, and when.
    pub(crate) asked: Option<(u64, Millis)>,
    /// The session is gone: nothing more is sent to it.
    pub(crate) closed: bool,
    /// It has waited for the longest time of its queue: it is let go when no phone
    /// rings for it.
    #[serde(default)]
    pub(crate) overdue: bool,
    /// It need not wait for thresholds.
    #[serde(default)]
    pub(crate) reserves_now: bool,
    /// The queue has counted this caller already: the waiting or the talk of
    /// now came of a transfer within it.
    #[serde(default)]
    pub(crate) recounted: bool,
    /// It had to wait for an agent.
    #[serde(default)]
    pub(crate) had_to_wait: bool,
    /// The centre ended it, and why: the session is to hang up.
    #[serde(default)]
    pub(crate) hung_up: Option<LeaveReason>,
    /// The caller was asked whether to be called back, and is let go for this
    /// reason if no answer comes.
    #[serde(default)]
    pub(crate) last_word: Option<LeaveReason>,
    /// Its queue let everybody go, for this reason, while a phone rang for it or it was
    /// talked: it goes too, unless that becomes the talk it waits for.
    #[serde(default)]
    pub(crate) dismissed: Option<LeaveReason>,
    /// Offers in a row that failed without an agent's fault.
    pub(crate) setbacks: u32,
    // An offer and its answer read these too.
    /// Where it stands in its pool, while it is to be offered.
    pub(crate) turn: Option<Turn>,
    pub(crate) place: Place,
    /// Who may be offered it. Meaningless once the call has ended.
    pub(crate) pool: PoolIx,
    /// Meaningless once the call has ended.
    pub(crate) queue_ix: QueueIx,
    /// How many phones may ring for it at once now.
    pub(crate) width: usize,
    /// How many steps of its queue's reserves it is past.
    #[serde(default)]
    pub(crate) reserve_level: usize,
    /// Since when it has waited for an agent to become free.
    #[serde(default)]
    pub(crate) pressing_since: Millis,
    /// Shared with the record, which is told of it once.
    pub(crate) details: Arc<NewCall>,
    pub(crate) queue: QueueId,
    /// When it came to its first queue.
    #[serde(default)]
    pub(crate) came: Millis,
    /// How the owner's policy ranks agents for it.
    #[serde(default)]
    pub(crate) ranks: Ranks,
    past: Vec<(OfferId, KeptParty)>,
    // These belong to the end of the call, or to what few calls meet.
    /// How it ended, once it has.
    pub(crate) result: Option<Box<CallResult>>,
    /// The last position that the caller was told.
    pub(crate) told: Option<usize>,
    /// The last expected wait that the caller was told.
    #[serde(default)]
    pub(crate) told_wait: Option<ToldWait>,
    /// How many levels its demands have fallen.
    pub(crate) eased: u32,
    /// When its demands fell last; at first when it came.
    pub(crate) eased_at: Millis,
    /// Queues that it was sent on to.
    #[serde(default)]
    pub(crate) moves: usize,
    /// When no reserve took it last. While it was with them, callers behind it
    /// may have been given to agents.
    #[serde(default)]
    pub(crate) reserves_refused_at: Option<Millis>,
    /// The last step of which the record says why no reserve took it.
    #[serde(default)]
    pub(crate) reserve_told: usize,
    /// An agent who transferred the caller, and has the caller again if the
    /// wanted colleague does not come.
    #[serde(default)]
    pub(crate) back_to: Option<AgentId>,
    /// The outside number that an agent transferred the caller to, or asks.
    #[serde(default)]
    pub(crate) outside: Option<String>,
    /// Offers of agents who have handed the caller over.
    #[serde(default)]
    left: Vec<(OfferId, AgentId)>,
    /// The session asks the caller about this agent after the talk.
    #[serde(default)]
    pub(crate) asks_about: Option<AgentId>,
}

/// One agent whom a caller waits for: the own manager, or by a transfer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct WantedManager {
    pub(crate) agent: AgentId,
    /// Then anybody may take the call.
    pub(crate) until: Millis,
    /// At this agent the call goes before those that came up to so much
    /// earlier.
    pub(crate) credit_ms: Millis,
    /// A colleague wants it so, rather than a binding.
    #[serde(default)]
    pub(crate) by_transfer: bool,
    /// The scenario wants nobody else.
    #[serde(default)]
    pub(crate) only: bool,
}

impl Call {
    pub(crate) fn new(
        details: Arc<NewCall>,
        queue: QueueId,
        queue_ix: QueueIx,
        place: Place,
    ) -> Self {
        Self {
            details,
            queue,
            queue_ix,
            place,
            pool: PoolIx(0),
            eased: 0,
            eased_at: place.since,
            ease_at: Deadline::NEVER,
            came: place.since,
            moves: 0,
            leave_at: Deadline::NEVER,
            overdue: false,
            hung_up: None,
            stage: Stage::Waiting,
            version: 0,
            ready_at: Deadline::NEVER,
            width: 1,
            widen_at: Deadline::NEVER,
            ranks: Ranks::new(),
            turn: None,
            sequence: Sequence::default(),
            check_at: place.since + SILENCE_MS,
            announce_at: Deadline::NEVER,
            told: None,
            told_wait: None,
            pressing_since: place.since,
            had_to_wait: false,
            asked: None,
            ending_at: Deadline::NEVER,
            setbacks: 0,
            past: Vec::new(),
            manager: None,
            reserve_level: 0,
            reserve_at: Deadline::NEVER,
            reserves_now: false,
            reserves_else: None,
            reserves_refused_at: None,
            claim: None,
            reserve_told: 0,
            back_to: None,
            outside: None,
            recounted: false,
            left: Vec::new(),
            asks_about: None,
            stand_in: None,
            last_word: None,
            dismissed: None,
            offer_callback_at: Deadline::NEVER,
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

    /// Other rules are in force: there may be no need to go with the others.
    pub(crate) fn stay_where_kept(&mut self, rules: &LeaveRules) {
        let goes = |reason| rules.of_everybody(reason).is_some_and(|way| !way.keeps());
        self.dismissed = self.dismissed.filter(|reason| goes(*reason));
    }

    /// Something was heard of the session.
    pub(crate) fn heard(&mut self, now: Millis) {
        self.check_at = now + SILENCE_MS;
    }

    pub(crate) fn has_ended(&self) -> bool {
        matches!(self.stage, Stage::Ended)
    }

    /// What an offer is to this call now.
    pub(crate) fn tie(&self, offer: OfferId) -> Tie {
        match &self.stage {
            Stage::Offering(offers) if offers.iter().any(|live| live.id == offer) => Tie::Live,
            Stage::Talking(talk) if talk.offer == offer => Tie::Talk,
            Stage::Talking(talk) if talk.asks(offer) => Tie::Consult,
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

    /// Whether it stands in its line and nobody is being reached.
    pub(crate) fn is_waiting(&self) -> bool {
        matches!(self.stage, Stage::Waiting)
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
        let rung = self.agents_rung();
        let may_be = self.is_in_line()
            && rung < self.width
            && !self.offers().iter().any(|offer| offer.alone)
            && self.reserves_else.is_none()
            && !self.ready_at.is_set()
            && !self.overdue
            && self.dismissed.is_none()
            && !self.ending_at.is_set()
            && self
                .stand_in
                .as_ref()
                .is_none_or(|own| own.may_be_served(rung));
        may_be.then_some(Turn {
            rung,
            place: self.pool_place(),
        })
    }

    /// How many agents' phones ring for it.
    pub(crate) fn agents_rung(&self) -> usize {
        let offers = self.offers().iter();
        offers.filter(|offer| offer.target.is_agent()).count()
    }

    /// Its place among those who may be given to a reserve, if it may be and
    /// is past a threshold.
    pub(crate) fn due_claim(&self) -> Option<Claim> {
        let may_be = self.reserve_level > 0 && self.is_for_reserves();
        may_be.then_some(Claim {
            level: self.reserve_level,
            place: self.place,
        })
    }

    /// Whether it may be given to a reserve: nobody is rung for it, and it
    /// does not wait for its own manager.
    pub(crate) fn is_for_reserves(&self) -> bool {
        self.is_waiting()
            && self.manager.is_none()
            && !self.ready_at.is_set()
            && !self.overdue
            && !self.ending_at.is_set()
            // Call-backs are for the queue's own agents.
            && self.stand_in.is_none()
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

    /// When that began.
    pub(crate) fn state_since(&self) -> Millis {
        match &self.stage {
            Stage::Offering(offers) => offers.first().map_or(self.came, |offer| offer.made_at),
            Stage::Talking(talk) => talk.since,
            Stage::Waiting | Stage::Ended => self.place.since,
        }
    }

    /// Who talks to the caller, or the first who is being reached.
    pub(crate) fn target(&self) -> Option<Target> {
        match &self.stage {
            Stage::Offering(offers) => offers.first().map(|offer| offer.target),
            Stage::Talking(talk) => Some(talk.target),
            Stage::Waiting | Stage::Ended => None,
        }
    }

    /// Remembers an offer that is over.
    pub(crate) fn remember(&mut self, offer: OfferId, party: Party) {
        if self.past.len() == PAST_OFFERS_MAX {
            self.past.remove(0);
        }
        self.past.push((offer, party.into()));
    }

    /// Whom an earlier offer was for.
    pub(crate) fn past_party(&self, offer: OfferId) -> Option<Party> {
        self.past
            .iter()
            .find(|(id, _)| *id == offer)
            .map(|(_, party)| party.clone().into())
    }

    /// The last offers that came to nothing.
    pub(crate) fn past_offers(&self) -> Vec<OfferId> {
        self.past.iter().map(|(offer, _)| *offer).collect()
    }

    /// Remembers an agent who has handed the caller over.
    pub(crate) fn remember_left(&mut self, offer: OfferId, agent: AgentId) {
        if self.left.len() == LEFT_OFFERS_MAX {
            self.left.remove(0);
        }
        self.left.push((offer, agent));
    }

    /// Whether the agent of an offer has handed the caller over.
    pub(crate) fn has_left(&self, offer: OfferId) -> bool {
        self.left.iter().any(|(id, _)| *id == offer)
    }

    /// The agent who handed the caller over last has not left after all, and
    /// becomes one whose talk can be taken over.
    pub(crate) fn recall_left(&mut self) -> Option<OfferId> {
        let (offer, agent) = self.left.pop()?;
        self.remember(offer, Party::Agent(agent));
        Some(offer)
    }

    /// The talk at hand.
    pub(crate) fn talk_mut(&mut self) -> Option<&mut Talk> {
        match &mut self.stage {
            Stage::Talking(talk) => Some(talk),
            Stage::Waiting | Stage::Offering(_) | Stage::Ended => None,
        }
    }

    /// The talk at hand.
    pub(crate) fn talk(&self) -> Option<&Talk> {
        match &self.stage {
            Stage::Talking(talk) => Some(talk),
            Stage::Waiting | Stage::Offering(_) | Stage::Ended => None,
        }
    }

    /// The colleague who is asked about it.
    pub(crate) fn consult(&self) -> Option<&Consult> {
        self.talk()?.consult.as_deref()
    }

    /// The colleague who is asked about it.
    pub(crate) fn consult_mut(&mut self) -> Option<&mut Consult> {
        self.talk_mut()?.consult.as_deref_mut()
    }

    /// The next moment at which this call must be looked at. Every call that
    /// has not ended has one, so that nothing it holds is held for ever.
    pub(crate) fn next_deadline(&self) -> Option<Millis> {
        let gap = Deadline::from(self.sequence.gap_until());
        let stage = match &self.stage {
            Stage::Waiting => self.manager.as_ref().map(|wanted| wanted.until),
            Stage::Talking(talk) => talk.consult_deadline(),
            Stage::Offering(offers) => offers.iter().map(|offer| offer.deadline).min(),
            Stage::Ended => return gap.moment(),
        };
        let stand_in = self.stand_in.as_deref().and_then(StandIn::next_deadline);
        let all = [
            self.ready_at,
            self.widen_at,
            self.leave_at,
            self.reserve_at,
            self.announce_at,
            self.ending_at,
            self.ease_at,
            self.offer_callback_at,
            stand_in.into(),
            gap,
            stage.into(),
        ];
        all.into_iter()
            .fold(Deadline::at(self.check_at), Deadline::or_earlier)
            .moment()
    }
}
