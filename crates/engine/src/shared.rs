//! What all sessions of an engine share.

use crate::access::AccessBook;
use crate::attempts::Attempts;
use crate::conferences::Conferences;
use crate::config::EngineConfig;
use crate::history::SessionRecord;
use crate::http::Http;
use crate::inner_calls::{InnerCalls, is_inner};
use crate::program::Programs;
use crate::reach::Reach;
use crate::recordings::Recordings;
use crate::reporter::Reporter;
use crate::rule::Rules;
use crate::session_log::SessionLogs;
use crate::speech::Speech;
use crate::storage::Storage;
use crate::switchboard::Switchboard;
use crate::trust::Trust;
use crate::tune_cache::TuneCache;
use crate::uploads::Uploads;
use crate::worker::{Mail, now_ms};
use crossbeam_channel::Sender;
use media::{Media, MediaEvent};
use sip::{Sip, SipEvent};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// The session that an id belongs to, and the worker it lives on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Owner {
    pub(crate) worker: usize,
    pub(crate) session: u64,
}

/// A media object with a session behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum MediaKey {
    Leg(media::LegId),
    Player(media::PlayerId),
    Recorder(media::RecorderId),
}

/// Counters for `/metrics`.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) sessions_live: AtomicUsize,
    pub(crate) sessions_started: AtomicU64,
    pub(crate) sessions_failed: AtomicU64,
    pub(crate) calls_refused: AtomicU64,
    pub(crate) default_treatments: AtomicU64,
    pub(crate) http_requests: AtomicU64,
    pub(crate) access_requests: AtomicU64,
    pub(crate) access_refused: AtomicU64,
}

/// Whose turn it is among the workers. Not read from session ids: those have the time in
/// them, and most milliseconds see one session, so that all would go to one worker.
#[derive(Debug, Default)]
pub(crate) struct Turns(AtomicUsize);

impl Turns {
    /// The next of so many workers; one after the other takes a session.
    fn next(&self, workers: usize) -> usize {
        self.0.fetch_add(1, Ordering::Relaxed) % workers.max(1)
    }
}

/// Shared by the workers, the event sinks and the access server.
pub(crate) struct Shared {
    pub(crate) config: EngineConfig,
    pub(crate) rules: Rules,
    pub(crate) programs: Programs,
    pub(crate) http: Http,
    /// What WebSockets and mail may reach, as `http`.
    pub(crate) reach: Reach,
    /// Whose certificates they believe.
    pub(crate) trust: Trust,
    pub(crate) tunes: TuneCache,
    pub(crate) speech: Speech,
    pub(crate) logs: SessionLogs,
    /// Tells the backend of sessions that are over, if there is one.
    pub(crate) reporter: Option<Reporter<SessionRecord>>,
    pub(crate) attempts: Attempts,
    pub(crate) storage: Storage,
    pub(crate) recordings: Recordings,
    pub(crate) access: AccessBook,
    pub(crate) uploaded: Uploads,
    pub(crate) conferences: Conferences,
    pub(crate) inner_calls: InnerCalls,
    pub(crate) counters: Counters,
    pub(crate) sip_board: Switchboard<sip::LegId, Owner, SipEvent>,
    pub(crate) media_board: Switchboard<MediaKey, Owner, MediaEvent>,
    /// The newest session id.
    pub(crate) last_session: AtomicU64,
    pub(crate) turns: Turns,
    pub(crate) runtime: tokio::runtime::Handle,
    /// Set once, before the first call can arrive.
    pub(crate) workers: OnceLock<Vec<Sender<Mail>>>,
    /// Set once: the stack needs the sink, and the sink needs this.
    pub(crate) sip: OnceLock<Sip>,
    /// Set once, as `sip`.
    pub(crate) media: OnceLock<Media>,
    /// Base of access URLs, set when the port is bound.
    pub(crate) public_url: OnceLock<String>,
}

impl Shared {
    /// Whether no further session may start.
    pub(crate) fn is_full(&self) -> bool {
        self.counters.sessions_live.load(Ordering::Relaxed) >= self.config.sessions_max
    }

    /// The worker of a new session.
    pub(crate) fn next_worker(&self) -> usize {
        self.turns.next(self.workers.get().map_or(1, Vec::len))
    }

    /// Unique over restarts and a safe integer in JavaScript (under 2^53):
    /// the start time in ms with ten bits of counter below it.
    pub(crate) fn new_session_id(&self) -> u64 {
        let fresh = now_ms() << 10;
        let previous = self
            .last_session
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| {
                Some(fresh.max(last + 1))
            })
            .unwrap_or(0);
        fresh.max(previous + 1)
    }

    /// Posts to the worker of a session.
    pub(crate) fn post(&self, worker: usize, mail: Mail) {
        if let Some(sender) = self.workers.get().and_then(|workers| workers.get(worker)) {
            // A worker that has stopped takes no mail: its sessions are over.
            let _ = sender.send(mail);
        }
    }

    /// Refuses a call that no session has yet.
    pub(crate) fn reject(
        &self,
        leg: sip::LegId,
        code: u16,
        headers: sip::Headers,
        reason: Option<String>,
    ) {
        if is_inner(leg) {
            self.route_inner(self.inner_calls.reject(leg, code, headers, reason));
        } else if let Some(sip) = self.sip.get() {
            sip.reject(leg, code, headers, reason);
        }
    }

    /// Hands events of calls between sessions to them.
    pub(crate) fn route_inner(&self, events: Vec<SipEvent>) {
        for event in events {
            if let Some(leg) = crate::live::leg_of(&event) {
                self.route_sip(leg, event);
            }
        }
    }

    /// Hands an event of signalling to its session.
    pub(crate) fn route_sip(&self, leg: sip::LegId, event: SipEvent) {
        if let Some((owner, event)) = self.sip_board.route(leg, event) {
            self.post(
                owner.worker,
                Mail::Sip {
                    session: owner.session,
                    event,
                },
            );
        }
    }

    /// Hands an event of media to its session.
    pub(crate) fn route_media(&self, key: MediaKey, event: MediaEvent) {
        if let Some((owner, event)) = self.media_board.route(key, event) {
            self.post(
                owner.worker,
                Mail::Media {
                    session: owner.session,
                    event,
                },
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Turns;

    #[test]
    fn sessions_take_turns_on_the_workers() {
        let turns = Turns::default();
        let workers: Vec<usize> = (0..7).map(|_| turns.next(3)).collect();
        assert_eq!(workers, [0, 1, 2, 0, 1, 2, 0]);
        assert_eq!(turns.next(0), 0);
    }
}
