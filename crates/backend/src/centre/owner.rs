//! The owner's loop: batch, journal, decide, carry out.

use super::presence::{Pages, Phones};
use super::publication::Publication;
use super::replay::{Replayed, replay};
use super::{Accepted, Gauges, Reader, Rejection, Reply, Request};
use crate::contract::SessionCommand;
use crate::session::{Delivery, Lanes, NotSent};
use crate::{StartError, clock};
use acd::{CallId, Center, Configuration, Effect, Fact, Input, Millis, QueueConfig};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use store::{AccessUrl, JournalEntry, RecordRow, Store, StoreError};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

/// Version of the journal's JSON.
pub(crate) const JOURNAL_VERSION: u32 = 1;

/// Requests taken into one batch: one commit for all of them. Enough to make
/// the cost of a commit vanish, few enough for the first not to wait.
const BATCH_MAX: usize = 256;

/// Reports of lanes that may wait; a lane waits when it is full.
const DELIVERIES_MAX: usize = 1_024;

/// How often presence is looked after.
const PRESENCE_EVERY: Duration = Duration::from_secs(1);

/// Pause after a failed commit: the disk may be full for long, and inputs that
/// nobody repeats (a tick, a lost session) must be journalled in the end.
const COMMIT_RETRY: Duration = Duration::from_millis(500);

/// One input on its way through journal and core.
struct Step {
    input: Input,
    access: Option<AccessUrl>,
    reply: StepReply,
}

enum StepReply {
    Nobody,
    Accepted(Reply<Accepted>),
    Done(Reply<()>),
}

impl Step {
    fn own(input: Input) -> Self {
        Self {
            input,
            access: None,
            reply: StepReply::Nobody,
        }
    }
}

/// The single owner of the routing core.
pub(crate) struct Owner {
    center: Center,
    configuration: Configuration,
    store: Store,
    last_seq: u64,
    last_at: Millis,
    /// Sessions of calls that have not ended.
    sessions: HashMap<CallId, String>,
    lanes: Lanes,
    phones: Phones,
    pages: Pages,
    publication: Publication,
    requests: mpsc::Receiver<Request>,
    deliveries: mpsc::Receiver<Delivery>,
    ready: Arc<AtomicBool>,
    stop: CancellationToken,
    gauges: Gauges,
    /// Inputs that could not be journalled and that nobody else repeats.
    kept: Vec<Step>,
    retry_at: Option<Instant>,
    /// Makes the ids of `status` questions differ from those before a restart.
    questions: u64,
    boot: String,
}

/// What an owner is started with.
pub(crate) struct OwnerParts {
    pub(crate) store: Store,
    pub(crate) queues: Vec<QueueConfig>,
    pub(crate) agents: Vec<acd::AgentConfig>,
    pub(crate) command_timeout_ms: u64,
    pub(crate) requests: mpsc::Receiver<Request>,
    pub(crate) ready: Arc<AtomicBool>,
    pub(crate) stop: CancellationToken,
}

impl Owner {
    /// Replays the journal, opens the lanes of live calls, asks every live
    /// session what it is doing and puts the configuration into force.
    pub(crate) async fn start(parts: OwnerParts) -> Result<Self, StartError> {
        let started = Instant::now();
        let replayed = replay(&parts.store).await?;
        let (reports, deliveries) = mpsc::channel(DELIVERIES_MAX);
        let lanes = Lanes::new(reports, parts.command_timeout_ms)
            .map_err(|e| StartError::HttpClient(e.to_string()))?;
        let now = clock::now_ms().max(replayed.last_at);
        let Replayed {
            center,
            configuration: before,
            last_seq,
            last_at,
            phones,
            pages,
        } = replayed;
        let publication = Publication::new(&center, now);
        let mut owner = Self {
            center,
            configuration: Configuration {
                queues: parts.queues,
                agents: parts.agents,
            },
            store: parts.store,
            last_seq,
            last_at,
            sessions: HashMap::new(),
            lanes,
            phones: Phones::new(phones, now),
            pages: Pages::new(pages, now),
            publication,
            requests: parts.requests,
            deliveries,
            ready: parts.ready,
            stop: parts.stop,
            gauges: Gauges::default(),
            kept: Vec::new(),
            retry_at: None,
            questions: 0,
            boot: crate::token::generate(),
        };
        owner.reconcile().await?;
        if before.as_ref() != Some(&owner.configuration) {
            let configuration = owner.configuration.clone();
            owner
                .kept
                .push(Step::own(Input::Configure { configuration }));
        }
        owner.commit_at_start().await?;
        info!(
            inputs = last_seq,
            calls = owner.sessions.len(),
            took_ms = started.elapsed().as_millis(),
            "journal replayed"
        );
        owner.ready.store(true, Ordering::Release);
        Ok(owner)
    }

