//! The thread that the policy lives on.

use super::{CallAdvice, PolicyConfig, Status};
use crate::clock;
use ::policy::{
    AgentFacts, BanChange, CallFacts, Hook, MissFacts, Policy, PolicyError, WaitChange,
};
use parking_lot::Mutex;
use script::ScriptError;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant, SystemTime};
use tokio::sync::oneshot;
use tracing::{info, warn};

/// The thread's stack: more than the script's.
pub(super) const STACK_BYTES: usize = 2 << 20;
const SCRIPT_STACK_BYTES: usize = 512 << 10;
const MEMORY_BYTES: usize = 64 << 20;
/// The file is looked at this often.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// The longest script, bytes.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// A question, and where its answer goes: `None` when the hook failed.
pub(super) enum Job {
    Call {
        call: CallFacts,
        agents: Vec<AgentFacts>,
        reply: oneshot::Sender<Option<CallAdvice>>,
    },
    Miss {
        agent: AgentFacts,
        miss: MissFacts,
        reply: oneshot::Sender<Option<BanChange>>,
    },
    Wait {
        call: CallFacts,
        reply: oneshot::Sender<Option<WaitChange>>,
    },
}

/// See the module's text.
pub(super) struct Worker {
    config: PolicyConfig,
    status: Arc<Mutex<Status>>,
}

/// The policy in force.
struct Loaded {
    policy: Option<Policy>,
    /// The last script that could be loaded.
    source: String,
    /// What the file looked like when it was read last.
    seen: Option<(SystemTime, u64)>,
    looked: Instant,
}

impl Worker {
    pub(super) fn new(config: PolicyConfig, status: Arc<Mutex<Status>>) -> Self {
        Self { config, status }
    }

    /// Answers until nobody can ask any more.
    pub(super) fn run(&self, jobs: &Receiver<Job>) {
        let mut loaded = Loaded {
            policy: None,
            source: String::new(),
            seen: None,
            looked: Instant::now(),
        };
        self.look(&mut loaded);
        loop {
            match jobs.recv_timeout(LOOK_EVERY) {
                Ok(job) => {
                    if loaded.looked.elapsed() >= LOOK_EVERY {
                        self.look(&mut loaded);
                    }
                    self.answer(job, &mut loaded);
                }
                Err(RecvTimeoutError::Timeout) => self.look(&mut loaded),
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    /// Reads the file again if it has changed. One that cannot be used leaves
    /// the older one in force.
    fn look(&self, loaded: &mut Loaded) {
        loaded.looked = Instant::now();
        let seen = std::fs::metadata(&self.config.file);
        let seen = seen.and_then(|about| Ok((about.modified()?, about.len())));
        let read = match seen {
            Ok(seen) if loaded.seen == Some(seen) => return,
            Ok(seen) => {
                loaded.seen = Some(seen);
                self.read(seen.1)
            }
            Err(error) => {
                loaded.seen = None;
                Err(format!("{}: {error}", self.config.file.display()))
            }
        };
        let result = read.and_then(|source| {
            let policy = self.load(&source).map_err(|error| error.to_string())?;
            Ok((policy, source))
        });
        let mut status = self.status.lock();
        match result {
            Ok((policy, source)) => {
                info!(file = %self.config.file.display(), hooks = ?policy.hooks(), "policy loaded");
                status.hooks = policy.hooks().to_vec();
                status.wait_steps_s = policy.wait_steps_s().to_vec();
                status.loaded_at = Some(clock::now_ms());
                status.file_error = None;
                loaded.policy = Some(policy);
                loaded.source = source;
            }
            Err(error) => {
                if status.file_error.as_ref() != Some(&error) {
                    warn!(error, "the policy cannot be used");
                }
                status.file_error = Some(error);
            }
        }
    }

    fn read(&self, bytes: u64) -> Result<String, String> {
        let file = self.config.file.display();
        if bytes > FILE_BYTES_MAX {
            return Err(format!("{file}: longer than {FILE_BYTES_MAX} bytes"));
        }
        std::fs::read_to_string(&self.config.file).map_err(|error| format!("{file}: {error}"))
    }

    fn load(&self, source: &str) -> Result<Policy, PolicyError> {
        let limits = script::Limits {
            memory_bytes: MEMORY_BYTES,
            stack_bytes: SCRIPT_STACK_BYTES,
            callback_ms: self.config.deadline_ms,
        };
        Policy::load(&self.config.file.display().to_string(), source, limits)
    }

    fn answer(&self, job: Job, loaded: &mut Loaded) {
        match job {
            Job::Call {
                call,
                agents,
                reply,
            } => {
                let change = self.ask(loaded, Hook::OnCall, |policy| policy.on_call(&call));
                // The call as it will be: `rank` sees what `onCall` changed.
                let mut changed = call;
                if let Some(change) = change.clone() {
                    changed.queue = change.queue.or(changed.queue);
                    changed.priority = change.priority.unwrap_or(changed.priority);
                    changed.skills = change.skills.unwrap_or(changed.skills);
                    changed.language = change.language.or(changed.language);
                }
                let has_rank = self.status.lock().hooks.contains(&Hook::Rank);
                let ranks = if has_rank && !agents.is_empty() {
                    self.ask(loaded, Hook::Rank, |policy| policy.rank(&agents, &changed))
                } else {
                    None
                };
                let names = agents.iter().map(|agent| agent.agent.as_str().into());
                let advice = CallAdvice {
                    change: change.unwrap_or_default(),
                    ranks: names.zip(ranks.unwrap_or_default()).collect(),
                };
                // Whoever asked may have given up.
                let _ = reply.send(Some(advice));
            }
            Job::Miss { agent, miss, reply } => {
                let ask = |policy: &Policy| policy.on_miss(&agent, &miss);
                let _ = reply.send(self.ask(loaded, Hook::OnMiss, ask));
            }
            Job::Wait { call, reply } => {
                let ask = |policy: &Policy| policy.on_wait(&call);
                let _ = reply.send(self.ask(loaded, Hook::OnWait, ask));
            }
        }
    }

    fn ask<T>(
        &self,
        loaded: &mut Loaded,
        hook: Hook,
        ask: impl FnOnce(&Policy) -> Result<T, PolicyError>,
    ) -> Option<T> {
        let policy = loaded.policy.as_ref()?;
        if !policy.hooks().contains(&hook) {
            return None;
        }
        let answer = ask(policy);
        for line in policy.take_lines() {
            info!(hook = hook.name(), line, "policy");
        }
        self.status.lock().counts.entry(hook).or_default().asked += 1;
        match answer {
            Ok(answer) => Some(answer),
            Err(error) => {
                let is_broken = matches!(
                    &error,
                    PolicyError::Script {
                        error: ScriptError::Deadline { .. } | ScriptError::OutOfMemory { .. },
                        ..
                    }
                );
                self.status.lock().failed(hook, error.to_string());
                if is_broken {
                    // The sandbox may be left in the middle of anything.
                    loaded.policy = self.load(&loaded.source).ok();
                }
                None
            }
        }
    }
}
