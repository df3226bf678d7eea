//! Group commit: one task owns the writing connection, takes whatever has
//! queued up, writes it in one transaction and answers everybody at once.

use crate::batch::Batch;
use crate::file::FileConnection;
use crate::ownership::{Claim, Ownership, RENEW_EVERY};
use crate::{CallListRow, JournalEntry, RecordRow, SessionRow, Snapshot, StoreError, insert};
use sqlx::pool::PoolConnection;
use sqlx::{Any, AnyPool, Connection};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;

/// Jobs that may wait for the writer; a sender waits when it is full. At the
/// target of some thousand inputs a second this is well over a second of work,
/// which a healthy disk never builds up.
const JOBS_MAX: usize = 1_024;

/// Jobs written in one transaction: enough to make the cost of a commit
/// vanish, few enough that the first one does not wait long for the last.
const JOBS_PER_COMMIT: usize = 256;

/// How long work that is in no hurry (facts, forgetting, the history) lies before it is
/// written for itself. On a busy centre the next input comes sooner and takes it along, which saves
/// every other transaction; reports are later by no more than this.
const UNHURRIED: Duration = Duration::from_millis(100);

/// The connection that writes.
pub(crate) type WriterConnection = PoolConnection<Any>;

type Done<T> = oneshot::Sender<Result<T, StoreError>>;

/// What is written in a transaction.
enum Work {
    Append {
        entries: Vec<JournalEntry>,
        done: Done<()>,
    },
    Record {
        rows: Vec<RecordRow>,
    },
    Forget {
        session_id: String,
    },
    Sessions {
        rows: Vec<SessionRow>,
        done: Done<()>,
    },
    Keep {
        snapshot: Box<Snapshot>,
        done: Done<()>,
    },
    CallLists {
        rows: Vec<CallListRow>,
        done: Done<()>,
    },
}

enum Job {
    Write(Work),
    Claim { holder: String, done: Done<Claim> },
    Release { done: Done<()> },
    Stop { done: oneshot::Sender<()> },
}

/// Sends work to the writing task.
#[derive(Clone)]
pub(crate) struct Writer {
    jobs: mpsc::Sender<Job>,
    lost: watch::Receiver<bool>,
}

impl Writer {
    /// Starts the task on a connection of its own. Where there is a file to write it has
    /// a thread of its own too, for a commit may wait for the disk.
    pub(crate) async fn start(
        pool: AnyPool,
        file: Option<FileConnection>,
        ownership: Ownership,
    ) -> Result<Self, StoreError> {
        let (jobs, queue) = mpsc::channel(JOBS_MAX);
        let (lost, is_lost) = watch::channel(false);
        let has_thread = file.is_some();
        let task = Task {
            connection: pool.acquire().await?,
            pool,
            file,
            ownership,
            kept: Vec::new(),
            kept_until: None,
            facts_given_up: false,
            lost,
        };
        if has_thread {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_time()
                .build()
                .map_err(sqlx::Error::Io)?;
            std::thread::Builder::new()
                .name("journal".to_owned())
                .spawn(move || runtime.block_on(task.run(queue)))
                .map_err(sqlx::Error::Io)?;
        } else {
            tokio::spawn(task.run(queue));
        }
        Ok(Self {
            jobs,
            lost: is_lost,
        })
    }

    pub(crate) async fn append(&self, entries: Vec<JournalEntry>) -> Result<(), StoreError> {
        self.ask(|done| Job::Write(Work::Append { entries, done }))
            .await
    }

    pub(crate) async fn record(&self, rows: Vec<RecordRow>) -> Result<(), StoreError> {
        self.send(Job::Write(Work::Record { rows })).await
    }

    pub(crate) async fn forget(&self, session_id: String) -> Result<(), StoreError> {
        self.send(Job::Write(Work::Forget { session_id })).await
    }

    pub(crate) async fn keep_sessions(&self, rows: Vec<SessionRow>) -> Result<(), StoreError> {
        self.ask(|done| Job::Write(Work::Sessions { rows, done }))
            .await
    }

    pub(crate) async fn keep(&self, snapshot: Snapshot) -> Result<(), StoreError> {
        let snapshot = Box::new(snapshot);
        self.ask(|done| Job::Write(Work::Keep { snapshot, done }))
            .await
    }

    pub(crate) async fn write_call_lists(&self, rows: Vec<CallListRow>) -> Result<(), StoreError> {
        self.ask(|done| Job::Write(Work::CallLists { rows, done }))
            .await
    }

    pub(crate) async fn claim(&self, holder: String) -> Result<Claim, StoreError> {
        self.ask(|done| Job::Claim { holder, done }).await
    }

    pub(crate) async fn release(&self) -> Result<(), StoreError> {
        self.ask(|done| Job::Release { done }).await
    }

    pub(crate) async fn ownership_lost(&self) {
        let mut lost = self.lost.clone();
        if lost.wait_for(|lost| *lost).await.is_err() {
            // The writer is gone; whoever writes is told so.
            std::future::pending::<()>().await;
        }
    }

