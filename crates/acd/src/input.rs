//! Everything that can happen to a centre. Inputs are journalled as JSON, so
//! a variant or field may be added but never renamed or given a new meaning.

use crate::binding::NewBinding;
use crate::callback::CallbackFailure;
use crate::config::Configuration;
use crate::id::{AgentId, CallId, CallbackId, Millis, OfferId, QueueId, ReserveId};
use crate::own_manager::Absence;
use serde::{Deserialize, Serialize};

/// One input of [`crate::Center::handle`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "input", rename_all = "snake_case")]
pub enum Input {
    /// A new configuration is in force.
    Configure {
        /// All of it.
        configuration: Configuration,
    },
    /// A session asks for an agent (`POST /api/v1/calls`). The same
    /// `session_id` again is answered with the same call.
    CallArrived {
        /// What the session said of the call.
        call: NewCall,
    },
    /// A session reports (`POST /api/v1/calls/{id}/events`). Events may come
    /// twice and out of order; `seq` tells.
    CallEvent {
        /// The call.
        call: CallId,
        /// The session's running number of this event, from 1.
        seq: u64,
        /// When it happened at the session, by the session's clock.
        at: Millis,
        /// What happened.
        event: SessionEvent,
    },
    /// The session of a call no longer exists (its access URL answers 404) or
    /// could not be reached until every retry was used up.
    SessionLost {
        /// The call.
        call: CallId,
        /// For people: what was tried.
        why: String,
    },
    /// A `connect` did not get to the session, though the session lives.
    ConnectNotDelivered {
        /// The offer.
        offer: OfferId,
        /// For people: what went wrong.
        why: String,
    },
    /// After a restart: what a live session answered to `status`.
    SessionStatus {
        /// The call.
        call: CallId,
        /// What it is doing.
        doing: SessionDoing,
    },
    /// Somebody set an agent's intent.
    SetIntent {
        /// The agent.
        agent: AgentId,
        /// What was chosen.
        intent: Intent,
        /// Who chose.
        by: Actor,
        /// Why somebody else chose for the agent, for people; may be empty.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        why: String,
    },
    /// The agent (or a supervisor) ended the wrap-up early.
    EndWrapUp {
        /// The agent.
        agent: AgentId,
        /// Who ended it.
        by: Actor,
    },
    /// The agent (or a supervisor) wants a longer wrap-up.
    ExtendWrapUp {
        /// The agent.
        agent: AgentId,
        /// Who asks.
        by: Actor,
    },
    /// What the agent's intent shall become when the next talk ends. A choice
    /// of an intent before that replaces it.
    SetAfterCall {
        /// The agent.
        agent: AgentId,
        /// The intent; `None` is to stay as it is.
        intent: Option<Intent>,
        /// Who chose.
        by: Actor,
    },
    /// Somebody lifts an agent's ban. Agents can where the rule lets them.
    LiftBan {
        /// The agent.
        agent: AgentId,
        /// Who lifts it.
        by: Actor,
    },
    /// How the owner's policy ranks agents for the call of a session that is
    /// about to arrive. Sent just before its [`Input::CallArrived`].
    AgentsRanked {
        /// The session.
        session_id: String,
        /// The rank of each agent; one who is not named has 0. The free agent
        /// of the highest rank is offered the call, and among equals the one
        /// whom the queue's strategy puts first.
        ranks: std::collections::BTreeMap<AgentId, i64>,
    },
    /// The owner's policy, or a person, changes how a caller waits. Changes
    /// nothing for a call that does not wait any more.
    ChangeWaiting {
        /// The call.
        call: CallId,
        /// Another priority; the waiting so far keeps its worth.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        priority: Option<i32>,
        /// Where the caller goes.
        #[serde(default)]
        leave: crate::leave::Leave,
    },
    /// Somebody bans an agent from offers, or shortens a ban.
    BanAgent {
        /// The agent.
        agent: AgentId,
        /// From now on for so long, milliseconds; 0 ends a ban.
        ban_ms: u64,
        /// Who bans.
        by: Actor,
        /// Why, for people.
        reason: String,
    },
    /// The agent's page came or went.
    PagePresence {
        /// The agent.
        agent: AgentId,
        /// Whether at least one page (or heartbeat) is live.
        present: bool,
    },
    /// The agent's phone came or went, as far as its registrar tells.
    DevicePresence {
        /// The agent.
        agent: AgentId,
        /// What is known of the phone.
        presence: DevicePresence,
    },
    /// Callers get managers of their own.
    Bind {
        /// Who gets whom; a binding of the same number is replaced.
        bindings: Vec<NewBinding>,
        /// Who says so.
        by: Actor,
    },
    /// A caller has no manager any more.
    Unbind {
        /// The caller's number in any form.
        number: String,
        /// Who says so.
        by: Actor,
    },
    /// Everything that is remembered of a caller between calls is forgotten.
    ErasePerson {
        /// The caller's number in any form.
        number: String,
        /// Who says so.
        by: Actor,
    },
    /// When an agent is away; replaces what was known.
    SetAbsences {
        /// The agent.
        agent: AgentId,
        /// All absences.
        absences: Vec<Absence>,
        /// Who says so.
        by: Actor,
    },
    /// Somebody lifts the ban of a reserve number.
    LiftReserveBan {
        /// The reserve.
        reserve: ReserveId,
        /// Who lifts it.
        by: Actor,
    },
    /// An agent wants the caller of the talk at hand to be served by another.
    /// Answered with [`crate::Effect::TransferAnswered`].
    Transfer {
        /// The agent.
        agent: AgentId,
        /// What is wanted.
        request: crate::transfer::TransferRequest,
    },
    /// A session that was started for a call-back is there
    /// (`POST /api/v1/calls` with `callback`).
    CallbackJoined {
        /// The call-back.
        callback: CallbackId,
        /// Which start, by [`crate::Effect::StartCallback`].
        start: u64,
        /// The session's own id.
        session_id: String,
    },
    /// No session could be started for a call-back.
    CallbackNotStarted {
        /// The call-back.
        callback: CallbackId,
        /// Which start.
        start: u64,
        /// For people: what went wrong.
        why: String,
    },
    /// Somebody asks to be called, without a call (a form on a web page).
    RequestCallback {
        /// The number to call.
        number: String,
        /// The queue; `None` is the first.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        queue: Option<QueueId>,
        /// The caller's language.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        language: Option<String>,
        /// For the agent: what it is about.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        custom_data: Option<String>,
        /// Who asks.
        by: Actor,
    },
    /// Somebody cancels a call-back. One whose caller is reached goes on.
    CancelCallback {
        /// The call-back.
        callback: CallbackId,
        /// Who cancels.
        by: Actor,
    },
    /// Time passed; sent when [`crate::Center::next_wake`] is due.
    Tick,
}

