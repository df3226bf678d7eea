//! What people and programs see.

use super::Center;
use crate::activity::Activity;
use crate::agent::{Agent, AgentIx, Standing};
use crate::call::{Call, Stage};
use crate::config::Configuration;
use crate::id::{AgentId, CallId};
use crate::input::DevicePresence;
use crate::need::Skills;
use crate::page::PagePresence;
use crate::queue::{Queue, QueueIx};
use crate::reserve::Reserve;
use crate::target::{Party, Target};
use crate::view::{
    ActivityView, AgentView, CallCard, CallView, ConsultView, PastConsultView, QueueView,
    ReserveView,
};

impl Center {
    /// One agent's view; `None` for a name that is not configured.
    pub fn agent(&self, agent: &AgentId) -> Option<AgentView> {
        let ix = self.agent_names.get(agent)?;
        let agent = &self.agents[ix.at()];
        (!agent.is_gone()).then(|| self.view_agent(agent))
    }

    /// What an agent can do; `None` for a name that is not configured.
    pub fn skills(&self, agent: &AgentId) -> Option<&Skills> {
        let ix = self.agent_names.get(agent)?;
        Some(&self.agents[ix.at()].config.skills)
    }

    /// All agents, by name.
    pub fn agents(&self) -> Vec<AgentView> {
        self.agents
            .iter()
            .filter(|agent| !agent.is_gone())
            .map(|agent| self.view_agent(agent))
            .collect()
    }

    /// All queues, in configured order; then those that are configured no
    /// more but still have calls.
    pub fn queues(&self) -> Vec<QueueView> {
        (0..)
            .zip(&self.queues)
            .filter(|(_, queue)| !queue.removed || queue.is_used())
            .map(|(ix, queue)| self.view_queue(QueueIx(ix), queue))
            .collect()
    }

    /// All reserve numbers, in configured order; then those that are
    /// configured no more but still have calls.
    pub fn reserves(&self) -> Vec<ReserveView> {
        self.reserves
            .list
            .iter()
            .filter(|reserve| !reserve.removed || !reserve.live.is_empty())
            .map(|reserve| self.view_reserve(reserve))
            .collect()
    }

    /// One call's view, while the centre remembers it.
    pub fn call(&self, call: CallId) -> Option<CallView> {
        self.calls.get(&call).map(|call| self.view_call(call))
    }

    /// Calls that have not ended, oldest first; placeholders of call-backs are
    /// in [`Center::callbacks`].
    pub fn calls(&self) -> Vec<CallView> {
        self.oldest_calls(usize::MAX).0
    }

    /// The `max` oldest of them, and how many there are.
    pub fn oldest_calls(&self, max: usize) -> (Vec<CallView>, usize) {
        let calls = self.calls.values().map(Box::as_ref);
        let mut live: Vec<&Call> = calls
            .filter(|call| !call.has_ended() && !self.has_no_session(call.id()))
            .collect();
        let count = live.len();
        live.sort_unstable_by_key(|call| call.id());
        live.truncate(max);
        (
            live.into_iter().map(|call| self.view_call(call)).collect(),
            count,
        )
    }

    /// The configuration in force.
    pub fn configuration(&self) -> Option<&Configuration> {
        self.configuration.as_ref()
    }

    /// What the centre was told last of each agent's phone, and whether a page
    /// is there.
    pub fn presences(&self) -> impl Iterator<Item = (&AgentId, DevicePresence, bool)> {
        self.agents
            .iter()
            .filter(|agent| !agent.is_gone())
            .map(|agent| {
                (
                    &agent.config.name,
                    agent.phone,
                    agent.page.presence == PagePresence::Here,
                )
            })
    }

    fn view_agent(&self, agent: &Agent) -> AgentView {
        let activity = match agent.activity {
            Activity::Idle => match agent.page.lost_since() {
                Some(since) => ActivityView::Unreachable { since },
                None => ActivityView::Idle,
            },
            Activity::Reserved { .. } => ActivityView::Reserved,
            Activity::Ringing { .. } => ActivityView::Ringing,
            Activity::Talking { .. } => ActivityView::Talking,
            Activity::Consulting { .. } => ActivityView::Consulting,
            Activity::Held { .. } => ActivityView::Held,
            Activity::WrapUp { until } => ActivityView::WrapUp { until },
        };
        AgentView {
            agent: agent.config.name.clone(),
            display_name: agent.config.display_name.clone(),
            intent: agent.intent.clone(),
            intent_since: agent.intent_since,
            intent_by: agent.intent_by.clone(),
            intent_why: agent.intent_why.clone(),
            activity,
            activity_since: agent.activity_since,
            wrap_up: agent.wrap_up_view(),
            retry_at: agent.retry_at,
            ban: agent.ban.as_deref().cloned(),
            after_call: agent.after_call.clone(),
            state_since: agent.state_since,
            has_page: agent.page.presence == PagePresence::Here,
            unreachable_since: agent.page.lost_since(),
            away: agent.page.away,
            phone: agent.phone,
            call: agent
                .activity
                .call()
                .and_then(|id| self.calls.get(&id))
                .and_then(|call| {
                    let ix = self.agent_names.get(&agent.config.name).copied()?;
                    self.call_card(call, ix)
                }),
            marks: agent.marks.marks().clone(),
        }
    }

