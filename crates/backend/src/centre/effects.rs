//! What the core decided, carried out.

use super::owner::Owner;
use super::step::{Step, StepReply, answer, answer_accepted, answer_callback, answer_transfer};
use super::{Accepted, Rejection};
use crate::contract::{SessionCommand, TransferCommand};
use crate::session::NotSent;
use acd::{CallId, Effect, Fact, Input, Millis, OfferId};
use store::{AccessUrl, RecordRow};
use tokio::time::Instant;
use tracing::{error, warn};

impl Owner {
    /// Gives durable inputs to the core and carries out what it decides.
    pub(super) async fn decide(&mut self, steps: Vec<Step>, now: Millis) {
        self.last_at = now;
        let mut facts = Vec::new();
        for step in steps {
            self.last_seq += 1;
            if let Input::Configure { .. } = &step.input {
                self.publication.all_changed();
            }
            let access = step.access;
            let effects = self.center.handle(now, step.input);
            let mut reply = step.reply;
            for effect in effects {
                reply = self
                    .carry_out(effect, access.as_ref(), reply, &mut facts)
                    .await;
            }
            match reply {
                StepReply::Done(reply) => answer(reply, Ok(())),
                StepReply::Accepted(reply) => {
                    error!(
                        seq = self.last_seq,
                        "the core did not answer a call's arrival"
                    );
                    answer(
                        reply,
                        Err(Rejection::Unavailable("the call was not answered")),
                    );
                }
                StepReply::Callback(reply) => {
                    let sorry = Rejection::Unavailable("the call-back was not answered");
                    answer(reply, Err(sorry));
                }
                StepReply::Nobody => {}
            }
        }
        if let Err(failure) = self.store.record(facts).await {
            // The next start writes them again from the journal.
            warn!(%failure, "facts were not recorded");
        }
    }

    /// Carries one effect out. Gives back whom is still to be answered.
    async fn carry_out(
        &mut self,
        effect: Effect,
        access: Option<&AccessUrl>,
        reply: StepReply,
        facts: &mut Vec<RecordRow>,
    ) -> StepReply {
        match effect {
            Effect::CallAccepted {
                session_id,
                call,
                queue,
                position,
                estimated_wait_ms,
            } => {
                self.meet_session(call, session_id, access).await;
                let accepted = Accepted::new(call, queue, position, estimated_wait_ms);
                return answer_accepted(reply, Ok(accepted));
            }
            Effect::CallRefused {
                session_id,
                refusal,
                say,
            } => {
                self.forget(session_id).await;
                return answer_accepted(reply, Err(Rejection::Refused(refusal, say)));
            }
            Effect::Connect {
                call,
                offer,
                party: _,
                contact,
                ring_timeout_ms,
                caller_id,
            } => {
                let command = SessionCommand::connect(offer, contact, ring_timeout_ms, caller_id);
                self.connect(call, offer, command);
            }
            Effect::TransferAnswered { refusal, .. } => return answer_transfer(reply, refusal),
            Effect::Consult { call, offer, .. } => {
                if let Some(command) = TransferCommand::of(&effect, self.last_seq) {
                    self.connect(call, offer, SessionCommand::Transfer(command));
                }
            }
            Effect::ReleaseAgent { call, .. }
            | Effect::RefuseTransfer { call, .. }
            | Effect::CompleteTransfer { call, .. }
            | Effect::JoinConsult { call, .. } => {
                if let Some(command) = TransferCommand::of(&effect, self.last_seq) {
                    self.send(call, SessionCommand::Transfer(command));
                }
            }
            Effect::HangUp { call, why, say } => {
                self.send(call, SessionCommand::HangUp { call, why, say })
            }
            Effect::CancelOffer { call, offer } => {
                self.send(call, SessionCommand::CancelOffer { offer })
            }
            Effect::Announce { .. }
            | Effect::Say { .. }
            | Effect::AskManager { .. }
            | Effect::OfferCallback { .. } => self.tell(effect),
            Effect::CallbackAccepted { callback } => return answer_callback(reply, Ok(callback)),
            Effect::CallbackRefused { refusal } => {
                return answer_callback(reply, Err(Rejection::CallbackRefused(refusal)));
            }
            Effect::StartCallback(_) => self.start_callback(effect),
            Effect::AskStatus { call } => self.ask_status(call),
            Effect::AgentChanged { agent } => self.publication.agent_changed(agent),
            Effect::QueueChanged { .. } => self.publication.queue_changed(),
            Effect::CallClosed { call } => self.part_from_session(call).await,
            Effect::Record { fact } => self.write_down(&fact, facts),
        }
        reply
    }

