//! Requests on their way in: turned into inputs, or answered at once.

use super::owner::Owner;
use super::step::{Step, StepReply, Turn, answer};
use super::{AgentAsk, Reader, Rejection, Reply, Request};
use acd::{ActivityView, AgentConfig, AgentId, Input};
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
            Request::Change { input, reply } => turn.steps.push(Step::answered(input, reply)),
            Request::Configure { agents, reply } => self.admit_configuration(agents, reply, turn),
            Request::Subscribe { .. } | Request::Read { .. } => turn.readings.push(request),
        }
    }

    fn admit_agent(&mut self, agent: AgentId, ask: AgentAsk, reply: Reply<()>, turn: &mut Turn) {
        let Some(view) = self.center.agent(&agent) else {
            answer(reply, Err(Rejection::UnknownAgent));
            return;
        };
        match ask {
            AgentAsk::Intent { intent, by } => {
                turn.steps.push(Step::answered(
                    Input::SetIntent { agent, intent, by },
                    reply,
                ));
            }
            AgentAsk::EndWrapUp { by } => match view.activity {
                ActivityView::WrapUp { .. } => {
                    turn.steps
                        .push(Step::answered(Input::EndWrapUp { agent, by }, reply));
                }
                // What was asked for is so already.
                ActivityView::Idle
                | ActivityView::Reserved
                | ActivityView::Ringing
                | ActivityView::Talking => {
                    answer(reply, Ok(()));
                }
            },
            AgentAsk::Heartbeat => {
                self.pages.alive(&agent, turn.now);
                self.push_pages(turn);
                answer(reply, Ok(()));
            }
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
        let followers = self.publication.followers();
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
            Request::Subscribe { agent, reply } => {
                let subscription =
                    self.publication
                        .subscribe(&agent, &self.center, &self.configuration);
                answer(reply, subscription.ok_or(Rejection::UnknownAgent));
            }
            Request::Arrive { .. }
            | Request::Event { .. }
            | Request::Agent { .. }
            | Request::Devices { .. }
            | Request::Change { .. }
            | Request::Configure { .. } => {}
        }
    }
}