    fn view_queue(&self, ix: QueueIx, queue: &Queue) -> QueueView {
        let pool = &self.pools[queue.pool.at()];
        let callbacks = self.placeholders(ix);
        QueueView {
            queue: queue.config.name.clone(),
            waiting: queue.line.len().saturating_sub(callbacks),
            callbacks,
            longest_since: queue.line.longest_since(),
            talking: queue.talking,
            agents_logged_in: pool.logged_in() as usize,
            agents_free: pool.count(Standing::Free) as usize,
            agents_talking: pool.talking,
            agents_in_wrap_up: pool.count(Standing::WrapUp) as usize,
            agents_ready: pool.ready,
            estimated_wait_ms: self.next_wait_ms(ix),
            answered_today: queue.answered_today,
            answered_wait_ms_today: queue.answered_wait_ms_today,
            abandoned_today: queue.abandoned_today,
            level_today: queue.level_today,
            service: queue.config.service,
            is_open: queue.is_open(),
            on_reserve: self.on_reserve(queue),
        }
    }

    /// How many of a queue's callers reserves have.
    fn on_reserve(&self, queue: &Queue) -> usize {
        let calls = |reserve: &Reserve| {
            let calls = reserve.live.values().filter_map(|id| self.calls.get(id));
            calls.filter(|call| call.queue == queue.config.name).count()
        };
        self.reserves.list.iter().map(calls).sum()
    }

    fn view_reserve(&self, reserve: &Reserve) -> ReserveView {
        let (used_hour, used_today) = reserve.used(self.now);
        let is_talked = |id: &&CallId| {
            let call = self.calls.get(id);
            call.is_some_and(|call| matches!(call.stage, Stage::Talking(_)))
        };
        let queues = reserve.queues.iter();
        ReserveView {
            reserve: reserve.config.name.clone(),
            contact: reserve.config.contact.clone(),
            queues: queues
                .map(|ix| self.queues[ix.at()].config.name.clone())
                .collect(),
            threshold_ms: reserve.config.threshold_ms,
            standing: reserve.standing(),
            in_use: reserve.live.len(),
            talking: reserve.live.values().filter(is_talked).count(),
            calls_at_once: reserve.config.calls_at_once,
            used_hour,
            calls_per_hour: reserve.config.calls_per_hour,
            used_today,
            calls_per_day: reserve.config.calls_per_day,
            retry_at: reserve.retry_at,
            ban: reserve.ban.clone(),
            opening_until: reserve.opening_until(),
            marks: reserve.marks.marks().clone(),
        }
    }

    fn view_call(&self, call: &Call) -> CallView {
        let position = if call.has_ended() {
            None
        } else {
            self.queues[call.queue_ix.at()].line.position(&call.place)
        };
        let party = call.target().map(|target| self.party(target));
        CallView {
            call: call.id(),
            session_id: call.details.session_id.clone(),
            queue: call.queue.clone(),
            caller_number: call.details.caller_number.clone(),
            state: call.state().to_owned(),
            queued_at: call.place.since,
            position: position.unwrap_or(0),
            agent: party
                .as_ref()
                .and_then(Party::agent)
                .or_else(|| call.result.as_ref()?.agent.as_ref())
                .cloned(),
            reserve: party
                .as_ref()
                .and_then(Party::reserve)
                .or_else(|| call.result.as_ref()?.reserve.as_ref())
                .cloned(),
            result: call.result.as_deref().cloned(),
            since: call.state_since(),
            dialed_number: call.details.dialed_number.clone(),
            display_name: call.details.display_name.clone(),
            language: call.details.language.clone(),
            priority: call.details.priority,
            skills: call.details.skills.clone(),
            custom_data: call.details.custom_data.clone(),
        }
    }

    fn call_card(&self, call: &Call, agent: AgentIx) -> Option<CallCard> {
        let (offer, offered_at, ring_until, talk_since) = match &call.stage {
            Stage::Offering(offers) => {
                let own = offers
                    .iter()
                    .find(|offer| offer.target == Target::Agent(agent))?;
                (own.id, own.made_at, own.ring_until(), None)
            }
            Stage::Talking(talk) if talk.target == Target::Agent(agent) => (
                talk.offer,
                talk.offered_at,
                talk.ring_until,
                Some(talk.since),
            ),
            Stage::Talking(talk) => {
                let consult = talk.consult.as_ref()?;
                let own = &consult.offer;
                let since = consult.joined.map(|joined| joined.since);
                (own.id, own.made_at, own.ring_until(), since)
            }
            Stage::Waiting | Stage::Ended => return None,
        };
        let past = call
            .talk()
            .filter(|talk| talk.target == Target::Agent(agent));
        let past = past.and_then(|talk| talk.past_consult.as_ref());
        Some(CallCard {
            call: call.id(),
            offer,
            queue: call.queue.clone(),
            caller_number: call.details.caller_number.clone(),
            display_name: call.details.display_name.clone(),
            dialed_number: call.details.dialed_number.clone(),
            custom_data: call.details.custom_data.clone(),
            queued_at: call.place.since,
            offered_at,
            ring_until,
            talk_since,
            consult: self.consult_view(call, agent),
            past_consult: past.map(|past| PastConsultView {
                colleague: past.party.clone().into(),
                outcome: past.outcome.clone(),
                at: past.at,
            }),
        })
    }

    fn consult_view(&self, call: &Call, agent: AgentIx) -> Option<ConsultView> {
        let talk = call.talk()?;
        let consult = talk.consult.as_ref()?;
        let is_asked = consult.colleague() == Target::Agent(agent);
        let other = if is_asked {
            talk.target
        } else {
            consult.colleague()
        };
        let colleague = self.party(other);
        let display_name = match other {
            Target::Agent(ix) => self.agents[ix.at()].config.display_name.clone(),
            Target::Reserve { .. } | Target::Outside { .. } => colleague.to_string(),
        };
        Some(ConsultView {
            colleague,
            display_name,
            is_asked,
            since: consult.joined.map(|joined| joined.since),
            with: consult.joined.map(|joined| joined.with),
        })
    }
}