    fn write_down(&mut self, fact: &Fact, facts: &mut Vec<RecordRow>) {
        self.tell_of_miss(fact);
        self.publication.recorded(fact);
        let of_this_input = facts
            .iter()
            .rev()
            .take_while(|row| row.seq == self.last_seq);
        let ordinal = of_this_input.count();
        facts.push(fact_row(self.last_seq, ordinal, self.last_at, fact));
    }

    /// Tells the policy of an offer that rang out. When it is far behind it
    /// misses one: the built-in rule has acted already.
    fn tell_of_miss(&self, fact: &Fact) {
        if let Fact::OfferEnded {
            call,
            party: acd::Party::Agent(agent),
            outcome,
            rang_ms,
            ..
        } = fact
            && outcome == "no_answer"
        {
            let _ = self.misses.try_send(crate::policy::Miss {
                agent: agent.clone(),
                call: *call,
                rang_ms: *rang_ms,
            });
        }
    }

    /// What the caller is told or asked: nothing depends on its arrival.
    fn tell(&self, effect: Effect) {
        let seq = self.last_seq;
        let (call, command) = match effect {
            Effect::Announce {
                call,
                position,
                estimated_wait_ms,
                longer,
            } => (
                call,
                SessionCommand::Announce {
                    seq,
                    position,
                    estimated_wait_ms,
                    longer,
                },
            ),
            Effect::Say {
                call,
                text,
                language,
            } => (
                call,
                SessionCommand::Say {
                    seq,
                    text,
                    language,
                },
            ),
            Effect::AskManager {
                call,
                agent_name,
                talk_ms_min,
            } => (
                call,
                SessionCommand::AskManager {
                    seq,
                    agent_name,
                    talk_ms_min,
                },
            ),
            Effect::OfferCallback {
                call,
                number,
                other_numbers,
            } => {
                let command = SessionCommand::OfferCallback {
                    seq,
                    number,
                    other_numbers,
                };
                (call, command)
            }
            _ => return,
        };
        self.send(call, command);
    }

    /// Asks for a session that calls somebody back. When that cannot even be
    /// asked for, it is an input of the next turn.
    pub(super) fn start_callback(&mut self, effect: Effect) {
        let Some(start) = crate::callbacks::Start::of(effect) else {
            return;
        };
        if let Err(failed) = self.starts.try_send(start) {
            let input = failed
                .into_inner()
                .not_started("too many sessions are asked for");
            self.kept.push(Step::own(input));
            self.retry_at = Some(Instant::now());
        }
    }

    /// A `connect` that cannot even be sent is an input of the next turn.
    fn connect(&mut self, call: CallId, offer: OfferId, command: SessionCommand) {
        let Err(not_sent) = self.lanes.send(call, command) else {
            return;
        };
        let why = not_sent.to_string();
        self.kept.push(Step::own(match not_sent {
            NotSent::NoLane | NotSent::Lost => Input::SessionLost { call, why },
            NotSent::Full => Input::ConnectNotDelivered { offer, why },
        }));
        self.retry_at = Some(Instant::now());
    }

    /// The call is over: its lane ends when it is empty, its URL is forgotten.
    async fn part_from_session(&mut self, call: CallId) {
        self.lanes.close(call);
        if let Some(session_id) = self.sessions.remove(&call) {
            self.forget(session_id).await;
        }
    }

