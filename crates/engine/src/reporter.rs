//! Tells the backend what it must not miss (sessions that are over, words of call
//! lists), in order, again and again until it has taken it: nothing must be lost when
//! it restarts.

use crate::config::BackendLink;
use reqwest::StatusCode;
use serde::Serialize;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::mpsc;

/// Words that wait for a backend that is away: sessions of an hour, three a second.
/// What is more is lost, counted and logged.
const WAITING_MAX: usize = 10_000;
/// Words in one request.
const AT_ONCE_MAX: usize = 100;
/// First and longest pause between two attempts.
const PAUSES: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(15));
/// A backend that does not answer by then is tried again later.
const TIMEOUT: Duration = Duration::from_secs(10);
/// How often it is looked whether all are told, while the engine stops.
pub(crate) const LOOK_EVERY: Duration = Duration::from_millis(20);
/// How long the last words are told while the engine stops.
pub(crate) const STOP_WITHIN: Duration = Duration::from_secs(2);

/// Where words go, and how they are called.
#[derive(Clone, Copy)]
pub(crate) struct Subject {
    /// Path of the backend.
    pub(crate) path: &'static str,
    /// The list's name in the body.
    pub(crate) list: &'static str,
    /// For the log.
    pub(crate) words: &'static str,
    /// After one, others are waited for so long, to be told in one request.
    pub(crate) gather: Duration,
}

/// Sessions that are over.
pub(crate) const SESSIONS: Subject = Subject {
    path: "/api/v1/sessions",
    list: "sessions",
    words: "the history of sessions",
    // Nobody waits for it, and a busy engine ends many.
    gather: Duration::from_millis(250),
};

/// Words of attempts of call lists.
pub(crate) const ATTEMPTS: Subject = Subject {
    path: "/api/v1/attempts",
    list: "attempts",
    words: "words of call lists",
    // The next call waits for them.
    gather: Duration::ZERO,
};

/// Takes words on any thread; does not block.
pub(crate) struct Reporter<T> {
    subject: Subject,
    waiting: mpsc::Sender<T>,
    untold: Arc<AtomicUsize>,
    lost: Arc<AtomicU64>,
}

/// What [`run`] takes.
pub(crate) struct Records<T> {
    subject: Subject,
    records: mpsc::Receiver<T>,
    untold: Arc<AtomicUsize>,
}

impl<T> Reporter<T> {
    /// The reporter, and what [`run`] takes.
    pub(crate) fn new(subject: Subject) -> (Self, Records<T>) {
        let (waiting, records) = mpsc::channel(WAITING_MAX);
        let untold: Arc<AtomicUsize> = Arc::default();
        let reporter = Self {
            subject,
            waiting,
            untold: Arc::clone(&untold),
            lost: Arc::default(),
        };
        let records = Records {
            subject,
            records,
            untold,
        };
        (reporter, records)
    }

    /// One more; an error gives back what is lost.
    pub(crate) fn tell(&self, record: T) -> Result<(), T> {
        self.untold.fetch_add(1, Ordering::SeqCst);
        let Err(refused) = self.waiting.try_send(record) else {
            return Ok(());
        };
        self.untold.fetch_sub(1, Ordering::SeqCst);
        if self.lost.fetch_add(1, Ordering::Relaxed) == 0 {
            let what = self.subject.words;
            tracing::error!(what, "lost: the backend is away for too long");
        }
        Err(refused.into_inner())
    }

    /// Those that are not told yet.
    pub(crate) fn waiting(&self) -> usize {
        self.untold.load(Ordering::SeqCst)
    }
}

