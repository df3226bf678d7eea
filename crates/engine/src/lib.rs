//! The telephony engine: joins signalling, media and scenarios. Every call
//! that comes in starts a session of its own; every session has an access URL
//! by which the backend commands it.
//!
//! Invariants:
//! 1. A session lives on one worker thread; its events stay in order.
//! 2. Whatever belongs to a session (legs, ports, players, access URL) goes
//!    when it ends, however it ends.
//! 3. Nothing here knows the backend but by URL and token.
#![forbid(unsafe_code)]

mod access;
mod admission;
mod agenda;
mod attempts;
mod choice;
mod codecs;
mod conferences;
mod config;
mod contact;
mod control;
mod history;
mod http;
mod inner_calls;
mod leg;
mod live;
mod mail;
mod outside;
mod outward;
mod presence;
mod program;
mod reach;
mod real;
mod recordings;
mod reporter;
mod rule;
mod session_log;
mod shared;
mod socket;
mod speech;
mod storage;
mod switchboard;
mod treatment;
mod trust;
mod tune_cache;
mod uploads;
mod worker;

pub use codecs::Codecs;
pub use config::{BackendLink, DefaultTreatment, EngineConfig};
pub use program::ProgramError;
pub use rule::{Rule, RuleConfig, RuleError, Rules};
pub use speech::SpeechConfig;
pub use treatment::{Fallback, Treatment, TreatmentError};
pub use trust::TrustError;

use control::Arrival;
use http::Http;
use media::{Media, MediaEvent};
use reach::Reach;
use reporter::Reporter;
use shared::{Counters, MediaKey, Shared};
use sip::{Directory, Sip, SipEvent};
use std::net::SocketAddr;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, OnceLock};
use switchboard::Switchboard;
use worker::{Incoming, Mail, Origin, Worker};

/// How long signalling has to hang up when the engine stops, milliseconds.
const SIP_STOP_MS: u64 = 1_000;