/// What is known of an agent's phone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DevicePresence {
    /// Nothing is known (a SIP URI, a number, or no report yet): offers are tried.
    #[default]
    Unknown,
    /// Registered.
    Present,
    /// Not registered: no offers (P4), and the agent's page says so.
    Absent,
}

/// A call as its session announced it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NewCall {
    /// The session's own id.
    pub session_id: String,
    /// The number or name of the caller; may be empty (anonymous).
    pub caller_number: String,
    /// What the caller dialled.
    pub dialed_number: String,
    /// The caller's display name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// The queue that the scenario chose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<QueueId>,
    /// The caller's language, `en` or `ru` or another tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Higher is served earlier; 0 is usual.
    #[serde(default)]
    pub priority: i32,
    /// Skills that the call needs: `english`, or `english:3` for level 3 and
    /// above. Looked at by queues with a [`crate::SkillRule`].
    #[serde(default)]
    pub skills: Vec<String>,
    /// Whatever the scenario wants shown to the agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custom_data: Option<String>,
    /// The agent for whom the scenario asks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wanted: Option<WantedAgent>,
}

/// One agent whom a scenario asks for (SmartQueue's `operatorSettings`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WantedAgent {
    /// User name. Nobody of this name in the queue: anybody may have the call.
    pub agent: AgentId,
    /// How long a busy one is waited for before anybody may, milliseconds.
    pub wait_ms: Millis,
    /// Nobody else ever: who waits for an agent who does not come is let go by
    /// the rules of the queue, or by the scenario.
    pub only: bool,
}