    /// Asks every live session what it is doing; a call whose access URL is not
    /// known cannot be served and is given up.
    async fn reconcile(&mut self) -> Result<(), StartError> {
        let mut urls: HashMap<String, String> = self
            .store
            .access_urls()
            .await?
            .into_iter()
            .map(|a| (a.session_id, a.url))
            .collect();
        for view in self.center.calls() {
            match urls.remove(&view.session_id) {
                Some(url) => {
                    self.sessions.insert(view.call, view.session_id);
                    self.lanes.open(view.call, &url);
                    self.ask_status(view.call);
                }
                None => {
                    let why = "no access URL of its session is known after the restart".to_owned();
                    self.kept.push(Step::own(Input::SessionLost {
                        call: view.call,
                        why,
                    }));
                }
            }
        }
        for session_id in urls.into_keys() {
            self.store.forget_access_url(session_id).await?;
        }
        Ok(())
    }

    async fn commit_at_start(&mut self) -> Result<(), StartError> {
        let steps = std::mem::take(&mut self.kept);
        let now = self.now();
        self.journal(&steps, now).await?;
        self.decide(steps, now).await;
        Ok(())
    }

    /// Runs until it is stopped.
    pub(crate) async fn run(mut self) {
        let mut presence = tokio::time::interval(PRESENCE_EVERY);
        let mut requests = Vec::with_capacity(BATCH_MAX);
        let mut deliveries = Vec::with_capacity(BATCH_MAX);
        let stop = self.stop.clone();
        loop {
            let wake = self.next_wake();
            let mut look_after = false;
            tokio::select! {
                () = stop.cancelled() => break,
                n = self.requests.recv_many(&mut requests, BATCH_MAX) => if n == 0 { break },
                _ = self.deliveries.recv_many(&mut deliveries, BATCH_MAX) => {}
                _ = presence.tick() => look_after = true,
                () = sleep_until(wake) => {}
            }
            if self
                .turn(&mut requests, &mut deliveries, look_after)
                .await
                .is_err()
            {
                break;
            }
        }
        self.ready.store(false, Ordering::Release);
        info!("the centre's owner has stopped");
    }

    /// One batch from requests to effects. An error means that this owner must
    /// not go on.
    async fn turn(
        &mut self,
        requests: &mut Vec<Request>,
        deliveries: &mut Vec<Delivery>,
        look_after: bool,
    ) -> Result<(), StoreError> {
        let now = self.now();
        let mut steps = std::mem::take(&mut self.kept);
        if self.center.next_wake().is_some_and(|at| at <= now) {
            steps.push(Step::own(Input::Tick));
        }
        steps.extend(
            deliveries
                .drain(..)
                .map(|delivery| Step::own(delivery_input(delivery))),
        );
        let mut readings = Vec::new();
        for request in requests.drain(..) {
            self.admit(request, now, &mut steps, &mut readings);
        }
        if look_after {
            self.look_after_presence(now, &mut steps);
        }
        if !steps.is_empty() {
            self.retry_at = None;
            match self.journal(&steps, now).await {
                Ok(()) => self.decide(steps, now).await,
                Err(StoreError::JournalTaken(seq)) => {
                    error!(seq, "another backend writes this journal: stopping");
                    return Err(StoreError::JournalTaken(seq));
                }
                Err(failure) => self.postpone(steps, &failure),
            }
        }
        self.publication.publish(&self.center, &self.configuration);
        for reading in readings {
            self.answer_reading(reading);
        }
        Ok(())
    }

    /// The clock, never going back.
    fn now(&self) -> Millis {
        clock::now_ms().max(self.last_at)
    }

    fn next_wake(&self) -> Option<Instant> {
        if let Some(at) = self.retry_at {
            return Some(at);
        }
        let now = clock::now_ms();
        let tick = self
            .center
            .next_wake()
            .map(|at| Instant::now() + Duration::from_millis(at.saturating_sub(now)));
        [tick, self.publication.next_publish()]
            .into_iter()
            .flatten()
            .min()
    }

