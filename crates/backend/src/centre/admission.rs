//! Requests on their way in: turned into inputs, or answered at once.

use super::owner::Owner;
use super::step::{Step, StepReply, Turn, answer};
use super::{AgentAsk, NotNow, Reader, Rejection, Reply, Request};
use acd::{Actor, AgentConfig, AgentId, AgentView, Input, Millis};
use store::AccessUrl;

impl Owner {
    /// Turns a request into an input, answers it at once, or keeps it for the
    /// end of the turn.
    pub(super) fn admit(&mut self, request: Request, turn: &mut Turn) {
        match request {
            Request::Arrive {
                call,
                access_url,
                reply,
            } => {
                let access = Some(AccessUrl {
                    session_id: call.session_id.clone(),
                    url: access_url,
                });
                let reply = StepReply::Accepted(reply);
                turn.steps.push(Step {
                    input: Input::CallArrived { call },
                    access,
                    reply,
                });
            }
            Request::Event {
                call,
                seq,
                at,
                event,
                reply,
            } => match self.center.call(call) {
                Some(_) => turn.steps.push(Step::answered(
                    Input::CallEvent {
                        call,
                        seq,
                        at,
                        event,
                    },
                    reply,
                )),
                None => answer(reply, Err(Rejection::UnknownCall)),
            },
            Request::Agent { agent, ask, reply } => self.admit_agent(agent, ask, reply, turn),
            Request::Devices { registered, reply } => {
                self.phones.report(registered, turn.now);
                self.push_phones(turn);
                answer(reply, Ok(()));
            }
            Request::Join {
                callback,
                start,
                session_id,
                access_url,
                reply,
            } => turn.steps.push(Step {
                access: Some(AccessUrl {
                    session_id: session_id.clone(),
                    url: access_url,
                }),
                input: Input::CallbackJoined {
                    callback,
                    start,
                    session_id,
                },
                reply: StepReply::Accepted(reply),
            }),
            Request::Callback { input, reply } => turn.steps.push(Step::callback(input, reply)),
            Request::Change { input, reply } => turn.steps.push(Step::answered(input, reply)),
            Request::Configure { agents, reply } => self.admit_configuration(agents, reply, turn),
            Request::Subscribe { .. }
            | Request::SubscribeOverview { .. }
            | Request::Read { .. } => {
                turn.readings.push(request);
            }
        }
    }

    fn admit_agent(&mut self, agent: AgentId, ask: AgentAsk, reply: Reply<()>, turn: &mut Turn) {
        let Some(view) = self.center.agent(&agent) else {
            answer(reply, Err(Rejection::UnknownAgent));
            return;
        };
        match ask {
            AgentAsk::Heartbeat { lease_ms } => {
                self.pages.alive(&agent, turn.now, lease_ms);
                self.push_pages(turn);
                answer(reply, Ok(()));
            }
            ask => match input_of(agent, ask, &view, turn.now) {
                Ok(Some(input)) => turn.steps.push(Step::answered(input, reply)),
                // What was asked for is so already.
                Ok(None) => answer(reply, Ok(())),
                Err(not_now) => answer(reply, Err(Rejection::NotNow(not_now))),
            },
        }
    }

    fn admit_configuration(&mut self, agents: Vec<AgentConfig>, reply: Reply<()>, turn: &mut Turn) {
        if self.configuration.agents == agents {
            answer(reply, Ok(()));
            return;
        }
        self.configuration.agents = agents;
        let configuration = self.configuration.clone();
        turn.steps
            .push(Step::answered(Input::Configure { configuration }, reply));
    }

    /// What has changed of phones and pages by the passing of time.
    pub(super) fn look_after_presence(&mut self, turn: &mut Turn) {
        self.push_phones(turn);
        self.push_pages(turn);
    }

    fn push_phones(&mut self, turn: &mut Turn) {
        for (agent, presence) in self.phones.changes(&self.configuration.agents, turn.now) {
            turn.steps
                .push(Step::own(Input::DevicePresence { agent, presence }));
        }
    }

    fn push_pages(&mut self, turn: &mut Turn) {
        let followers = self.publication.attended();
        for (agent, present) in self.pages.changes(&followers, turn.now) {
            turn.steps
                .push(Step::own(Input::PagePresence { agent, present }));
        }
    }

    /// Answers what was kept for the end of the turn.
    pub(super) fn answer_reading(&mut self, request: Request) {
        match request {
            Request::Read { reading } => {
                let mut gauges = self.gauges;
                gauges.journal_seq = self.last_seq;
                gauges.sessions = self.lanes.len();
                reading(&Reader {
                    center: &self.center,
                    gauges,
                });
            }
            Request::Subscribe {
                agent,
                attends,
                reply,
            } => {
                let subscription =
                    self.publication
                        .subscribe(&agent, attends, &self.center, &self.configuration);
                answer(reply, subscription.ok_or(Rejection::UnknownAgent));
            }
            Request::SubscribeOverview { reply } => {
                let overview = self
                    .publication
                    .subscribe_overview(&self.center, &self.configuration);
                answer(reply, Ok(overview));
            }
            Request::Arrive { .. }
            | Request::Event { .. }
            | Request::Agent { .. }
            | Request::Devices { .. }
            | Request::Change { .. }
            | Request::Join { .. }
            | Request::Callback { .. }
            | Request::Configure { .. } => {}
        }
    }
}

/// What is asked of an agent as an input; `None` when it is so already. What
/// the core would refuse in silence is refused here with a reason.
fn input_of(
    agent: AgentId,
    ask: AgentAsk,
    view: &AgentView,
    now: Millis,
) -> Result<Option<Input>, NotNow> {
    Ok(match ask {
        AgentAsk::Intent { intent, by, why } => Some(Input::SetIntent {
            agent,
            intent,
            by,
            why,
        }),
        AgentAsk::AfterCall { intent, by } => Some(Input::SetAfterCall { agent, intent, by }),
        AgentAsk::EndWrapUp { by } => match view.wrap_up {
            Some(bounds) if by == Actor::Agent && bounds.may_end_at > now => {
                let until = bounds.may_end_at;
                return Err(NotNow::WrapUpForced { until });
            }
            Some(_) => Some(Input::EndWrapUp { agent, by }),
            None => None,
        },
        AgentAsk::ExtendWrapUp { by } => match view.wrap_up {
            None => return Err(NotNow::NoWrapUp),
            Some(bounds) if bounds.extends_to.is_none() => return Err(NotNow::WrapUpLongest),
            Some(_) => Some(Input::ExtendWrapUp { agent, by }),
        },
        AgentAsk::LiftBan { by } => match &view.ban {
            Some(ban) if by == Actor::Agent && !ban.agent_may_lift => {
                return Err(NotNow::BanOfSupervisors);
            }
            Some(_) => Some(Input::LiftBan { agent, by }),
            None => None,
        },
        AgentAsk::Ban { ban_ms, by, reason } => Some(Input::BanAgent {
            agent,
            ban_ms,
            by,
            reason,
        }),
        AgentAsk::Heartbeat { .. } => None,
    })
}
