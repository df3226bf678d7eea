//! What people see: the agent's state frame, queues and calls.

use crate::clock::to_rfc3339;
use acd::{
    ActivityView, Actor, AgentView, CallCard, CallView, DevicePresence, Fact, Intent, Marks,
    Millis, QueueView,
};
use serde::Serialize;

/// The whole of what an agent's page shows.
#[derive(Serialize)]
pub(crate) struct StateFrame {
    /// Always `state`.
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    /// Number of the last change in it; given back as `after` it skips what
    /// the client has.
    pub(crate) event_id: u64,
    /// The server's time, for the client's clock offset.
    pub(crate) server_time: String,
    /// The agent.
    pub(crate) agent: AgentJson,
    /// The agent's queues.
    pub(crate) queues: Vec<QueueJson>,
}

/// What a supervisor's page shows, or what has changed of it.
#[derive(Serialize)]
pub(crate) struct OverviewFrame {
    /// Always `overview`.
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    /// Number of the last change in it.
    pub(crate) event_id: u64,
    /// The server's time, for the client's clock offset.
    pub(crate) server_time: String,
    /// All agents are in it: who is not is none.
    pub(crate) full: bool,
    /// All agents, or those who changed.
    pub(crate) agents: Vec<AgentJson>,
    /// Agents who are none any more.
    pub(crate) removed: Vec<String>,
    /// All queues.
    pub(crate) queues: Vec<QueueJson>,
    /// All reserve numbers.
    pub(crate) reserves: Vec<super::ReserveJson>,
    /// Call-backs that are not over, of the oldest; absent when they are the same as
    /// in the frame before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) callbacks: Option<Vec<super::CallbackJson>>,
    /// Calls that are new or have changed, of the oldest.
    pub(crate) calls: Vec<super::LiveCallJson>,
    /// Calls that are shown no more.
    pub(crate) calls_gone: Vec<String>,
    /// How many calls there are, shown or not.
    pub(crate) calls_total: usize,
}

/// One agent.
#[derive(Serialize)]
pub(crate) struct AgentJson {
    user: String,
    display_name: String,
    intent: &'static str,
    reason: Option<String>,
    intent_since: String,
    /// The supervisor who chose the intent, while it is not the agent's own choice.
    forced_by: Option<String>,
    forced_why: Option<String>,
    after_call: Option<&'static str>,
    after_call_reason: Option<String>,
    activity: &'static str,
    activity_since: String,
    wrap_up_until: Option<String>,
    wrap_up_may_end_at: Option<String>,
    wrap_up_extends_to: Option<String>,
    retry_at: Option<String>,
    banned_until: Option<String>,
    ban_reason: Option<String>,
    may_lift_ban: bool,
    state_since: String,
    has_page: bool,
    unreachable_since: Option<String>,
    away_from: Option<String>,
    away_until: Option<String>,
    phone: &'static str,
    call: Option<CallCardJson>,
    marks: MarksJson,
    /// The agent's queues, where they are told.
    #[serde(skip_serializing_if = "Option::is_none")]
    serves: Option<Vec<String>>,
}

#[derive(Serialize)]
struct CallCardJson {
    call_id: String,
    offer_id: String,
    queue: String,
    caller_number: String,
    display_name: Option<String>,
    dialed_number: String,
    custom_data: Option<String>,
    queued_at: String,
    offered_at: String,
    ring_until: String,
    talk_since: Option<String>,
    consult: Option<ConsultJson>,
    past_consult: Option<PastConsultJson>,
}

#[derive(Serialize)]
struct ConsultJson {
    colleague: String,
    display_name: String,
    is_asked: bool,
    since: Option<String>,
    with: Option<acd::ConsultParty>,
}

#[derive(Serialize)]
struct PastConsultJson {
    colleague: String,
    outcome: String,
    at: String,
}