    pub(crate) async fn stop(&self) {
        let (done, stopped) = oneshot::channel();
        if self.jobs.send(Job::Stop { done }).await.is_ok() {
            // An error means that the task is gone, which is what was asked for.
            let _ = stopped.await;
        }
    }

    async fn ask<T>(&self, job: impl FnOnce(Done<T>) -> Job) -> Result<T, StoreError> {
        let (done, result) = oneshot::channel();
        self.send(job(done)).await?;
        result.await.map_err(|_| StoreError::Closed)?
    }

    async fn send(&self, job: Job) -> Result<(), StoreError> {
        self.jobs.send(job).await.map_err(|_| StoreError::Closed)
    }
}

struct Task {
    pool: AnyPool,
    connection: WriterConnection,
    /// Writes instead of the connection where the database is a file.
    file: Option<FileConnection>,
    ownership: Ownership,
    /// Work in no hurry, and work that answers nobody (facts, forgetting) after a commit
    /// that failed: it goes along with the next one.
    kept: Vec<Work>,
    /// When it is written even if no other work has come.
    kept_until: Option<Instant>,
    /// Some of it was too much to keep.
    facts_given_up: bool,
    lost: watch::Sender<bool>,
}

impl Task {
    async fn run(mut self, mut queue: mpsc::Receiver<Job>) {
        let mut jobs = Vec::with_capacity(JOBS_PER_COMMIT);
        let mut renewed = Instant::now();
        loop {
            let renewal = renewed + RENEW_EVERY;
            let unhurried = self.kept_until.unwrap_or(renewal);
            tokio::select! {
                taken = queue.recv_many(&mut jobs, JOBS_PER_COMMIT) => if taken == 0 { return },
                () = tokio::time::sleep_until(unhurried), if self.kept_until.is_some() => {}
                () = tokio::time::sleep_until(renewal), if self.ownership.is_owner() => {
                    self.renew().await;
                    renewed = Instant::now();
                    continue;
                }
            }
            if self.put_off(&mut jobs) {
                continue;
            }
            self.kept_until = None;
            let mut stops = Vec::new();
            let mut work = std::mem::take(&mut self.kept);
            for job in jobs.drain(..) {
                match job {
                    Job::Write(one) => work.push(one),
                    Job::Claim { holder, done } => {
                        self.commit(std::mem::take(&mut work)).await;
                        let claim = self.claim(&holder).await;
                        renewed = Instant::now();
                        // Whoever asked may have gone; the lease runs out then.
                        let _ = done.send(claim);
                    }
                    Job::Release { done } => {
                        self.commit(std::mem::take(&mut work)).await;
                        let released = self.ownership.release(&mut self.connection).await;
                        let _ = done.send(released);
                    }
                    Job::Stop { done } => stops.push(done),
                }
            }
            if !work.is_empty() {
                // Every commit renews the lease.
                self.commit(work).await;
                renewed = Instant::now();
            }
            if !stops.is_empty() {
                queue.close();
                drop(self);
                for done in stops {
                    // Whoever asked may have gone; the task has stopped all the same.
                    let _ = done.send(());
                }
                return;
            }
        }
    }

    /// Keeps jobs of which none is in a hurry for later, unless the first has lain for
    /// long or they are many; says whether it did.
    fn put_off(&mut self, jobs: &mut Vec<Job>) -> bool {
        let has_time = |job: &Job| match job {
            Job::Write(Work::Record { .. } | Work::Forget { .. } | Work::Sessions { .. }) => true,
            Job::Write(Work::Append { .. } | Work::Keep { .. } | Work::CallLists { .. })
            | Job::Claim { .. }
            | Job::Release { .. }
            | Job::Stop { .. } => false,
        };
        let is_due = self.kept_until.is_some_and(|at| at <= Instant::now());
        let many = self.kept.len() + jobs.len() >= JOBS_PER_COMMIT;
        if is_due || many || !jobs.iter().all(has_time) {
            return false;
        }
        for job in jobs.drain(..) {
            match job {
                Job::Write(work) => self.kept.push(work),
                Job::Claim { .. } | Job::Release { .. } | Job::Stop { .. } => {}
            }
        }
        self.kept_until
            .get_or_insert_with(|| Instant::now() + UNHURRIED);
        true
    }

    async fn claim(&mut self, holder: &str) -> Result<Claim, StoreError> {
        let mut claim = self.ownership.claim(&mut self.connection, holder).await;
        if claim.is_err() && self.reconnect().await {
            claim = self.ownership.claim(&mut self.connection, holder).await;
        }
        if let Ok(Claim::Owned { .. }) = claim {
            self.lost.send_replace(false);
            self.facts_given_up = false;
        }
        claim
    }

    /// A database that does not answer is no loss of the lease: whoever can
    /// reach it decides.
    async fn renew(&mut self) {
        if let Err(StoreError::Database(_)) = self.write_all(&[]).await
            && self.reconnect().await
        {
            // What comes of it shows at the next renewal.
            let _ = self.write_all(&[]).await;
        }
    }

