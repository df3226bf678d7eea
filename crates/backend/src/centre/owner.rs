//! The owner's loop: batch, journal, decide, carry out.

use super::keeping::Keeping;
use super::presence::{Pages, Phones};
use super::publication::Publication;
use super::replay::{Replayed, replay};
use super::step::{Step, StepReply, Turn, answer, delivery_input};
use super::{Gauges, Rejection, Request};
use crate::contract::SessionCommand;
use crate::roster::Roster;
use crate::session::{Delivery, Lanes};
use crate::{StartError, clock};
use acd::{AgentId, CallId, Center, Configuration, Effect, Input, Millis, QueueConfig};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use store::{JournalEntry, Store, StoreError};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{error, info};

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

/// The single owner of the routing core.
pub(crate) struct Owner {
    pub(super) center: Center,
    pub(super) misses: mpsc::Sender<crate::policy::Miss>,
    pub(super) starts: mpsc::Sender<crate::callbacks::Start>,
    pub(super) configuration: Configuration,
    pub(super) store: Store,
    pub(super) last_seq: u64,
    pub(super) last_at: Millis,
    /// Sessions of calls that have not ended.
    pub(super) sessions: HashMap<CallId, String>,
    pub(super) lanes: Lanes,
    pub(super) phones: Phones,
    pub(super) pages: Pages,
    pub(super) publication: Publication,
    pub(super) keeping: Keeping,
    pub(super) deliveries: mpsc::Receiver<Delivery>,
    pub(super) ready: Arc<AtomicBool>,
    pub(super) stop: CancellationToken,
    pub(super) gauges: Gauges,
    /// Inputs that could not be journalled and that nobody else repeats.
    pub(super) kept: Vec<Step>,
    pub(super) retry_at: Option<Instant>,
    /// Makes the ids of `status` questions differ from those before a restart.
    pub(super) questions: u64,
    pub(super) boot: String,
}

/// How an owner's time ended.
pub(crate) enum Ended {
    /// The backend stops.
    Stopped,
    /// Another backend may own the centre, or this one's journal has more than
    /// it knows of: only a new start can tell.
    Lost,
}

/// What an owner is started with.
#[derive(Clone)]
pub(crate) struct OwnerParts {
    pub(crate) store: Store,
    /// Where offers that rang out are told to the policy.
    pub(crate) misses: mpsc::Sender<crate::policy::Miss>,
    /// Where sessions for call-backs are asked for.
    pub(crate) starts: mpsc::Sender<crate::callbacks::Start>,
    /// What this backend calls itself to others.
    pub(crate) holder: String,
    pub(crate) queues: Vec<QueueConfig>,
    pub(crate) own_manager: acd::OwnManagerRule,
    pub(crate) pages: acd::PageRule,
    pub(crate) reserves: Vec<acd::ReserveConfig>,
    pub(crate) transfers: acd::TransferRule,
    pub(crate) roster: Arc<Roster>,
    pub(crate) journal_keep_days: u64,
    pub(crate) command_timeout_ms: u64,
    pub(crate) session_probe_ms: u64,
    pub(crate) ready: Arc<AtomicBool>,
    pub(crate) stop: CancellationToken,
}

impl Owner {
    /// Replays what no kept state has, opens the lanes of live calls, asks every live
    /// session what it is doing and puts the configuration into force.
    pub(crate) async fn start(parts: OwnerParts) -> Result<Self, StartError> {
        let started = Instant::now();
        let replayed = replay(&parts.store).await?;
        let agents = parts.roster.read_again().await?;
        let (reports, deliveries) = mpsc::channel(DELIVERIES_MAX);
        let lanes = Lanes::new(reports, parts.command_timeout_ms, parts.session_probe_ms)
            .map_err(|e| StartError::HttpClient(e.to_string()))?;
        let now = clock::now_ms().max(replayed.last_at);
        let Replayed {
            center,
            last_seq,
            last_at,
            kept_seq,
        } = replayed;
        let before = center.configuration().cloned();
        let told = |(agent, phone, _): (&AgentId, _, _)| (agent.clone(), phone);
        let phones = center.presences().map(told).collect();
        let has_page = |(agent, _, page): (&AgentId, _, bool)| page.then(|| agent.clone());
        let pages = center.presences().filter_map(has_page).collect();
        let publication = Publication::new(&center, now);
        let mut owner = Self {
            center,
            misses: parts.misses,
            starts: parts.starts,
            configuration: Configuration {
                queues: parts.queues,
                own_manager: parts.own_manager,
                pages: parts.pages,
                reserves: parts.reserves,
                transfers: parts.transfers,
                agents,
            },
            store: parts.store,
            last_seq,
            last_at,
            sessions: HashMap::new(),
            lanes,
            phones: Phones::new(phones, now),
            pages: Pages::new(pages, now),
            publication,
            keeping: Keeping::new(kept_seq, parts.journal_keep_days),
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
            replayed = last_seq - kept_seq,
            calls = owner.sessions.len(),
            took_ms = started.elapsed().as_millis(),
            "journal replayed"
        );
        owner.ready.store(true, Ordering::Release);
        Ok(owner)
    }