#[derive(Serialize)]
struct MarksJson {
    answered: u64,
    missed: u64,
    rejected: u64,
    busy: u64,
    unreachable: u64,
    unregistered: u64,
    answer_speed_ms: Option<u64>,
    talk_ms: u64,
    miss_streak: u64,
    rated: u64,
    quality: Option<u64>,
}

/// One queue.
#[derive(Serialize)]
pub(crate) struct QueueJson {
    queue: String,
    waiting: usize,
    longest_since: Option<String>,
    talking: usize,
    agents_logged_in: usize,
    agents_free: usize,
    agents_talking: usize,
    agents_in_wrap_up: usize,
    agents_ready: usize,
    estimated_wait_ms: Option<u64>,
    answered_today: u64,
    answered_wait_ms_today: u64,
    abandoned_today: u64,
    callbacks: usize,
    is_open: bool,
    on_reserve: usize,
    service_level_today: LevelJson,
}

/// The service level of the day so far.
#[derive(Serialize)]
struct LevelJson {
    in_time: u64,
    of: u64,
    within_ms: Millis,
}

/// One call.
#[derive(Serialize)]
pub(crate) struct CallJson {
    call_id: String,
    session_id: String,
    queue: String,
    caller_number: String,
    state: String,
    queued_at: String,
    position: usize,
    agent: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reserve: Option<String>,
    outcome: Option<String>,
    ended_by: Option<acd::EndedBy>,
    waited_ms: Option<u64>,
    talk_ms: Option<u64>,
}

fn optional_time(at: Option<Millis>) -> Option<String> {
    at.map(to_rfc3339)
}

/// An intent in the words of the contract, and its reason.
fn words_of(intent: &Intent) -> (&'static str, Option<String>) {
    match intent {
        Intent::Offline => ("offline", None),
        Intent::Ready => ("ready", None),
        Intent::NotReady { reason } => {
            ("not_ready", Some(reason.clone()).filter(|r| !r.is_empty()))
        }
    }
}

impl AgentJson {
    /// From the core's view.
    pub(crate) fn of(view: &AgentView) -> Self {
        let (intent, reason) = words_of(&view.intent);
        let (after_call, after_call_reason) = view.after_call.as_ref().map(words_of).unzip();
        let forced_by = match &view.intent_by {
            Actor::Supervisor { user } => Some(user.clone()),
            Actor::Agent | Actor::Rule { .. } => None,
        };
        let (activity, wrap_up_until) = match view.activity {
            ActivityView::Idle => ("idle", None),
            ActivityView::Reserved => ("reserved", None),
            ActivityView::Ringing => ("ringing", None),
            ActivityView::Talking => ("talking", None),
            ActivityView::Consulting => ("consulting", None),
            ActivityView::Held => ("held", None),
            ActivityView::WrapUp { until } => ("wrap_up", Some(until)),
            ActivityView::Unreachable { .. } => ("unreachable", None),
        };
        Self {
            user: view.agent.to_string(),
            display_name: view.display_name.clone(),
            intent,
            reason,
            intent_since: to_rfc3339(view.intent_since),
            forced_why: forced_by
                .as_ref()
                .map(|_| view.intent_why.clone())
                .filter(|why| !why.is_empty()),
            forced_by,
            after_call,
            after_call_reason: after_call_reason.flatten(),
            activity,
            activity_since: to_rfc3339(view.activity_since),
            wrap_up_until: optional_time(wrap_up_until),
            wrap_up_may_end_at: optional_time(view.wrap_up.map(|bounds| bounds.may_end_at)),
            wrap_up_extends_to: optional_time(view.wrap_up.and_then(|bounds| bounds.extends_to)),
            retry_at: optional_time(view.retry_at),
            banned_until: optional_time(view.ban.as_ref().map(|ban| ban.until)),
            ban_reason: view.ban.as_ref().map(|ban| ban.reason.clone()),
            may_lift_ban: view.ban.as_ref().is_some_and(|ban| ban.agent_may_lift),
            state_since: to_rfc3339(view.state_since),
            has_page: view.has_page,
            unreachable_since: optional_time(view.unreachable_since),
            away_from: optional_time(view.away.map(|away| away.from)),
            away_until: optional_time(view.away.map(|away| away.until)),
            phone: match view.phone {
                DevicePresence::Unknown => "unknown",
                DevicePresence::Present => "present",
                DevicePresence::Absent => "absent",
            },
            call: view.call.as_ref().map(CallCardJson::of),
            marks: MarksJson::of(&view.marks),
            serves: None,
        }
    }

