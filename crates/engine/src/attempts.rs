//! Attempts of call lists (voxengine.md §1.2): the backend is told what their
//! scenarios report and when their sessions are over, and which this engine has. An
//! attempt is had until the backend has taken its last word: one that it does not
//! hear of is lost, and called again.

use crate::config::BackendLink;
use crate::contact::Told;
use crate::reporter::{ATTEMPTS, Records, Reporter, run};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Longest text that is told of one report, bytes; what is longer is cut. A hundred
/// of them, each byte written as six, fit into one request: one that the backend
/// refused as too long would take the others with it.
const DATA_BYTES_MAX: usize = 24 * 1_024;

/// Which attempt a session is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Attempt {
    pub(crate) list_id: u64,
    pub(crate) task_id: u64,
    /// From 1.
    pub(crate) attempt: u32,
}

/// A word of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct AttemptNews {
    #[serde(flatten)]
    pub(crate) of: Attempt,
    pub(crate) news: News,
    /// What the scenario gave, as text.
    pub(crate) data: String,
    /// What has become of the person's call so far.
    pub(crate) call: Told,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum News {
    /// `reportResult`
    Result,
    /// `reportError`
    Error,
    /// `reportProgress`
    Progress,
    /// `requestNextAttempt`
    NextAttempt,
    /// The session is over.
    Over,
    /// The session was cut off: the engine stops, or it hung.
    CutOff,
}

impl News {
    fn is_last(self) -> bool {
        match self {
            Self::Over | Self::CutOff => true,
            Self::Result | Self::Error | Self::Progress | Self::NextAttempt => false,
        }
    }
}

impl From<scenario::host::TaskReportKind> for News {
    fn from(kind: scenario::host::TaskReportKind) -> Self {
        use scenario::host::TaskReportKind as Kind;
        match kind {
            Kind::Result => Self::Result,
            Kind::Error => Self::Error,
            Kind::Progress => Self::Progress,
            Kind::NextAttempt => Self::NextAttempt,
        }
    }
}

/// Attempts that the backend has not heard the last of.
#[derive(Clone, Default)]
pub(crate) struct Held(Arc<Mutex<BTreeSet<(u64, u32)>>>);

impl Held {
    /// The backend has taken these, or never will.
    pub(crate) fn told(&self, news: &[AttemptNews]) {
        let mut held = self.0.lock();
        for one in news.iter().filter(|one| one.news.is_last()) {
            held.remove(&(one.of.task_id, one.of.attempt));
        }
    }
}

/// The attempts of this engine.
pub(crate) struct Attempts {
    held: Held,
    reporter: Reporter<AttemptNews>,
    /// Which run of this engine: after a restart nothing is left of the last one.
    instance: String,
}

impl Attempts {
    /// The attempts, and what [`report`] takes.
    pub(crate) fn new() -> std::io::Result<(Self, Records<AttemptNews>, Held)> {
        let (reporter, words) = Reporter::new(ATTEMPTS);
        let held = Held::default();
        let instance = format!("{:016x}", getrandom::u64()?);
        let attempts = Self {
            held: held.clone(),
            reporter,
            instance,
        };
        Ok((attempts, words, held))
    }

    pub(crate) fn instance(&self) -> &str {
        &self.instance
    }

    /// Task and number of each, for the backend.
    pub(crate) fn held(&self) -> Vec<(u64, u32)> {
        self.held.0.lock().iter().copied().collect()
    }

    /// Words that the backend has not taken.
    pub(crate) fn waiting(&self) -> usize {
        self.reporter.waiting()
    }

    pub(crate) fn begin(&self, of: Attempt) {
        self.held.0.lock().insert((of.task_id, of.attempt));
    }

    pub(crate) fn tell(&self, of: Attempt, news: News, data: String, call: Told) {
        let data = cut(data);
        let told = AttemptNews {
            of,
            news,
            data,
            call,
        };
        if let Err(lost) = self.reporter.tell(told) {
            self.held.told(&[lost]);
        }
    }
}

/// Tells the backend, until nobody tells any more.
pub(crate) async fn report(link: BackendLink, words: Records<AttemptNews>, held: Held) {
    run(link, words, |news: &[AttemptNews]| held.told(news)).await;
}

/// As much of it as is told.
fn cut(mut data: String) -> String {
    if data.len() > DATA_BYTES_MAX {
        let mut end = DATA_BYTES_MAX;
        while !data.is_char_boundary(end) {
            end -= 1;
        }
        data.truncate(end);
    }
    data
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_report_is_cut_between_characters() {
        let long = format!("a{}", "\u{44f}".repeat(DATA_BYTES_MAX));
        let told = cut(long.clone());
        assert_eq!(told.len(), DATA_BYTES_MAX - 1);
        assert!(long.starts_with(&told));
        assert_eq!(cut("short".into()), "short");
    }

    #[test]
    fn an_attempt_is_held_until_its_last_word_is_told() {
        let (attempts, _words, held) = Attempts::new().unwrap();
        let of = Attempt {
            list_id: 1,
            task_id: 2,
            attempt: 3,
        };
        attempts.begin(of);
        attempts.tell(of, News::Result, "yes".into(), Told::default());
        let told = |news| {
            let (data, call) = (String::new(), Told::default());
            held.told(&[AttemptNews {
                of,
                news,
                data,
                call,
            }]);
        };
        told(News::Result);
        assert_eq!(attempts.held(), [(2, 3)]);
        told(News::Over);
        assert!(attempts.held().is_empty());
    }
}