/// Runs until nobody tells any more. `told` hears what the backend has taken or will
/// not take.
pub(crate) async fn run<T: Serialize>(link: BackendLink, records: Records<T>, told: impl Fn(&[T])) {
    let Records {
        subject,
        mut records,
        untold,
    } = records;
    let what = subject.words;
    let client = reqwest::Client::builder()
        .no_proxy()
        .timeout(TIMEOUT)
        .build();
    let client = match client {
        Ok(client) => client,
        Err(error) => {
            tracing::error!(what, %error, "cannot be told to the backend");
            return;
        }
    };
    let url = format!("{}{}", link.url.trim_end_matches('/'), subject.path);
    let mut batch = Vec::with_capacity(AT_ONCE_MAX);
    while let Some(first) = records.recv().await {
        batch.push(first);
        tokio::time::sleep(subject.gather).await;
        while batch.len() < AT_ONCE_MAX
            && let Ok(record) = records.try_recv()
        {
            batch.push(record);
        }
        let body = serde_json::json!({ subject.list: batch });
        let mut pause = PAUSES.0;
        loop {
            let sent = client
                .post(&url)
                .bearer_auth(&link.token)
                .json(&body)
                .send()
                .await;
            match sent.map(|answer| answer.status()) {
                Ok(status) if status.is_success() => break,
                // It will say no again: the others behind must not wait for ever.
                Ok(status)
                    if status.is_client_error() && status != StatusCode::TOO_MANY_REQUESTS =>
                {
                    tracing::error!(%status, what, count = batch.len(), "the backend does not take them (401: both halves need the same `http.engine_token`)");
                    break;
                }
                Ok(status) => {
                    tracing::debug!(%status, what, "the backend does not take them now");
                }
                Err(error) => {
                    tracing::debug!(error = %error.without_url(), what, "told later");
                }
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(PAUSES.1);
        }
        told(&batch);
        untold.fetch_sub(batch.len(), Ordering::SeqCst);
        batch.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::{History, SessionRecord};
    use axum::extract::State;
    use axum::http::StatusCode as Status;
    use axum::routing::post;
    use serde_json::Value;
    use std::collections::VecDeque;
    use std::net::SocketAddr;

    type Answers = Arc<parking_lot::Mutex<(VecDeque<Status>, Vec<Vec<u64>>)>>;

    /// A backend that answers so, then 204; it notes the sessions of each request.
    async fn backend(address: SocketAddr, answers: Vec<Status>) -> Answers {
        let state: Answers = Arc::new(parking_lot::Mutex::new((answers.into(), Vec::new())));
        let take = async |State(state): State<Answers>, axum::Json(body): axum::Json<Value>| {
            let sessions = body["sessions"].as_array().unwrap();
            let ids = sessions.iter().map(|s| s["session_id"].as_u64().unwrap());
            let mut state = state.lock();
            state.1.push(ids.collect());
            state.0.pop_front().unwrap_or(Status::NO_CONTENT)
        };
        let app = axum::Router::new()
            .route("/api/v1/sessions", post(take))
            .with_state(Arc::clone(&state));
        let listener = tokio::net::TcpListener::bind(address).await.unwrap();
        tokio::spawn(async move { axum::serve(listener, app).await });
        state
    }

    fn free() -> SocketAddr {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap()
    }

    fn starts(address: SocketAddr) -> Reporter<SessionRecord> {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let (reporter, records) = Reporter::new(SESSIONS);
        let link = BackendLink {
            url: format!("http://{address}/"),
            token: "t".into(),
        };
        tokio::spawn(run(link, records, |_| {}));
        reporter
    }

    fn record(session: u64) -> SessionRecord {
        let history = History::new(session, (1, "r".into()), String::new(), 0);
        history.finish(1, String::new(), String::new())
    }

    async fn all_told(reporter: &Reporter<SessionRecord>) {
        let told = async {
            while reporter.waiting() > 0 {
                tokio::time::sleep(LOOK_EVERY).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), told)
            .await
            .expect("all are told");
    }

    #[tokio::test]
    async fn a_backend_that_is_away_or_stands_by_is_told_later_and_in_order() {
        let address = free();
        let reporter = starts(address);
        reporter.tell(record(1)).unwrap();
        tokio::time::sleep(2 * SESSIONS.gather).await;
        reporter.tell(record(2)).unwrap();
        reporter.tell(record(3)).unwrap();
        let state = backend(address, vec![Status::SERVICE_UNAVAILABLE]).await;
        all_told(&reporter).await;
        assert_eq!(state.lock().1, [vec![1], vec![1], vec![2, 3]]);
    }

    #[tokio::test]
    async fn a_session_that_the_backend_refuses_does_not_hold_up_the_others() {
        let address = free();
        let state = backend(address, vec![Status::UNPROCESSABLE_ENTITY]).await;
        let reporter = starts(address);
        reporter.tell(record(1)).unwrap();
        all_told(&reporter).await;
        reporter.tell(record(2)).unwrap();
        all_told(&reporter).await;
        assert_eq!(state.lock().1, [vec![1], vec![2]]);
    }
}