/// Why an engine does not start. The owner of the configuration can fix it,
/// unless it says that the system refused something.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// `engine.bind` cannot be used.
    #[error("engine.bind: cannot listen on {bind}: {source}")]
    Bind {
        /// The configured address.
        bind: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// A rule cannot be used.
    #[error(transparent)]
    Rule(#[from] RuleError),
    /// Signalling does not start.
    #[error("sip.listeners: {0}")]
    Sip(#[from] sip::StartError),
    /// The media threads do not start.
    #[error("media: {0}")]
    Media(std::io::Error),
    /// The folder for logs and audio cannot be used.
    #[error("the data folder cannot be used: {0}")]
    Data(std::io::Error),
    /// Certificates cannot be checked.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// The HTTP client cannot be made.
    #[error("the HTTP client cannot be made: {0}")]
    Http(String),
}

/// A running engine.
pub struct Engine {
    shared: Arc<Shared>,
    bound: SocketAddr,
    threads: Vec<std::thread::JoinHandle<()>>,
    tasks: Vec<tokio::task::JoinHandle<()>>,
}

impl Engine {
    /// Starts everything on the current tokio runtime.
    ///
    /// # Errors
    /// [`StartError`]; nothing is left running.
    pub async fn start(
        config: EngineConfig,
        directory: Arc<dyn Directory>,
    ) -> Result<Self, StartError> {
        let bind = config.bind;
        let listener = tokio::net::TcpListener::bind(bind)
            .await
            .map_err(|source| StartError::Bind { bind, source })?;
        let bound = listener
            .local_addr()
            .map_err(|source| StartError::Bind { bind, source })?;
        let (reporter, records) = Reporter::new(reporter::SESSIONS);
        let (attempts, words, held) = attempts::Attempts::new().map_err(StartError::Data)?;
        let shared = Arc::new(share(config, reporter, attempts)?);
        let public = shared
            .config
            .public_url
            .clone()
            .unwrap_or_else(|| format!("http://{bound}"));
        // Set once here, before anything can read it.
        let _ = shared
            .public_url
            .set(public.trim_end_matches('/').to_owned());
        let threads = start_workers(&shared).map_err(StartError::Media)?;

        let sink = Arc::clone(&shared);
        let media = Media::start(
            shared.config.media.clone(),
            Arc::new(move |event| on_media(&sink, event)),
        )
        .map_err(StartError::Media)?;
        let _ = shared.media.set(media);

        let changed = Arc::new(tokio::sync::Notify::new());
        let door = Door {
            shared: Arc::clone(&shared),
            changed: Arc::clone(&changed),
        };
        let started = Sip::start(
            shared.config.sip.clone(),
            directory,
            Arc::new(move |event| door.on_sip(event)),
        )
        .await;
        let sip = match started {
            Ok(sip) => sip,
            Err(error) => {
                stop_workers(&shared, threads, "the engine did not start");
                return Err(error.into());
            }
        };
        let _ = shared.sip.set(sip);

        let app = access::router(Arc::clone(&shared));
        let mut tasks = vec![tokio::spawn(async move {
            access::serve(listener, app).await;
        })];
        tasks.push(tokio::spawn(sweep_recordings(Arc::clone(&shared))));
        tasks.push(tokio::spawn(program::watch(Arc::clone(&shared))));
        if let Some(link) = shared.config.backend.clone() {
            tasks.push(tokio::spawn(reporter::run(link.clone(), records, |_| {})));
            tasks.push(tokio::spawn(attempts::report(link.clone(), words, held)));
            let shared = Arc::clone(&shared);
            tasks.push(tokio::spawn(presence::report(shared, link, changed)));
        }
        Ok(Self {
            shared,
            bound,
            threads,
            tasks,
        })
    }

    /// Where access URLs are served.
    pub fn bound(&self) -> SocketAddr {
        self.bound
    }

    /// Where signalling listens, in the order of the configuration.
    pub fn sip_bound(&self) -> Vec<(sip::Transport, SocketAddr)> {
        self.shared.sip.get().map(Sip::bound).unwrap_or_default()
    }

    /// Ends all sessions, hangs up and stops; takes a few seconds at most.
    pub async fn shutdown(mut self) {
        let shared = Arc::clone(&self.shared);
        let threads = std::mem::take(&mut self.threads);
        let stopping = tokio::task::spawn_blocking(move || {
            stop_workers(&shared, threads, "the engine is being stopped");
            shared.logs.flush();
        });
        if let Err(error) = stopping.await {
            tracing::error!(%error, "a session thread broke while stopping");
        }
        if let Some(sip) = self.shared.sip.get() {
            sip.shutdown(SIP_STOP_MS).await;
        }
        if let Some(media) = self.shared.media.get() {
            media.shutdown();
        }
        self.tell_last_sessions().await;
        for task in &self.tasks {
            task.abort();
        }
    }
}

impl Engine {
    /// Waits a little until the backend knows of the sessions that ended just now.
    async fn tell_last_sessions(&self) {
        let Some(reporter) = &self.shared.reporter else {
            return;
        };
        let told = async {
            while reporter.waiting() + self.shared.attempts.waiting() > 0 {
                tokio::time::sleep(reporter::LOOK_EVERY).await;
            }
        };
        if tokio::time::timeout(reporter::STOP_WITHIN, told)
            .await
            .is_err()
        {
            tracing::warn!("the backend is away: the history of the last sessions is lost");
        }
    }
}

fn share(
    config: EngineConfig,
    reporter: Reporter<history::SessionRecord>,
    attempts: attempts::Attempts,
) -> Result<Shared, StartError> {
    // Another part of the process may have chosen the provider already: that one serves too.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut hosts = config.allow_hosts.clone();
    hosts.extend(
        config
            .backend
            .as_ref()
            .and_then(|link| Reach::pair_of(&link.url)),
    );
    let reach = Reach::new(hosts);
    let trust = trust::Trust::new(config.ca_file.as_deref())?;
    let http = Http::new(
        reach.clone(),
        trust.clone(),
        &config.limits,
        config.http_answer_bytes,
    )
    .map_err(|error| StartError::Http(error.to_string()))?;
    let logs = session_log::SessionLogs::start(
        config.data_dir.join("session-logs"),
        config.session_logs_max,
    )
    .map_err(StartError::Data)?;
    Ok(Shared {
        rules: Rules::new(config.rules.clone())?,
        programs: program::Programs::new(
            config.scenario_dir.clone(),
            config.built_in_scenarios.clone(),
            config.limits.clone(),
        ),
        tunes: tune_cache::TuneCache::new(
            http.clone(),
            config.data_dir.join("audio-cache"),
            &config.limits,
        ),
        speech: speech::Speech::new(config.speech.clone()),
        http,
        reach,
        trust,
        logs,
        reporter: config.backend.is_some().then_some(reporter),
        attempts,
        storage: storage::Storage::open(config.data_dir.join("application-storage.jsonl"))
            .map_err(StartError::Data)?,
        recordings: open_recordings(&config).map_err(StartError::Data)?,
        access: access::AccessBook::new(config.link_secret.clone()),
        uploaded: uploads::Uploads::open(
            config.data_dir.join("uploaded.json"),
            config.secrets.clone(),
            config.limits.clone(),
        ),
        conferences: conferences::Conferences::default(),
        inner_calls: inner_calls::InnerCalls::default(),
        last_session: AtomicU64::new(0),
        turns: shared::Turns::default(),
        counters: Counters::default(),
        sip_board: Switchboard::new(),
        media_board: Switchboard::new(),
        runtime: tokio::runtime::Handle::current(),
        workers: OnceLock::new(),
        sip: OnceLock::new(),
        media: OnceLock::new(),
        public_url: OnceLock::new(),
        config,
    })
}

fn open_recordings(config: &EngineConfig) -> std::io::Result<recordings::Recordings> {
    let recordings = recordings::Recordings::open(
        config.recordings_dir.clone(),
        config.recordings_keep_days,
        config.link_secret.clone(),
    )?;
    let parts = recordings.left_parts()?;
    if !parts.is_empty() {
        // Long ones take a while to read: the calls do not wait for it.
        std::thread::Builder::new()
            .name("recordings".into())
            .spawn(move || recordings::recover(parts))?;
    }
    Ok(recordings)
}

/// Deletes old recordings for as long as the engine runs.
async fn sweep_recordings(shared: Arc<Shared>) {
    let mut every = tokio::time::interval(recordings::SWEEP_EVERY);
    loop {
        every.tick().await;
        let shared = Arc::clone(&shared);
        let swept =
            tokio::task::spawn_blocking(move || shared.recordings.sweep(jiff::Timestamp::now()));
        if let Ok(Err(error)) = swept.await {
            tracing::error!(%error, "old recordings cannot be deleted");
        }
    }
}

fn start_workers(shared: &Arc<Shared>) -> std::io::Result<Vec<std::thread::JoinHandle<()>>> {
    let wanted = match shared.config.scenario_threads {
        0 => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        threads => threads,
    };
    let (senders, receivers): (Vec<_>, Vec<_>) =
        (0..wanted).map(|_| crossbeam_channel::unbounded()).unzip();
    // Set once here, before a thread or sink can read it.
    let _ = shared.workers.set(senders.clone());
    let mut threads = Vec::new();
    for (index, (mail, sender)) in receivers.into_iter().zip(senders).enumerate() {
        let worker_shared = Arc::clone(shared);
        let thread = std::thread::Builder::new()
            .name(format!("scenario-{index}"))
            .spawn(move || {
                // Of this thread alone; everybody may be nicer.
                if let Err(error) = rustix::process::setpriority_process(None, NICENESS) {
                    tracing::debug!(%error, "a scenario thread is as greedy as others");
                }
                // Signalling starts its tasks from here.
                let runtime = worker_shared.runtime.clone();
                let _inside = runtime.enter();
                Worker::new(index, worker_shared, sender).run(&mail);
            })?;
        threads.push(thread);
    }
    Ok(threads)
}

/// Scenario threads come after media and signalling: a scenario that counts for ever
/// must not be heard in the calls of others.
const NICENESS: i32 = 5;

fn stop_workers(shared: &Shared, threads: Vec<std::thread::JoinHandle<()>>, why: &str) {
    for worker in 0..threads.len() {
        shared.post(
            worker,
            Mail::Stop {
                why: why.to_owned(),
            },
        );
    }
    for thread in threads {
        if thread.join().is_err() {
            tracing::error!("a session thread had broken down");
        }
    }
}

fn on_media(shared: &Shared, event: MediaEvent) {
    let key = match &event {
        MediaEvent::Digit { leg, .. }
        | MediaEvent::FirstPacket { leg }
        | MediaEvent::RtpStopped { leg }
        | MediaEvent::Statistics { leg, .. }
        | MediaEvent::RtpResumed { leg } => MediaKey::Leg(*leg),
        MediaEvent::PlayerFinished { player } => MediaKey::Player(*player),
        MediaEvent::RecorderStarted { recorder }
        | MediaEvent::RecorderFinished { recorder, .. } => MediaKey::Recorder(*recorder),
        MediaEvent::RecorderFailed { recorder, why } => {
            // Its session may be over, and the disk is the operator's business.
            tracing::error!(%why, "a recording failed");
            MediaKey::Recorder(*recorder)
        }
    };
    shared.route_media(key, event);
}

/// Where signalling's events come in.
struct Door {
    shared: Arc<Shared>,
    changed: Arc<tokio::sync::Notify>,
}

impl Door {
    fn on_sip(&self, event: SipEvent) {
        match event {
            SipEvent::Incoming {
                leg,
                source,
                destination,
                caller,
                display_name,
                from_uri,
                to_uri,
                headers,
                sdp,
                local_ip,
                sip_call_id,
                replaces,
            } => {
                let codecs = self.shared.config.codecs.of_source(&source);
                let arrival = Arrival {
                    leg,
                    sdp,
                    local_ip,
                    codecs,
                };
                if let Some(of) = replaces {
                    return self.shared.lead_to_place(of, arrival, headers);
                }
                self.shared.admit(Incoming {
                    session: 0,
                    choice: None,
                    into_conference: false,
                    conference: None,
                    hops: 0,
                    arrival,
                    source: Origin::Wire(source),
                    destination,
                    caller,
                    display_name,
                    from_uri,
                    to_uri,
                    headers,
                    sip_call_id,
                });
            }
            SipEvent::Registered { .. } => self.changed.notify_one(),
            SipEvent::Progress { leg, .. }
            | SipEvent::Answered { leg, .. }
            | SipEvent::Failed { leg, .. }
            | SipEvent::Ended { leg, .. }
            | SipEvent::Reoffer { leg, .. }
            | SipEvent::ReofferAnswered { leg, .. }
            | SipEvent::Refer { leg, .. }
            | SipEvent::Transferred { leg, .. }
            | SipEvent::Info { leg, .. } => self.shared.route_sip(leg, event),
        }
    }
}