    /// Takes a new connection if the one at hand is broken; says whether it did.
    async fn reconnect(&mut self) -> bool {
        if self.connection.ping().await.is_ok() {
            return false;
        }
        let Ok(connection) = self.pool.acquire().await else {
            return false;
        };
        let broken = std::mem::replace(&mut self.connection, connection);
        // It must not go back to the pool.
        drop(broken.detach());
        self.ownership.resume(&mut self.connection).await.is_ok()
    }

    /// Writes all work in one transaction and answers it; keeps what is to be
    /// tried again. When the transaction fails, every journal append is tried
    /// in one of its own, so that a bad one does not take the others with it.
    async fn commit(&mut self, work: Vec<Work>) {
        if work.is_empty() {
            return;
        }
        let work = self.without_early_snapshots(work);
        let mut result = self.write_all(&work).await;
        if let Err(StoreError::Database(_)) = result
            && self.reconnect().await
        {
            result = self.write_all(&work).await;
        }
        let Err(error) = result else {
            answer(work, Ok(()));
            return;
        };
        let several = work.len() > 1;
        let shared = Arc::new(error);
        for one in work {
            match one {
                Work::Append { .. } | Work::Sessions { .. } => {
                    let one = [one];
                    let result = if several {
                        self.write_all(&one).await
                    } else {
                        Err(again(&shared))
                    };
                    answer(one, result);
                }
                Work::Keep { .. } | Work::CallLists { .. } => answer([one], Err(again(&shared))),
                Work::Record { .. } | Work::Forget { .. } => self.kept.push(one),
            }
        }
        // Facts can be made again from the journal: past this many the oldest go,
        // and the next start writes them.
        let excess = self.kept.len().saturating_sub(JOBS_MAX);
        self.facts_given_up |= excess > 0;
        self.kept.drain(..excess);
    }

    /// A state is not kept while facts of its past are missing, for the next
    /// start would not make them again.
    fn without_early_snapshots(&self, work: Vec<Work>) -> Vec<Work> {
        if !self.facts_given_up {
            return work;
        }
        let is_snapshot = |one: &Work| matches!(one, Work::Keep { .. });
        let (early, work): (Vec<_>, Vec<_>) = work.into_iter().partition(is_snapshot);
        answer(early, Err(StoreError::FactsMissing));
        work
    }

    async fn write_all(&mut self, work: &[Work]) -> Result<(), StoreError> {
        let result = self.try_write_all(work).await;
        if let Err(StoreError::Fenced { .. }) = result
            && self.ownership.is_owner()
        {
            self.ownership.lose();
            self.lost.send_replace(true);
        }
        result
    }

    async fn try_write_all(&mut self, work: &[Work]) -> Result<(), StoreError> {
        let mut entries = Vec::new();
        let mut records = Vec::new();
        let mut sessions = Vec::new();
        let mut over = Vec::new();
        for one in work {
            match one {
                Work::Append { entries: more, .. } => entries.extend(more),
                Work::Record { rows } => records.extend(rows),
                Work::Sessions { rows, .. } => sessions.extend(rows),
                Work::Forget { session_id } => over.push(session_id.as_str()),
                Work::Keep { .. } | Work::CallLists { .. } => {}
            }
        }
        let mut batch = Batch::default();
        self.ownership.fence(&mut batch);
        insert::entries(&mut batch, &entries);
        insert::records(&mut batch, &records);
        insert::sessions(&mut batch, &sessions);
        // After the entries: a session may come and go in one transaction.
        insert::forget(&mut batch, &over);
        for one in work {
            match one {
                Work::Keep { snapshot, .. } => insert::snapshot(&mut batch, snapshot),
                Work::CallLists { rows, .. } => insert::call_lists(&mut batch, rows),
                Work::Append { .. }
                | Work::Record { .. }
                | Work::Forget { .. }
                | Work::Sessions { .. } => {}
            }
        }
        let first = entries.first().map(|entry| entry.seq);
        if let Some(file) = &mut self.file {
            let done = file.run(&batch);
            return done.map_err(|error| self.ownership.judge_file(error, first));
        }
        let done = batch.run(&mut self.connection).await;
        done.map_err(|error| self.ownership.judge(error, first))
    }
}

fn again(error: &StoreError) -> StoreError {
    match error {
        StoreError::JournalTaken(seq) => StoreError::JournalTaken(*seq),
        StoreError::Fenced { epoch } => StoreError::Fenced { epoch: *epoch },
        other => StoreError::Database(sqlx::Error::Protocol(other.to_string())),
    }
}

fn answer(work: impl IntoIterator<Item = Work>, result: Result<(), StoreError>) {
    for one in work {
        let done = match one {
            Work::Append { done, .. }
            | Work::Sessions { done, .. }
            | Work::Keep { done, .. }
            | Work::CallLists { done, .. } => done,
            Work::Record { .. } | Work::Forget { .. } => continue,
        };
        let one = match &result {
            Ok(()) => Ok(()),
            Err(StoreError::FactsMissing) => Err(StoreError::FactsMissing),
            Err(error) => Err(again(error)),
        };
        // Nobody waits any more: the rows are written (or not) all the same.
        let _ = done.send(one);
    }
}
