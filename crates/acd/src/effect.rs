//! What a centre asks its driver to do.

use crate::callback::{CallbackEnd, CallbackRefusal, CallbackStart};
use crate::config::Contact;
use crate::id::{AgentId, CallId, CallbackId, OfferId, QueueId, ReserveId};
use crate::input::NewCall;
use crate::leave::{LeaveReason, Say};
use crate::target::Party;
use crate::transfer::{ConsultParty, TransferKind, TransferRefusal};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::sync::Arc;

/// One effect of [`crate::Center::handle`]. The driver carries effects out in
/// order, and only after the input that caused them is durable.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "effect", rename_all = "snake_case")]
pub enum Effect {
    /// Answer to `CallArrived`: the call is known (or was already).
    CallAccepted {
        /// The session that asked.
        session_id: String,
        /// The call.
        call: CallId,
        /// The queue it waits in.
        queue: QueueId,
        /// Its position there, from 1; 0 when it no longer waits.
        position: usize,
        /// Expected wait; `None` below the sample minimum.
        estimated_wait_ms: Option<u64>,
    },
    /// Answer to `CallArrived`: the call is not let in.
    CallRefused {
        /// The session that asked.
        session_id: String,
        /// Why.
        refusal: Refusal,
        /// What the caller is told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        say: Option<Say>,
    },
    /// Send `hang_up` to the call's session: the call is over.
    HangUp {
        /// The call.
        call: CallId,
        /// Why it does not stay.
        why: LeaveReason,
        /// What the caller is told first.
        say: Option<Say>,
    },
    /// Send `connect` to the call's session.
    Connect {
        /// The call.
        call: CallId,
        /// The offer.
        offer: OfferId,
        /// Who is offered the call.
        #[serde(flatten)]
        party: Party,
        /// What is dialled.
        contact: Contact,
        /// How long to ring, milliseconds.
        ring_timeout_ms: u64,
        /// What the phone shows as the caller.
        caller_id: String,
    },
    /// Send `cancel_offer` to the call's session.
    CancelOffer {
        /// The call.
        call: CallId,
        /// The offer.
        offer: OfferId,
    },
    /// Send `announce` to the call's session.
    Announce {
        /// The call.
        call: CallId,
        /// Position from 1.
        position: usize,
        /// Expected wait, rounded for speech; `None` below the sample minimum,
        /// and when it has become longer without a reason to tell.
        estimated_wait_ms: Option<u64>,
        /// Why it is longer than what the caller was told before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        longer: Option<LongerWait>,
    },
    /// Send `say` to the call's session: the caller is to hear this.
    Say {
        /// The call.
        call: CallId,
        /// The text.
        text: String,
        /// Its language, `en` or another tag.
        language: String,
    },
    /// Send `ask_manager` to the call's session: when the agent hangs up, the
    /// caller is asked whether that agent shall always answer.
    AskManager {
        /// The call.
        call: CallId,
        /// The agent's name for people.
        agent_name: String,
        /// Nothing is asked after a shorter talk, milliseconds.
        talk_ms_min: u64,
    },
    /// Answer to [`crate::Input::Transfer`].
    TransferAnswered {
        /// The agent who asked.
        agent: AgentId,
        /// Why it was not done; `None` when it was.
        refusal: Option<TransferRefusal>,
    },
    /// Send `release_agent` to the call's session: the agent leaves, the caller
    /// waits.
    ReleaseAgent {
        /// The call.
        call: CallId,
        /// The agent's offer.
        offer: OfferId,
    },
    /// Send `refuse_transfer` to the call's session: the transfer that the
    /// agent's phone asked for is not done.
    RefuseTransfer {
        /// The call.
        call: CallId,
        /// The agent's offer.
        offer: OfferId,
        /// Why.
        refusal: TransferRefusal,
    },
    /// Send `consult` to the call's session: the caller is put on hold and a
    /// colleague is rung, who speaks with the agent when he answers.
    Consult {
        /// The call.
        call: CallId,
        /// The colleague's offer.
        offer: OfferId,
        /// The colleague, or an outside number.
        #[serde(flatten)]
        party: Party,
        /// Where to reach the colleague.
        contact: Contact,
        /// How long to ring, milliseconds.
        ring_timeout_ms: u64,
        /// What the colleague's phone shows as the caller.
        caller_id: String,
    },
    /// Send `complete_transfer` to the call's session: the colleague has the
    /// caller, the agent leaves.
    CompleteTransfer {
        /// The call.
        call: CallId,
        /// The colleague's offer.
        offer: OfferId,
    },
    /// Send `swap` or `merge` to the call's session.
    JoinConsult {
        /// The call.
        call: CallId,
        /// The colleague's offer.
        offer: OfferId,
        /// Whom the agent speaks with from now on.
        with: ConsultParty,
    },
    /// Send `status` to the call's session: its state is in doubt.
    AskStatus {
        /// The call.
        call: CallId,
    },
    /// Send `offer_callback` to the call's session: the caller is asked whether
    /// to be called back.
    OfferCallback {
        /// The call.
        call: CallId,
        /// The number that would be called; `None`: it must be asked for.
        number: Option<String>,
        /// Whether the caller may name another one.
        other_numbers: bool,
    },
    /// Answer to `RequestCallback`: it is kept, or was already.
    CallbackAccepted {
        /// The call-back.
        callback: CallbackId,
    },
    /// Answer to `RequestCallback`: it is not kept.
    CallbackRefused {
        /// Why.
        refusal: CallbackRefusal,
    },
    /// Start a session that calls somebody back. It announces itself with the
    /// call-back and the number of the start.
    StartCallback(Box<CallbackStart>),
    /// Something that the agent's page shows has changed.
    AgentChanged {
        /// The agent.
        agent: AgentId,
    },
    /// The numbers of a queue have changed.
    QueueChanged {
        /// The queue.
        queue: QueueId,
    },
    /// The call is over for the centre; its access URL may be forgotten.
    CallClosed {
        /// The call.
        call: CallId,
    },
    /// A fact for the record: reports are made of these and nothing else.
    Record {
        /// The fact.
        fact: Fact,
    },
}