    /// Turns a request into an input, or answers it at once.
    fn admit(
        &mut self,
        request: Request,
        now: Millis,
        steps: &mut Vec<Step>,
        readings: &mut Vec<Request>,
    ) {
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
                steps.push(Step {
                    input: Input::CallArrived { call },
                    access,
                    reply: StepReply::Accepted(reply),
                });
            }
            Request::Event {
                call,
                seq,
                at,
                event,
                reply,
            } => {
                if self.center.call(call).is_none() {
                    answer(reply, Err(Rejection::UnknownCall));
                    return;
                }
                steps.push(done_step(
                    Input::CallEvent {
                        call,
                        seq,
                        at,
                        event,
                    },
                    reply,
                ));
            }
            Request::SetIntent {
                agent,
                intent,
                by,
                reply,
            } => {
                if self.center.agent(&agent).is_none() {
                    answer(reply, Err(Rejection::UnknownAgent));
                    return;
                }
                steps.push(done_step(Input::SetIntent { agent, intent, by }, reply));
            }
            Request::EndWrapUp { agent, by, reply } => {
                match self.center.agent(&agent).map(|view| view.activity) {
                    None => answer(reply, Err(Rejection::UnknownAgent)),
                    Some(acd::ActivityView::WrapUp { .. }) => {
                        steps.push(done_step(Input::EndWrapUp { agent, by }, reply));
                    }
                    // What was asked for is so already.
                    Some(_) => answer(reply, Ok(())),
                }
            }
            Request::Devices { registered, reply } => {
                self.phones.report(registered, now);
                self.push_phones(now, steps);
                answer(reply, Ok(()));
            }
            Request::Configure { agents, reply } => self.admit_configuration(agents, reply, steps),
            Request::Heartbeat { agent, reply } => {
                if self.center.agent(&agent).is_none() {
                    answer(reply, Err(Rejection::UnknownAgent));
                    return;
                }
                self.pages.alive(&agent, now);
                self.push_pages(now, steps);
                answer(reply, Ok(()));
            }
            Request::Subscribe { .. } | Request::Read { .. } => readings.push(request),
        }
    }

    fn admit_configuration(
        &mut self,
        agents: Vec<acd::AgentConfig>,
        reply: Reply<()>,
        steps: &mut Vec<Step>,
    ) {
        if self.configuration.agents == agents {
            answer(reply, Ok(()));
            return;
        }
        self.configuration.agents = agents;
        let configuration = self.configuration.clone();
        steps.push(done_step(Input::Configure { configuration }, reply));
    }

    fn look_after_presence(&mut self, now: Millis, steps: &mut Vec<Step>) {
        self.push_phones(now, steps);
        self.push_pages(now, steps);
    }

    fn push_phones(&mut self, now: Millis, steps: &mut Vec<Step>) {
        for (agent, presence) in self.phones.changes(&self.configuration.agents, now) {
            steps.push(Step::own(Input::DevicePresence { agent, presence }));
        }
    }

    fn push_pages(&mut self, now: Millis, steps: &mut Vec<Step>) {
        let followers = self.publication.followers();
        for (agent, present) in self.pages.changes(&followers, now) {
            steps.push(Step::own(Input::PagePresence { agent, present }));
        }
    }

    fn answer_reading(&mut self, request: Request) {
        match request {
            Request::Read { reading } => {
                let mut gauges = self.gauges;
                gauges.journal_seq = self.last_seq;
                gauges.requests_waiting = self.requests.len();
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
            | Request::SetIntent { .. }
            | Request::EndWrapUp { .. }
            | Request::Devices { .. }
            | Request::Configure { .. }
            | Request::Heartbeat { .. } => {}
        }
    }

    /// Makes the steps' inputs durable.
    async fn journal(&mut self, steps: &[Step], now: Millis) -> Result<(), StoreError> {
        let mut entries = Vec::with_capacity(steps.len());
        for (seq, step) in (self.last_seq + 1..).zip(steps) {
            let input_json =
                serde_json::to_string(&step.input).map_err(|e| StoreError::BadRow {
                    table: "journal",
                    why: e.to_string(),
                })?;
            let access = step.access.clone();
            entries.push(JournalEntry {
                seq,
                at_ms: now,
                version: JOURNAL_VERSION,
                input_json,
                access,
            });
        }
        let began = Instant::now();
        self.store.append(entries).await?;
        self.gauges.commit_us = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.gauges.commit_inputs = steps.len();
        Ok(())
    }

    /// Nothing was journalled: whoever waits may try again; what nobody repeats
    /// is kept.
    fn postpone(&mut self, steps: Vec<Step>, failure: &StoreError) {
        error!(%failure, inputs = steps.len(), "the journal cannot be written");
        self.gauges.commits_failed += 1;
        self.retry_at = Some(Instant::now() + COMMIT_RETRY);
        for step in steps {
            let sorry = Rejection::Unavailable("the journal cannot be written");
            match step.reply {
                StepReply::Accepted(reply) => answer(reply, Err(sorry)),
                StepReply::Done(reply) => {
                    // A configuration counts as current already and is not sent again.
                    if let Input::Configure { .. } = &step.input {
                        self.kept.push(Step::own(step.input));
                    }
                    answer(reply, Err(sorry));
                }
                // The next turn makes a tick of its own.
                StepReply::Nobody if step.input == Input::Tick => {}
                StepReply::Nobody => self.kept.push(step),
            }
        }
    }

    /// Gives durable inputs to the core and carries out what it decides.
    async fn decide(&mut self, steps: Vec<Step>, now: Millis) {
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
                return answer_accepted(
                    reply,
                    Ok(Accepted {
                        call,
                        queue,
                        position,
                        estimated_wait_ms,
                    }),
                );
            }
            Effect::CallRefused {
                session_id,
                refusal,
            } => {
                self.forget(session_id).await;
                return answer_accepted(reply, Err(Rejection::Refused(refusal)));
            }
            Effect::Connect {
                call,
                offer,
                agent: _,
                contact,
                ring_timeout_ms,
                caller_id,
            } => {
                let command = SessionCommand::Connect {
                    offer,
                    contact,
                    ring_timeout_ms,
                    caller_id,
                };
                if let Err(not_sent) = self.lanes.send(call, command) {
                    let why = not_sent.to_string();
                    self.kept.push(Step::own(match not_sent {
                        NotSent::NoLane | NotSent::Lost => Input::SessionLost { call, why },
                        NotSent::Full => Input::ConnectNotDelivered { offer, why },
                    }));
                    self.retry_at = Some(Instant::now());
                }
            }
            Effect::CancelOffer { call, offer } => {
                self.send(call, SessionCommand::CancelOffer { offer })
            }
            Effect::Announce {
                call,
                position,
                estimated_wait_ms,
            } => {
                let seq = self.last_seq;
                self.send(
                    call,
                    SessionCommand::Announce {
                        seq,
                        position,
                        estimated_wait_ms,
                    },
                );
            }
            Effect::AskStatus { call } => self.ask_status(call),
            Effect::AgentChanged { agent } => self.publication.agent_changed(agent),
            Effect::QueueChanged { .. } => self.publication.queue_changed(),
            Effect::CallClosed { call } => {
                self.lanes.close(call);
                if let Some(session_id) = self.sessions.remove(&call) {
                    self.forget(session_id).await;
                }
            }
            Effect::Record { fact } => {
                let ordinal = facts
                    .iter()
                    .rev()
                    .take_while(|row| row.seq == self.last_seq)
                    .count();
                facts.push(fact_row(self.last_seq, ordinal, self.last_at, &fact));
            }
        }
        reply
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

    fn ask_status(&mut self, call: CallId) {
        self.questions += 1;
        let question = format!("{}.{}", self.boot, self.questions);
        self.send(call, SessionCommand::Status { question });
    }

    /// Sends what may be lost: the session's own timers or the next report make
    /// up for it.
    fn send(&self, call: CallId, command: SessionCommand) {
        let word = command.word();
        if let Err(why) = self.lanes.send(call, command) {
            warn!(%call, command = word, %why, "command not sent");
        }
    }
}