    /// A session's call is known: its lane is opened. A call that is over needs
    /// none.
    async fn meet_session(&mut self, call: CallId, session_id: String, access: Option<&AccessUrl>) {
        let over = self
            .center
            .call(call)
            .is_none_or(|view| view.state == "ended");
        match access {
            Some(access) if !over => {
                self.lanes.open(call, &access.url);
                self.sessions.insert(call, session_id);
            }
            Some(_) => self.forget(session_id).await,
            None => {}
        }
    }

    async fn forget(&mut self, session_id: String) {
        if let Err(failure) = self.store.forget_access_url(session_id).await {
            // The next start forgets it.
            warn!(%failure, "an access URL was not forgotten");
        }
    }

    /// Asks the call's session what it is doing.
    pub(super) fn ask_status(&mut self, call: CallId) {
        self.questions += 1;
        let question = format!("{}.{}", self.boot, self.questions);
        self.send(call, SessionCommand::Status { question });
    }

    /// Sends what may be lost: the session's own timers or the next report make
    /// up for it.
    pub(super) fn send(&self, call: CallId, command: SessionCommand) {
        let word = command.word();
        if let Err(why) = self.lanes.send(call, command) {
            warn!(%call, command = word, %why, "command not sent");
        }
    }
}

/// A fact as the store keeps it: its kind, and whom it is about.
pub(crate) fn fact_row(seq: u64, ordinal: usize, at_ms: Millis, fact: &Fact) -> RecordRow {
    let (kind, call, agent) = match fact {
        Fact::CallQueued { call, .. } => ("call_queued", Some(*call), None),
        Fact::CallBlocked { .. } => ("call_blocked", None, None),
        Fact::OfferMade { call, party, .. } => ("offer_made", Some(*call), party.agent()),
        Fact::OfferEnded { call, party, .. } => ("offer_ended", Some(*call), party.agent()),
        Fact::CallMoved { call, .. } => ("call_moved", Some(*call), None),
        Fact::CallTransferred { call, agent, .. } => ("call_transferred", Some(*call), Some(agent)),
        Fact::TransferGivenUp { call, party, .. } => {
            ("transfer_given_up", Some(*call), party.agent())
        }
        Fact::ConsultMade { call, party, .. } => ("consult_made", Some(*call), party.agent()),
        Fact::ConsultBecameOffer { call, party, .. } => {
            ("consult_became_offer", Some(*call), party.agent())
        }
        Fact::ConsultEnded { call, party, .. } => ("consult_ended", Some(*call), party.agent()),
        Fact::CallEnded { call, agent, .. } => ("call_ended", Some(*call), agent.as_ref()),
        Fact::AgentState { agent, .. } => ("agent_state", None, Some(agent)),
        Fact::OwnManager { call, manager, .. } => ("own_manager", Some(*call), Some(manager)),
        Fact::NoReserve { call, .. } => ("no_reserve", Some(*call), None),
        Fact::ReserveState { .. } => ("reserve_state", None, None),
        Fact::BindingsChanged { .. } => ("bindings_changed", None, None),
        Fact::CallbackTaken { call, .. } => ("callback_taken", Some(*call), None),
        Fact::CallbackNotStarted { call, .. } => ("callback_not_started", Some(*call), None),
        Fact::CallbackDialled { call, .. } => ("callback_dialled", Some(*call), None),
        Fact::CallbackUnreached { call, .. } => ("callback_unreached", Some(*call), None),
        Fact::CallbackEnded(end) => ("callback_ended", Some(end.call), end.agent.as_ref()),
    };
    RecordRow {
        seq,
        ordinal: u32::try_from(ordinal).unwrap_or(u32::MAX),
        at_ms,
        kind: kind.to_owned(),
        call_id: call.map(|call| call.to_string()),
        agent: agent.map(ToString::to_string),
        fact_json: serde_json::to_string(fact).unwrap_or_default(),
    }
}