/// The contract's event types (DESIGN.md 1.1), with their fields.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum SessionEvent {
    /// The agent's phone rings.
    OfferRinging {
        /// The offer.
        offer_id: OfferId,
    },
    /// The agent's phone was answered.
    OfferAnswered {
        /// The offer.
        offer_id: OfferId,
    },
    /// The agent was not reached.
    OfferFailed {
        /// The offer.
        offer_id: OfferId,
        /// Why.
        reason: OfferFailure,
        /// SIP status, if there was one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sip_code: Option<u16>,
        /// SIP reason phrase, if there was one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sip_reason: Option<String>,
        /// How long it rang, milliseconds.
        #[serde(default)]
        rang_ms: u64,
    },
    /// Caller and agent are joined.
    TalkStarted {
        /// The offer.
        offer_id: OfferId,
    },
    /// The talk ended.
    TalkEnded {
        /// The offer.
        offer_id: OfferId,
        /// Who hung up.
        ended_by: EndedBy,
        /// How long they talked, milliseconds.
        talk_ms: u64,
    },
    /// The caller hung up while waiting.
    CallerLeft {
        /// How long the caller waited, milliseconds.
        waited_ms: u64,
    },
    /// The caller pressed a key.
    Digit {
        /// `0`-`9`, `*`, `#`, `A`-`D`.
        digit: String,
    },
    /// The answer to "shall this manager always answer you?".
    ManagerChoice {
        /// The answer.
        answer: ManagerAnswer,
    },
    /// How good a talk was: what the caller said when asked, or what the
    /// scenario measured.
    TalkRated {
        /// The offer whose talk it is, over or not.
        offer_id: OfferId,
        /// 0 is the worst, 100 the best; more counts as 100.
        score: u64,
    },
    /// The agent's own phone asked for a blind transfer (SIP `REFER`).
    TransferRequested {
        /// The offer whose agent asked.
        offer_id: OfferId,
        /// An agent, a queue or one of its numbers, or another number; a SIP
        /// URI or its user part.
        to: String,
    },
    /// The agent hung up while a colleague's phone rang for a consult: it rings
    /// on, for the caller now.
    AgentLeft {
        /// The offer of the agent who left.
        offer_id: OfferId,
    },
    /// The colleague who was asked has left, and the agent speaks with the
    /// caller again.
    ConsultEnded {
        /// The colleague's offer.
        offer_id: OfferId,
    },
    /// The agent hung up, and the colleague who was asked has the caller.
    TransferCompleted {
        /// The colleague's offer.
        offer_id: OfferId,
    },
    /// The agent's phone joined the caller to another call of its own (SIP
    /// `REFER` with `Replaces`) and has left.
    AgentReplaced {
        /// The agent's offer; from now on the talk of whoever was joined.
        offer_id: OfferId,
        /// Who that is, as far as the session knows; empty if it does not.
        #[serde(default)]
        to: String,
    },
    /// The caller takes a call-back instead of waiting.
    CallbackTaken {
        /// The number to call; `None` is the caller's own.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        number: Option<String>,
    },
    /// A caller who is to be called back is dialled.
    CallbackDialled,
    /// With the caller first: the caller answered, and waits for an agent.
    CallbackAnswered,
    /// The caller was not reached.
    CallbackFailed {
        /// Why.
        reason: CallbackFailure,
    },
    /// A recording is ready.
    Recording {
        /// Where it is.
        url: String,
        /// Its SHA-256, hexadecimal.
        sha256: String,
        /// Its length, milliseconds.
        duration_ms: u64,
    },
    /// A recording was lost.
    RecordingFailed {
        /// What went wrong.
        why: String,
    },
    /// The session ended; nothing more comes from it.
    SessionEnded {
        /// Why.
        why: String,
    },
}

/// Why an offer reached nobody. Five outcomes with rules of their own (P5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OfferFailure {
    /// It rang until the ring timeout.
    NoAnswer,
    /// The phone is busy (486, 600).
    Busy,
    /// The agent declined (603 and other refusals).
    Rejected,
    /// No way to the phone: no route, server failure.
    Unreachable,
    /// No phone is registered for the agent.
    Unregistered,
    /// We cancelled it: the caller left, or another agent answered first.
    Cancelled,
}

/// Who ended a talk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndedBy {
    /// The agent hung up.
    Agent,
    /// The caller hung up.
    Caller,
    /// Neither: an error, a limit or a shutdown.
    System,
}

/// The caller's answer about a permanent manager.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ManagerAnswer {
    /// Yes.
    Yes,
    /// No.
    No,
    /// Not understood, or no answer.
    Unclear,
}

/// What a live session says it is doing, in answer to `status`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "doing", rename_all = "snake_case")]
pub enum SessionDoing {
    /// The caller waits and nobody is being dialled.
    Waiting,
    /// Agents' phones are being rung.
    Offering {
        /// One of the offers.
        offer_id: OfferId,
        /// The other ones, where several phones ring at once.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        others: Vec<OfferId>,
    },
    /// Caller and agent talk.
    Talking {
        /// The offer.
        offer_id: OfferId,
    },
    /// Caller and agent talk, and a colleague is asked.
    Consulting {
        /// The offer of the agent who asks.
        offer_id: OfferId,
        /// The colleague's.
        consult_id: OfferId,
        /// Whom the agent speaks with; `None` while the colleague's phone
        /// rings.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        with: Option<crate::transfer::ConsultParty>,
    },
    /// A session of a call-back that does not have the caller yet.
    CallingBack {
        /// The offer whose agent is on the line, with the agent first.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        offer_id: Option<OfferId>,
    },
    /// The call is over or about to be.
    Ending,
}

/// What an agent chose. Kept over restarts; the last explicit choice of a
/// person wins (P6).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "intent", rename_all = "snake_case")]
pub enum Intent {
    /// Not working.
    Offline,
    /// Wants calls.
    Ready,
    /// At work, but not for calls now.
    NotReady {
        /// Why, in the agent's words or from a list; may be empty.
        #[serde(default)]
        reason: String,
    },
}

/// Who did something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "actor", rename_all = "snake_case")]
pub enum Actor {
    /// The agent.
    Agent,
    /// A supervisor, by user name.
    Supervisor {
        /// The user name.
        user: String,
    },
    /// A rule of the centre.
    Rule {
        /// Which.
        rule: String,
    },
}