async fn sleep_until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}

fn done_step(input: Input, reply: Reply<()>) -> Step {
    Step {
        input,
        access: None,
        reply: StepReply::Done(reply),
    }
}

fn delivery_input(delivery: Delivery) -> Input {
    match delivery {
        Delivery::SessionLost { call, why } => Input::SessionLost { call, why },
        Delivery::ConnectNotDelivered { offer, why } => Input::ConnectNotDelivered { offer, why },
        Delivery::Status { call, doing } => Input::SessionStatus { call, doing },
    }
}

fn answer<T>(reply: Reply<T>, result: Result<T, Rejection>) {
    // The asker may have gone; what was done stays done.
    let _ = reply.send(result);
}

fn answer_accepted(reply: StepReply, result: Result<Accepted, Rejection>) -> StepReply {
    match reply {
        StepReply::Accepted(reply) => {
            answer(reply, result);
            StepReply::Nobody
        }
        StepReply::Nobody | StepReply::Done(_) => reply,
    }
}

/// A fact as the store keeps it: its kind, and whom it is about.
pub(crate) fn fact_row(seq: u64, ordinal: usize, at_ms: Millis, fact: &Fact) -> RecordRow {
    let (kind, call, agent) = match fact {
        Fact::CallQueued { call, .. } => ("call_queued", Some(*call), None),
        Fact::CallBlocked { .. } => ("call_blocked", None, None),
        Fact::OfferMade { call, agent, .. } => ("offer_made", Some(*call), Some(agent)),
        Fact::OfferEnded { call, agent, .. } => ("offer_ended", Some(*call), Some(agent)),
        Fact::CallEnded { call, agent, .. } => ("call_ended", Some(*call), agent.as_ref()),
        Fact::AgentState { agent, .. } => ("agent_state", None, Some(agent)),
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