    /// With the agent's queues.
    pub(crate) fn serving(mut self, queues: Vec<String>) -> Self {
        self.serves = Some(queues);
        self
    }
}

impl CallCardJson {
    fn of(card: &CallCard) -> Self {
        Self {
            call_id: card.call.to_string(),
            offer_id: card.offer.to_string(),
            queue: card.queue.to_string(),
            caller_number: card.caller_number.clone(),
            display_name: card.display_name.clone(),
            dialed_number: card.dialed_number.clone(),
            custom_data: card.custom_data.clone(),
            queued_at: to_rfc3339(card.queued_at),
            offered_at: to_rfc3339(card.offered_at),
            ring_until: to_rfc3339(card.ring_until),
            talk_since: optional_time(card.talk_since),
            consult: card.consult.as_ref().map(|consult| ConsultJson {
                colleague: consult.colleague.to_string(),
                display_name: consult.display_name.clone(),
                is_asked: consult.is_asked,
                since: optional_time(consult.since),
                with: consult.with,
            }),
            past_consult: card.past_consult.as_ref().map(|past| PastConsultJson {
                colleague: past.colleague.to_string(),
                outcome: past.outcome.clone(),
                at: to_rfc3339(past.at),
            }),
        }
    }
}

impl MarksJson {
    fn of(marks: &Marks) -> Self {
        Self {
            answered: marks.answered,
            missed: marks.missed,
            rejected: marks.rejected,
            busy: marks.busy,
            unreachable: marks.unreachable,
            unregistered: marks.unregistered,
            answer_speed_ms: marks.answer_speed_ms,
            talk_ms: marks.talk_ms,
            miss_streak: marks.miss_streak,
            rated: marks.rated,
            quality: marks.quality,
        }
    }
}

impl QueueJson {
    /// From the core's view.
    pub(crate) fn of(view: &QueueView) -> Self {
        Self {
            queue: view.queue.to_string(),
            waiting: view.waiting,
            longest_since: optional_time(view.longest_since),
            talking: view.talking,
            agents_logged_in: view.agents_logged_in,
            agents_free: view.agents_free,
            agents_talking: view.agents_talking,
            agents_in_wrap_up: view.agents_in_wrap_up,
            agents_ready: view.agents_ready,
            estimated_wait_ms: view.estimated_wait_ms,
            answered_today: view.answered_today,
            answered_wait_ms_today: view.answered_wait_ms_today,
            abandoned_today: view.abandoned_today,
            callbacks: view.callbacks,
            is_open: view.is_open,
            on_reserve: view.on_reserve,
            service_level_today: LevelJson {
                in_time: view.level_today.in_time,
                of: view.level_today.of,
                within_ms: view.service.within_ms,
            },
        }
    }
}

impl CallJson {
    /// From the core's view.
    pub(crate) fn of(view: &CallView) -> Self {
        let result = view.result.as_ref();
        Self {
            call_id: view.call.to_string(),
            session_id: view.session_id.clone(),
            queue: view.queue.to_string(),
            caller_number: view.caller_number.clone(),
            state: view.state.clone(),
            queued_at: to_rfc3339(view.queued_at),
            position: view.position,
            agent: view.agent.as_ref().map(ToString::to_string),
            reserve: view.reserve.as_ref().map(ToString::to_string),
            outcome: result.map(|result| result.outcome.to_string()),
            ended_by: result.and_then(|result| result.ended_by),
            waited_ms: result.map(|result| result.wait_ms),
            talk_ms: result.map(|result| result.talk_ms),
        }
    }

