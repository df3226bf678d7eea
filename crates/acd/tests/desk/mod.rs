//! A small centre in virtual time for the tests.
#![allow(dead_code, reason = "each test file uses its own part")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test stops at the first surprise"
)]

use acd::*;

/// The time at which a desk opens: a morning, UTC.
pub(crate) const MORNING: Millis = 20_000 * 86_400_000 + 9 * 3_600_000;

/// The colleague who is to be asked, by these effects.
pub(crate) fn consult_of(effects: &[Effect]) -> Option<(OfferId, String)> {
    effects.iter().find_map(|effect| match effect {
        Effect::Consult { offer, party, .. } => Some((*offer, party.to_string())),
        _ => None,
    })
}

/// A centre, its clock, and all effects of the last step.
pub(crate) struct Desk {
    pub(crate) center: Center,
    pub(crate) now: Millis,
    pub(crate) last: Vec<Effect>,
    pub(crate) all: Vec<Effect>,
    pub(crate) journal: Vec<(Millis, Input)>,
}

/// A queue with 20 s ring, 10 s retry delay, 10 s wrap-up.
pub(crate) fn queue(name: &str, agents: Option<&[&str]>) -> QueueConfig {
    QueueConfig {
        agents: agents.map(|names| names.iter().map(|name| AgentId::from(*name)).collect()),
        waiting_max: 100,
        ..QueueConfig::named(name)
    }
}

pub(crate) fn agent(name: &str) -> AgentConfig {
    AgentConfig {
        name: name.into(),
        display_name: name.to_uppercase(),
        skills: Skills::new(),
        contact: Contact::User { user: name.into() },
    }
}

pub(crate) fn new_call(session: &str) -> NewCall {
    NewCall {
        session_id: session.into(),
        caller_number: format!("+7900{session}"),
        dialed_number: "100".into(),
        display_name: None,
        queue: None,
        language: None,
        priority: 0,
        skills: vec![],
        custom_data: None,
        wanted: None,
    }
}

pub(crate) fn ringing(offer_id: OfferId) -> SessionEvent {
    SessionEvent::OfferRinging { offer_id }
}
pub(crate) fn answered(offer_id: OfferId) -> SessionEvent {
    SessionEvent::OfferAnswered { offer_id }
}
pub(crate) fn talk_started(offer_id: OfferId) -> SessionEvent {
    SessionEvent::TalkStarted { offer_id }
}
pub(crate) fn talk_ended(offer_id: OfferId, talk_ms: u64) -> SessionEvent {
    SessionEvent::TalkEnded {
        offer_id,
        ended_by: EndedBy::Caller,
        talk_ms,
    }
}
pub(crate) fn failed(offer_id: OfferId, reason: OfferFailure) -> SessionEvent {
    SessionEvent::OfferFailed {
        offer_id,
        reason,
        sip_code: None,
        sip_reason: None,
        rang_ms: 0,
    }
}
pub(crate) fn caller_left() -> SessionEvent {
    SessionEvent::CallerLeft { waited_ms: 0 }
}
pub(crate) fn session_ended() -> SessionEvent {
    SessionEvent::SessionEnded { why: "over".into() }
}

impl Desk {
    /// One queue `support` with these agents, all offline.
    pub(crate) fn new(agents: &[&str]) -> Self {
        Self::configured(vec![queue("support", None)], agents)
    }

    pub(crate) fn configured(queues: Vec<QueueConfig>, agents: &[&str]) -> Self {
        let mut desk = Self {
            center: Center::new(),
            now: MORNING,
            last: vec![],
            all: vec![],
            journal: vec![],
        };
        desk.configure(queues, agents);
        desk
    }

    pub(crate) fn configure(&mut self, queues: Vec<QueueConfig>, agents: &[&str]) {
        let agents = agents.iter().map(|name| agent(name)).collect();
        self.give(Input::Configure {
            configuration: Configuration {
                queues,
                agents,
                ..Configuration::default()
            },
        });
    }

    /// As the last configuration, with these rules of own managers.
    pub(crate) fn configure_own(
        &mut self,
        queues: Vec<QueueConfig>,
        agents: &[&str],
        own_manager: OwnManagerRule,
    ) {
        let configuration = Configuration {
            queues,
            agents: agents.iter().map(|name| agent(name)).collect(),
            own_manager,
            ..Configuration::default()
        };
        self.give(Input::Configure { configuration });
    }