    /// Asks every live session what it is doing, and repeats a cancel that may
    /// have died with the process; a call whose access URL is not known cannot
    /// be served and is given up.
    async fn reconcile(&mut self) -> Result<(), StartError> {
        let mut urls: HashMap<String, String> = self
            .store
            .access_urls()
            .await?
            .into_iter()
            .map(|a| (a.session_id, a.url))
            .collect();
        for effect in self.center.reconcile(self.now()) {
            let (call, command) = match effect {
                Effect::AskStatus { call } => (call, None),
                Effect::CancelOffer { call, offer } => {
                    (call, Some(SessionCommand::CancelOffer { offer }))
                }
                Effect::HangUp { call, why, say } => {
                    (call, Some(SessionCommand::HangUp { call, why, say }))
                }
                effect @ Effect::StartCallback(_) => {
                    self.start_callback(effect);
                    continue;
                }
                other => {
                    error!(effect = ?other, "not a question to a session");
                    continue;
                }
            };
            let session_id = self.center.call(call).map(|view| view.session_id);
            // A call may have several effects; the first opens its lane.
            if let Some((session_id, url)) = session_id.and_then(|id| urls.remove_entry(&id)) {
                self.sessions.insert(call, session_id);
                self.lanes.open(call, &url);
            }
            match (self.sessions.contains_key(&call), command) {
                (true, None) => self.ask_status(call),
                (true, Some(command)) => self.send(call, command),
                (false, None) => {
                    let why = "no access URL of its session is known after the restart".to_owned();
                    self.kept.push(Step::own(Input::SessionLost { call, why }));
                }
                (false, Some(_)) => {}
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

    /// Runs until it is stopped or finds that another backend owns the centre.
    pub(crate) async fn run(mut self, from: &mut mpsc::Receiver<Request>) -> Ended {
        let ended = self.take_turns(from).await;
        self.ready.store(false, Ordering::Release);
        if let Ended::Stopped = ended {
            self.keep_last_state().await;
            if let Err(failure) = self.store.release().await {
                // Another backend has to wait until the lease runs out.
                error!(%failure, "the centre was not given up");
            }
        }
        info!("the centre's owner has stopped");
        ended
    }

    async fn take_turns(&mut self, from: &mut mpsc::Receiver<Request>) -> Ended {
        let mut presence = tokio::time::interval(PRESENCE_EVERY);
        let mut requests = Vec::with_capacity(BATCH_MAX);
        let mut deliveries = Vec::with_capacity(BATCH_MAX);
        let stop = self.stop.clone();
        let store = self.store.clone();
        let lost = store.ownership_lost();
        tokio::pin!(lost);
        loop {
            let wake = self.next_wake();
            let mut look_after = false;
            tokio::select! {
                () = stop.cancelled() => return Ended::Stopped,
                () = &mut lost => return Ended::Lost,
                n = from.recv_many(&mut requests, BATCH_MAX) => if n == 0 { return Ended::Stopped },
                _ = self.deliveries.recv_many(&mut deliveries, BATCH_MAX) => {}
                _ = presence.tick() => look_after = true,
                () = sleep_until(wake) => {}
            }
            self.gauges.requests_waiting = from.len();
            if self
                .turn(&mut requests, &mut deliveries, look_after)
                .await
                .is_err()
            {
                return Ended::Lost;
            }
            self.keep_state_when_due();
        }
    }

    /// One batch from requests to effects. An error means that this owner must
    /// not go on.
    async fn turn(
        &mut self,
        requests: &mut Vec<Request>,
        deliveries: &mut Vec<Delivery>,
        look_after: bool,
    ) -> Result<(), StoreError> {
        let mut turn = Turn {
            now: self.now(),
            steps: std::mem::take(&mut self.kept),
            readings: Vec::new(),
        };
        if self.center.next_wake().is_some_and(|at| at <= turn.now) {
            turn.steps.push(Step::own(Input::Tick));
        }
        turn.steps.extend(
            deliveries
                .drain(..)
                .map(|delivery| Step::own(delivery_input(delivery))),
        );
        for request in requests.drain(..) {
            self.admit(request, &mut turn);
        }
        if look_after {
            self.look_after_presence(&mut turn);
        }
        let Turn {
            now,
            steps,
            readings,
        } = turn;
        if !steps.is_empty() {
            self.retry_at = None;
            match self.journal(&steps, now).await {
                Ok(()) => self.decide(steps, now).await,
                Err(failure @ (StoreError::JournalTaken(_) | StoreError::Fenced { .. })) => {
                    error!(%failure, "this backend is not the journal's only writer");
                    return Err(failure);
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
    pub(super) fn now(&self) -> Millis {
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
                StepReply::Callback(reply) => answer(reply, Err(sorry)),
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
}

async fn sleep_until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}