    /// From the record, for a call that is over. `None` if these are not the
    /// facts of one that was ever queued.
    pub(crate) fn of_facts(facts: &[(Millis, Fact)]) -> Option<Self> {
        let mut call: Option<Self> = None;
        for (at, fact) in facts {
            match fact {
                Fact::CallQueued {
                    call: id,
                    queue,
                    details,
                } => {
                    call = Some(Self {
                        call_id: id.to_string(),
                        session_id: details.session_id.clone(),
                        queue: queue.to_string(),
                        caller_number: details.caller_number.clone(),
                        state: "ended".to_owned(),
                        queued_at: to_rfc3339(*at),
                        position: 0,
                        agent: None,
                        reserve: None,
                        outcome: None,
                        ended_by: None,
                        waited_ms: None,
                        talk_ms: None,
                    });
                }
                Fact::CallMoved { to, .. } | Fact::CallTransferred { to_queue: to, .. } => {
                    let call = call.as_mut()?;
                    call.queue = to.to_string();
                    call.queued_at = to_rfc3339(*at);
                }
                Fact::CallEnded {
                    outcome,
                    wait_ms,
                    talk_ms,
                    ended_by,
                    agent,
                    reserve,
                    ..
                } => {
                    let call = call.as_mut()?;
                    call.agent = agent.as_ref().map(ToString::to_string);
                    call.reserve = reserve.as_ref().map(ToString::to_string);
                    call.outcome = Some(outcome.to_string());
                    call.ended_by = *ended_by;
                    call.waited_ms = Some(*wait_ms);
                    call.talk_ms = Some(*talk_ms);
                }
                Fact::CallBlocked { .. }
                | Fact::OfferMade { .. }
                | Fact::OfferEnded { .. }
                | Fact::OwnManager { .. }
                | Fact::NoReserve { .. }
                | Fact::ReserveState { .. }
                | Fact::TransferGivenUp { .. }
                | Fact::ConsultMade { .. }
                | Fact::ConsultBecameOffer { .. }
                | Fact::ConsultEnded { .. }
                | Fact::BindingsChanged { .. }
                | Fact::CallbackTaken { .. }
                | Fact::CallbackNotStarted { .. }
                | Fact::CallbackDialled { .. }
                | Fact::CallbackUnreached { .. }
                | Fact::CallbackEnded(_)
                | Fact::AgentState { .. } => {}
            }
        }
        call
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_call_of_long_ago_is_told_from_its_facts() {
        let details = json!({"session_id": "s1", "caller_number": "7", "dialed_number": "100"});
        let facts: Vec<(Millis, Fact)> = [
            (5, json!({"fact": "call_queued", "call": 17, "queue": "support", "details": details})),
            (9, json!({"fact": "offer_made", "call": 17, "offer": 42, "agent": "anna", "why": "idle longest"})),
            (99, json!({"fact": "call_ended", "call": 17, "queue": "support", "outcome": "answered", "wait_ms": 4,
                "talk_ms": 90, "ended_by": "caller", "agent": "anna"})),
        ]
        .map(|(at, fact)| (at, serde_json::from_value(fact).unwrap()))
        .into();
        let told = json!(CallJson::of_facts(&facts));
        let expected = json!({"call_id": "c17", "session_id": "s1", "queue": "support", "caller_number": "7",
            "state": "ended", "queued_at": "1970-01-01T00:00:00.005Z", "position": 0, "agent": "anna",
            "outcome": "answered", "ended_by": "caller", "waited_ms": 4, "talk_ms": 90});
        assert_eq!(told, expected);
        assert!(CallJson::of_facts(&[]).is_none());
    }
}
