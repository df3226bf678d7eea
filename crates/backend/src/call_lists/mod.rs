//! Call lists: the pure core (`outbound`), what is kept of it, and the engines that
//! are asked for its sessions. Everything that the core does is durable before
//! anything comes of it, and only the owner of the centre can make it so.

mod news;
mod rows;
mod sessions;

pub(crate) use news::{AttemptNews, read_attempts};
pub(crate) use sessions::{carry_out, run};

use crate::clock;
use outbound::{Ending, Limits, NextAttempt, Outbound, Report, TaskId};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use store::{Store, StoreError};
use tokio::sync::{Mutex, Notify};

/// How much may go on at once.
#[derive(Clone, Copy, Debug)]
pub struct CallListSettings {
    /// Sessions of all call lists at once.
    pub sessions_max: usize,
    /// Sessions that begin in one second.
    pub starts_per_s: u32,
}

impl Default for CallListSettings {
    /// Far below what an engine holds, and what a usual trunk takes.
    fn default() -> Self {
        Self {
            sessions_max: 100,
            starts_per_s: 10,
        }
    }
}

/// The call lists of this centre.
pub(crate) struct CallLists {
    store: Store,
    limits: Limits,
    /// Read when it is first needed, and anew after a failed write: what is kept
    /// is right.
    core: Mutex<Option<Outbound>>,
    /// Something changed that the dispatcher should look at.
    changed: Notify,
    /// Sessions that run or may run, for the metrics.
    running: AtomicUsize,
}

impl CallLists {
    pub(crate) fn new(store: Store, settings: CallListSettings) -> Self {
        Self {
            store,
            limits: Limits {
                sessions_max: settings.sessions_max,
                starts_per_s: settings.starts_per_s.max(1),
            },
            core: Mutex::new(None),
            changed: Notify::new(),
            running: AtomicUsize::new(0),
        }
    }

    /// One step of the core, written before its answer is given.
    async fn step<T>(&self, act: impl FnOnce(&mut Outbound, u64) -> T) -> Result<T, StoreError> {
        let mut held = self.core.lock().await;
        if held.is_none() {
            *held = Some(rows::read(&self.store, self.limits, clock::now_ms()).await?);
        }
        let Some(core) = held.as_mut() else {
            return Err(StoreError::Closed);
        };
        let done = act(core, clock::now_ms());
        let changes = core.take_changes();
        self.running.store(core.running(), Ordering::Relaxed);
        if !changes.is_empty()
            && let Err(failure) = rows::write(&self.store, changes).await
        {
            *held = None;
            return Err(failure);
        }
        Ok(done)
    }

    /// The same, after which something may be due.
    pub(crate) async fn change<T>(
        &self,
        act: impl FnOnce(&mut Outbound, u64) -> T,
    ) -> Result<T, StoreError> {
        let done = self.step(act).await?;
        self.changed.notify_one();
        Ok(done)
    }

    /// Looks at what is there.
    pub(crate) async fn look<T>(
        &self,
        look: impl FnOnce(&Outbound, u64) -> T,
    ) -> Result<T, StoreError> {
        self.step(|core, now_ms| look(core, now_ms)).await
    }

    /// Attempts that began before then go from the record, milliseconds since 1970 UTC.
    async fn forget_attempts(&self, before_ms: u64) -> Result<u64, StoreError> {
        self.store.forget_attempts(before_ms).await
    }

    /// Another backend owns the centre: what is known here will be old.
    async fn forget(&self) {
        *self.core.lock().await = None;
        self.running.store(0, Ordering::Relaxed);
    }

    /// Sessions that run or may run.
    pub(crate) fn running(&self) -> usize {
        self.running.load(Ordering::Relaxed)
    }

    /// What sessions report. The same words again change nothing.
    pub(crate) async fn tell(&self, news: Vec<AttemptNews>) -> Result<(), StoreError> {
        let tell = |core: &mut Outbound, now_ms| {
            for one in news {
                let (key, contact) = one.of();
                if let Some(contact) = contact {
                    core.called(now_ms, key, contact);
                }
                match one {
                    AttemptNews::Result { data, .. } => {
                        core.report(now_ms, key, Report::Result(data));
                    }
                    AttemptNews::Error { data, .. } => {
                        core.report(now_ms, key, Report::Error(data));
                    }
                    AttemptNews::Progress { data, .. } => {
                        core.report(now_ms, key, Report::Progress(data));
                    }
                    AttemptNews::NextAttempt { data, .. } => {
                        let next = NextAttempt::parse(&data, now_ms);
                        core.report(now_ms, key, Report::Next(next));
                    }
                    AttemptNews::Over { .. } => core.ended(now_ms, key, Ending::Over),
                    AttemptNews::CutOff { .. } => core.ended(now_ms, key, Ending::Lost),
                }
            }
        };
        self.change(tell).await
    }

    /// An engine said which attempts it has.
    pub(crate) async fn heard(
        &self,
        engine: &str,
        instance: &str,
        attempts: &[(u64, u32)],
    ) -> Result<(), StoreError> {
        let has: BTreeSet<(TaskId, u32)> = attempts
            .iter()
            .map(|(task, attempt)| (TaskId(*task), *attempt))
            .collect();
        self.change(|core, now_ms| core.heard(now_ms, engine, instance, &has))
            .await
    }
}