    pub(crate) fn give(&mut self, input: Input) -> &[Effect] {
        self.journal.push((self.now, input.clone()));
        self.last = self.center.handle(self.now, input);
        self.all.extend(self.last.iter().cloned());
        assert_eq!(self.center.refused_transitions(), 0);
        &self.last
    }

    /// Lets time pass, ticking whenever a tick is due; `last` holds the
    /// effects of all these ticks.
    pub(crate) fn pass(&mut self, ms: Millis) {
        let until = self.now + ms;
        let mut effects = vec![];
        while let Some(wake) = self.center.next_wake().filter(|wake| *wake <= until) {
            self.now = self.now.max(wake);
            effects.extend(self.give(Input::Tick).iter().cloned());
        }
        self.now = until;
        self.last = effects;
    }

    /// Lets time pass without a tick, as when the centre was down.
    pub(crate) fn sleep(&mut self, ms: Millis) {
        self.now += ms;
    }

    pub(crate) fn arrive(&mut self, session: &str) -> CallId {
        self.arrive_as(new_call(session))
    }

    pub(crate) fn arrive_as(&mut self, call: NewCall) -> CallId {
        self.give(Input::CallArrived { call });
        self.accepted().expect("the call is accepted")
    }

    pub(crate) fn accepted(&self) -> Option<CallId> {
        self.last.iter().find_map(|effect| match effect {
            Effect::CallAccepted { call, .. } => Some(*call),
            _ => None,
        })
    }

    pub(crate) fn event(&mut self, call: CallId, seq: u64, event: SessionEvent) {
        self.give(Input::CallEvent {
            call,
            seq,
            at: self.now,
            event,
        });
    }

    pub(crate) fn intent(&mut self, agent: &str, intent: Intent) {
        self.give(Input::SetIntent {
            agent: agent.into(),
            intent,
            by: Actor::Agent,
            why: String::new(),
        });
    }

    pub(crate) fn ready(&mut self, agent: &str) {
        self.intent(agent, Intent::Ready);
    }

    /// The offer that the last step made for a call.
    pub(crate) fn connected(&self, wanted: CallId) -> Option<(OfferId, String)> {
        self.last.iter().find_map(|effect| match effect {
            Effect::Connect {
                call, offer, party, ..
            } if *call == wanted => Some((*offer, party.to_string())),
            _ => None,
        })
    }

    pub(crate) fn any_connect(&self) -> bool {
        self.last
            .iter()
            .any(|effect| matches!(effect, Effect::Connect { .. }))
    }

    pub(crate) fn cancelled(&self) -> Vec<OfferId> {
        self.last
            .iter()
            .filter_map(|effect| match effect {
                Effect::CancelOffer { offer, .. } => Some(*offer),
                _ => None,
            })
            .collect()
    }

    pub(crate) fn asked(&self) -> Vec<CallId> {
        self.last
            .iter()
            .filter_map(|effect| match effect {
                Effect::AskStatus { call } => Some(*call),
                _ => None,
            })
            .collect()
    }

    pub(crate) fn facts(&self) -> Vec<Fact> {
        self.last
            .iter()
            .filter_map(|effect| match effect {
                Effect::Record { fact } => Some(fact.clone()),
                _ => None,
            })
            .collect()
    }

    pub(crate) fn state(&self, call: CallId) -> String {
        self.center.call(call).unwrap().state
    }

    pub(crate) fn agent(&self, agent: &str) -> AgentView {
        self.center.agent(&agent.into()).unwrap()
    }

    pub(crate) fn activity(&self, agent: &str) -> ActivityView {
        self.agent(agent).activity
    }

    pub(crate) fn queue(&self, name: &str) -> QueueView {
        self.center
            .queues()
            .into_iter()
            .find(|view| view.queue == name.into())
            .unwrap()
    }

    /// Lets the agent of an offer answer and talk.
    pub(crate) fn talk(&mut self, call: CallId, first_seq: u64, offer: OfferId) {
        self.event(call, first_seq, ringing(offer));
        self.event(call, first_seq + 1, answered(offer));
        self.event(call, first_seq + 2, talk_started(offer));
    }
}