/// Why a caller is told a longer wait than before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LongerWait {
    /// Fewer agents take calls than when the caller was told last.
    FewerAgents,
}

/// Why a call was not let in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "refusal", rename_all = "snake_case")]
pub enum Refusal {
    /// The named queue does not exist.
    UnknownQueue {
        /// The name that was asked for.
        queue: QueueId,
    },
    /// The queue is at its configured length.
    QueueFull {
        /// The queue.
        queue: QueueId,
    },
    /// It is outside of the queue's opening hours.
    Closed {
        /// The queue.
        queue: QueueId,
    },
    /// No agent of the queue is logged in.
    NobodyThere {
        /// The queue.
        queue: QueueId,
    },
    /// No queue is configured at all.
    NoQueues,
    /// The call-back of this session is over, or another session has it.
    CallbackOver {
        /// The call-back.
        callback: CallbackId,
    },
}

/// A word of the record: most are known before, so that writing one down needs no
/// memory of its own.
pub type Word = Cow<'static, str>;

/// One line of the centre's record. Times are those of the input.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "fact", rename_all = "snake_case")]
pub enum Fact {
    /// A call entered a queue.
    CallQueued {
        /// The call.
        call: CallId,
        /// The queue.
        queue: QueueId,
        /// What its session said of it.
        details: Arc<NewCall>,
    },
    /// A call was not let in.
    CallBlocked {
        /// Why.
        refusal: Refusal,
        /// The number that was dialled; empty in records of older versions.
        #[serde(default)]
        dialed_number: String,
    },
    /// An agent or a reserve number was chosen.
    OfferMade {
        /// The call.
        call: CallId,
        /// The offer.
        offer: OfferId,
        /// Who was chosen, under `agent` or `reserve`.
        #[serde(flatten)]
        party: Party,
        /// Why just these two, in words for people.
        why: String,
    },
    /// An offer ended.
    OfferEnded {
        /// The call.
        call: CallId,
        /// The offer.
        offer: OfferId,
        /// Whose it was, under `agent` or `reserve`.
        #[serde(flatten)]
        party: Party,
        /// `answered`, `no_answer`, `busy`, `rejected`, `unreachable`, `unregistered`,
        /// `cancelled`, `answered_elsewhere`, `not_delivered`.
        outcome: Word,
        /// How long it rang, milliseconds.
        rang_ms: u64,
    },
    /// A call left its queue for another one: a segment of waiting ended with
    /// an outcome, the next began.
    CallMoved {
        /// The call.
        call: CallId,
        /// The queue that it left.
        queue: QueueId,
        /// The queue that took it over.
        to: QueueId,
        /// `overflowed`, `exited_by_key`.
        outcome: Word,
        /// Why.
        reason: LeaveReason,
        /// Wait in the queue that it left, milliseconds.
        wait_ms: u64,
    },
    /// An agent handed the caller over. The agent's segment ended, answered; the
    /// next began: in a queue, or with the colleague at once.
    CallTransferred {
        /// The call.
        call: CallId,
        /// Its queue so far.
        queue: QueueId,
        /// Its queue from now on.
        to_queue: QueueId,
        /// The agent who left.
        agent: AgentId,
        /// The colleague who is to have the caller; `None` is anybody of the
        /// queue.
        to_agent: Option<AgentId>,
        /// The outside number that is to have the caller.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to_number: Option<String>,
        /// At once, or after a word with the colleague.
        kind: TransferKind,
        /// Wait in the queue before the agent answered, milliseconds.
        wait_ms: u64,
        /// Talk of the agent who left, consults with the colleague included,
        /// milliseconds.
        talk_ms: u64,
    },
    /// A transferred caller waits no more for the wanted colleague.
    TransferGivenUp {
        /// The call.
        call: CallId,
        /// The colleague, or the outside number.
        #[serde(flatten)]
        party: Party,
        /// Whom the caller waits for now; `None` is anybody of the queue.
        wanted: Option<AgentId>,
    },
    /// A colleague is asked about a call.
    ConsultMade {
        /// The call.
        call: CallId,
        /// The colleague's offer.
        offer: OfferId,
        /// The colleague, or the outside number.
        #[serde(flatten)]
        party: Party,
        /// The agent who asks.
        by: AgentId,
    },
    /// The agent who had a colleague asked hung up: the colleague's phone rings
    /// on, for the caller.
    ConsultBecameOffer {
        /// The call.
        call: CallId,
        /// The colleague's offer.
        offer: OfferId,
        /// The colleague, or the outside number.
        #[serde(flatten)]
        party: Party,
    },
    /// A colleague is asked no more.
    ConsultEnded {
        /// The call.
        call: CallId,
        /// The colleague's offer.
        offer: OfferId,
        /// The colleague, or the outside number.
        #[serde(flatten)]
        party: Party,
        /// `answered`; or as of an offer, when the phone was not answered.
        outcome: Word,
        /// From the colleague's answer to the end, milliseconds.
        consult_ms: u64,
    },
    /// A call left its queue for good.
    CallEnded {
        /// The call.
        call: CallId,
        /// The queue.
        queue: QueueId,
        /// `answered`, `abandoned`, `overflowed` (a limit let the caller go),
        /// `exited_by_key`, `system_failed`.
        outcome: Word,
        /// Queue wait, milliseconds.
        wait_ms: u64,
        /// Talk, milliseconds; 0 when nobody answered.
        talk_ms: u64,
        /// Who ended it.
        ended_by: Option<crate::input::EndedBy>,
        /// Who served it.
        agent: Option<AgentId>,
        /// The reserve number that served it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reserve: Option<ReserveId>,
        /// The outside number that it was transferred to and that served it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        number: Option<String>,
    },
    /// A caller who may be given to a reserve number was not, and why.
    NoReserve {
        /// The call.
        call: CallId,
        /// Its queue.
        queue: QueueId,
        /// What stands in the way of each, in words for people.
        why: String,
    },
    /// A reserve number was banned, or is no more.
    ReserveState {
        /// The reserve.
        reserve: ReserveId,
        /// `banned` or `available`.
        state: String,
        /// Why.
        why: String,
    },
    /// A caller with a manager of its own was led there, or to somebody else.
    OwnManager {
        /// The call.
        call: CallId,
        /// The manager.
        manager: AgentId,
        /// Whom the call now waits for: the manager, a deputy, or anybody.
        wanted: Option<AgentId>,
        /// Why, in words for people.
        why: String,
    },
    /// Callers were bound to managers, or are no more. Without their numbers,
    /// so that a person who is erased leaves none here.
    BindingsChanged {
        /// `bound`, `unbound`, `erased`.
        change: String,
        /// How many.
        count: u64,
        /// Who did it.
        by: String,
    },
    /// A call-back is kept in line.
    CallbackTaken {
        /// The call-back.
        callback: CallbackId,
        /// What stands in line for it.
        call: CallId,
        /// The call of the caller who took it; `None` if it was asked for
        /// without one.
        from: Option<CallId>,
        /// Its queue.
        queue: QueueId,
        /// What the session said of the caller; the caller's number is the one
        /// to call.
        details: Arc<NewCall>,
        /// Who asked for it: `caller`, or a person.
        by: String,
    },
    /// No session could be started for a call-back; it is tried again.
    CallbackNotStarted {
        /// The call-back.
        callback: CallbackId,
        /// What stands in line for it.
        call: CallId,
        /// What went wrong.
        why: String,
    },
    /// The caller is dialled.
    CallbackDialled {
        /// The call-back.
        callback: CallbackId,
        /// The call.
        call: CallId,
        /// Which attempt, from 1.
        attempt: u32,
    },
    /// An attempt came to nothing; the place is kept.
    CallbackUnreached {
        /// The call-back.
        callback: CallbackId,
        /// The call of the attempt.
        call: CallId,
        /// What stands in line for it from now on.
        next: CallId,
        /// `no_answer`, `busy`, `rejected`, `unreachable`, `machine`;
        /// `agent_left`, `session_lost`, `nobody_free`: not the caller's doing.
        reason: String,
        /// Attempts so far.
        attempts: u32,
        /// Not before then.
        retry_at: Option<u64>,
    },
    /// A call-back is over.
    CallbackEnded(Box<CallbackEnd>),
    /// An agent's intent or activity changed.
    AgentState {
        /// The agent.
        agent: AgentId,
        /// The state in words of the contract, `ready/idle`.
        state: Word,
        /// Why.
        why: Word,
    },
}
