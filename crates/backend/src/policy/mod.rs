//! The owner's `policy.js` at work: on a thread of its own, so that no hook
//! ever holds the routing. A hook that fails, answers wrongly or takes too long
//! is counted, and the built-in rule stands. What a hook decided goes to the
//! centre as an input and is journalled there; a replay asks no script.

mod thread;
mod watch;

pub(crate) use watch::{MISSES_MAX, Miss, queue_names, watch};

use crate::clock;
use ::policy::{AgentFacts, BanChange, CallChange, CallFacts, Hook, MissFacts, WaitChange};
use acd::{AgentId, NewCall};
use parking_lot::Mutex;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::time::Duration;
use thread::{Job, Worker};
use tokio::sync::oneshot;

/// Questions that may wait for the policy's thread; more get the built-in rule.
const JOBS_MAX: usize = 1_024;
/// Beyond a hook's own time, for the questions before it.
const QUEUE_PATIENCE: Duration = Duration::from_millis(200);

/// Where the policy is and how long a hook may take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyConfig {
    /// The script. It is read again when it changes.
    pub file: PathBuf,
    /// One hook may take so long, milliseconds of wall time.
    pub deadline_ms: u64,
}

/// What the policy says of a call that comes.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct CallAdvice {
    pub(crate) change: CallChange,
    pub(crate) ranks: BTreeMap<AgentId, i64>,
}

impl CallAdvice {
    /// The call as the policy wants it.
    pub(crate) fn apply(&self, call: &mut NewCall) {
        let change = self.change.clone();
        if let Some(queue) = change.queue {
            call.queue = Some(queue.as_str().into());
        }
        call.priority = change.priority.unwrap_or(call.priority);
        if let Some(skills) = change.skills {
            call.skills = skills;
        }
        call.language = change.language.or(call.language.take());
        call.custom_data = change.custom_data.or(call.custom_data.take());
    }
}

/// What is known of the policy, for people.
#[derive(Debug, Default)]
pub(crate) struct Status {
    hooks: Vec<Hook>,
    wait_steps_s: Vec<u64>,
    loaded_at: Option<u64>,
    /// Why the file as it is now cannot be used; an older one may be in force.
    file_error: Option<String>,
    counts: BTreeMap<Hook, Counts>,
}

#[derive(Clone, Debug, Default)]
struct Counts {
    asked: u64,
    failed: u64,
    last_error: Option<String>,
}

/// Asks the policy. Without one every answer is the built-in rule.
pub(crate) struct Policies {
    file: Option<PathBuf>,
    jobs: Option<SyncSender<Job>>,
    patience: Duration,
    status: Arc<Mutex<Status>>,
}

impl Policies {
    /// Loads the policy on a thread of its own. A file that cannot be used is
    /// reported and looked at again: calls do not wait for it.
    pub(crate) fn start(config: Option<&PolicyConfig>) -> Self {
        let status = Arc::new(Mutex::new(Status::default()));
        let jobs = config.and_then(|config| {
            let (sender, jobs) = sync_channel(JOBS_MAX);
            let worker = Worker::new(config.clone(), Arc::clone(&status));
            let thread = std::thread::Builder::new().name("policy".to_owned());
            match thread
                .stack_size(thread::STACK_BYTES)
                .spawn(move || worker.run(&jobs))
            {
                Ok(_) => Some(sender),
                Err(error) => {
                    tracing::error!(%error, "the policy has no thread: built-in rules are used");
                    None
                }
            }
        });
        Self {
            file: config.map(|config| config.file.clone()),
            jobs,
            patience: QUEUE_PATIENCE
                + config.map_or(Duration::ZERO, |config| {
                    Duration::from_millis(config.deadline_ms * 2)
                }),
            status,
        }
    }

    /// Whether a hook is there to be asked.
    pub(crate) fn has(&self, hook: Hook) -> bool {
        self.status.lock().hooks.contains(&hook)
    }

    /// After how much waiting `onWait` is asked, seconds.
    pub(crate) fn wait_steps_s(&self) -> Vec<u64> {
        self.status.lock().wait_steps_s.clone()
    }

    /// What to change of a call that comes, and who is to have it.
    pub(crate) async fn call(&self, call: CallFacts, agents: Vec<AgentFacts>) -> CallAdvice {
        let hook = Hook::OnCall;
        let job = |reply| Job::Call {
            call,
            agents,
            reply,
        };
        self.ask(hook, job).await.unwrap_or_default()
    }

    /// What to make of a miss.
    pub(crate) async fn miss(&self, agent: AgentFacts, miss: MissFacts) -> BanChange {
        let job = |reply| Job::Miss { agent, miss, reply };
        let answer = self.ask(Hook::OnMiss, job).await;
        answer.unwrap_or(BanChange::AsUsual)
    }

    /// What to make of a caller who has waited for one of the steps.
    pub(crate) async fn wait(&self, call: CallFacts) -> WaitChange {
        let job = |reply| Job::Wait { call, reply };
        self.ask(Hook::OnWait, job).await.unwrap_or_default()
    }

    async fn ask<T>(
        &self,
        hook: Hook,
        job: impl FnOnce(oneshot::Sender<Option<T>>) -> Job,
    ) -> Option<T> {
        let jobs = self.jobs.as_ref()?;
        let (reply, answer) = oneshot::channel();
        let late = match jobs.try_send(job(reply)) {
            Ok(()) => match tokio::time::timeout(self.patience, answer).await {
                Ok(answer) => return answer.ok().flatten(),
                Err(_) => "no answer in time",
            },
            Err(TrySendError::Full(_)) => "too many questions wait",
            Err(TrySendError::Disconnected(_)) => "the policy's thread has ended",
        };
        self.status.lock().failed(hook, late.to_owned());
        None
    }

    /// What is known of the policy, as JSON.
    pub(crate) fn shown(&self) -> Value {
        let status = self.status.lock();
        let hook = |hook: &Hook| {
            let counts = status.counts.get(hook).cloned().unwrap_or_default();
            json!({
                "hook": hook.name(), "asked": counts.asked, "failed": counts.failed,
                "last_error": counts.last_error,
            })
        };
        json!({
            "file": self.file.as_ref().map(|file| file.display().to_string()),
            "loaded_at": status.loaded_at.map(clock::to_rfc3339),
            "error": status.file_error,
            "wait_steps_s": status.wait_steps_s,
            "hooks": status.hooks.iter().map(hook).collect::<Vec<_>>(),
        })
    }
}

impl Status {
    fn failed(&mut self, hook: Hook, error: String) {
        let counts = self.counts.entry(hook).or_default();
        counts.failed += 1;
        // Said once, not once a call: a broken hook fails for every caller.
        if counts.last_error.as_ref() != Some(&error) {
            tracing::warn!(
                hook = hook.name(),
                error,
                "the policy failed: the built-in rule stands"
            );
        }
        counts.last_error = Some(error);
    }
}
