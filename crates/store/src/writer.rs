//! Group commit: one task owns the writing connection, takes whatever has
//! queued up, writes it in one transaction and answers everybody at once.

use crate::{JournalEntry, RecordRow, StoreError, to_sql};
use sqlx::pool::PoolConnection;
use sqlx::{Any, Connection, Transaction};
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};

/// Jobs that may wait for the writer; a sender waits when it is full. At the
/// target of some thousand inputs a second this is well over a second of work,
/// which a healthy disk never builds up.
const JOBS_MAX: usize = 1_024;

/// Jobs written in one transaction: enough to make the cost of a commit
/// vanish, few enough that the first one does not wait long for the last.
const JOBS_PER_COMMIT: usize = 256;

enum Job {
    Append {
        entries: Vec<JournalEntry>,
        done: oneshot::Sender<Result<(), StoreError>>,
    },
    Record {
        rows: Vec<RecordRow>,
    },
    Forget {
        session_id: String,
    },
    Stop {
        done: oneshot::Sender<()>,
    },
}

/// Sends work to the writing task.
#[derive(Clone)]
pub(crate) struct Writer {
    jobs: mpsc::Sender<Job>,
}

impl Writer {
    /// Starts the task on a connection of its own.
    pub(crate) fn start(connection: PoolConnection<Any>) -> Self {
        let (jobs, queue) = mpsc::channel(JOBS_MAX);
        tokio::spawn(run(connection, queue));
        Self { jobs }
    }

    pub(crate) async fn append(&self, entries: Vec<JournalEntry>) -> Result<(), StoreError> {
        let (done, result) = oneshot::channel();
        self.send(Job::Append { entries, done }).await?;
        result.await.map_err(|_| StoreError::Closed)?
    }

    pub(crate) async fn record(&self, rows: Vec<RecordRow>) -> Result<(), StoreError> {
        self.send(Job::Record { rows }).await
    }

    pub(crate) async fn forget(&self, session_id: String) -> Result<(), StoreError> {
        self.send(Job::Forget { session_id }).await
    }

    pub(crate) async fn stop(&self) {
        let (done, stopped) = oneshot::channel();
        if self.jobs.send(Job::Stop { done }).await.is_ok() {
            // An error means that the task is gone, which is what was asked for.
            let _ = stopped.await;
        }
    }

    async fn send(&self, job: Job) -> Result<(), StoreError> {
        self.jobs.send(job).await.map_err(|_| StoreError::Closed)
    }
}

async fn run(mut connection: PoolConnection<Any>, mut queue: mpsc::Receiver<Job>) {
    let mut jobs = Vec::with_capacity(JOBS_PER_COMMIT);
    // Work that answers nobody (facts, forgetting) is kept when a commit fails
    // and goes along with the next one.
    let mut kept: Vec<Job> = Vec::new();
    while queue.recv_many(&mut jobs, JOBS_PER_COMMIT).await > 0 {
        let mut stops = Vec::new();
        let mut work = std::mem::take(&mut kept);
        for job in jobs.drain(..) {
            match job {
                Job::Stop { done } => stops.push(done),
                Job::Append { .. } | Job::Record { .. } | Job::Forget { .. } => work.push(job),
            }
        }
        kept = commit(&mut connection, work).await;
        if !stops.is_empty() {
            queue.close();
            drop(connection);
            for done in stops {
                // Whoever asked may have gone; the task has stopped all the same.
                let _ = done.send(());
            }
            return;
        }
    }
}

/// Writes all jobs in one transaction and answers them. Returns those to be
/// tried again. When the transaction fails, every journal append is tried in
/// one of its own, so that a bad one does not take the others with it.
async fn commit(connection: &mut PoolConnection<Any>, work: Vec<Job>) -> Vec<Job> {
    if work.is_empty() {
        return work;
    }
    let Err(error) = write_all(connection, &work).await else {
        answer(work, Ok(()));
        return Vec::new();
    };
    let mut kept = Vec::new();
    let several = work.len() > 1;
    let shared = Arc::new(error);
    for job in work {
        match job {
            Job::Append { entries, done } => {
                let one = vec![Job::Append { entries, done }];
                let result = if several {
                    write_all(connection, &one).await
                } else {
                    Err(again(&shared))
                };
                answer(one, result);
            }
            Job::Record { .. } | Job::Forget { .. } | Job::Stop { .. } => kept.push(job),
        }
    }
    // Facts can be made again from the journal: past this many the oldest go,
    // and the next start writes them.
    let excess = kept.len().saturating_sub(JOBS_MAX);
    kept.drain(..excess);
    kept
}

fn again(error: &StoreError) -> StoreError {
    match error {
        StoreError::JournalTaken(seq) => StoreError::JournalTaken(*seq),
        other => StoreError::Database(sqlx::Error::Protocol(other.to_string())),
    }
}

fn answer(work: Vec<Job>, result: Result<(), StoreError>) {
    for job in work {
        if let Job::Append { done, .. } = job {
            let one = match &result {
                Ok(()) => Ok(()),
                Err(error) => Err(again(error)),
            };
            // Nobody waits any more: the rows are written (or not) all the same.
            let _ = done.send(one);
        }
    }
}

async fn write_all(connection: &mut PoolConnection<Any>, work: &[Job]) -> Result<(), StoreError> {
    let mut transaction = connection.begin().await?;
    for job in work {
        match job {
            Job::Append { entries, .. } => {
                for entry in entries {
                    write_entry(&mut transaction, entry).await?;
                }
            }
            Job::Record { rows } => {
                for row in rows {
                    write_record(&mut transaction, row).await?;
                }
            }
            Job::Forget { session_id } => {
                sqlx::query("DELETE FROM live_calls WHERE session_id = $1")
                    .bind(session_id)
                    .execute(&mut *transaction)
                    .await?;
            }
            Job::Stop { .. } => {}
        }
    }
    transaction.commit().await?;
    Ok(())
}

async fn write_entry(
    transaction: &mut Transaction<'_, Any>,
    entry: &JournalEntry,
) -> Result<(), StoreError> {
    let written = sqlx::query(
        "INSERT INTO journal (seq, at_ms, version, input_json) VALUES ($1, $2, $3, $4) ON CONFLICT (seq) DO NOTHING",
    )
    .bind(to_sql(entry.seq))
    .bind(to_sql(entry.at_ms))
    .bind(i64::from(entry.version))
    .bind(&entry.input_json)
    .execute(&mut **transaction)
    .await?;
    if written.rows_affected() == 0 {
        return Err(StoreError::JournalTaken(entry.seq));
    }
    if let Some(access) = &entry.access {
        sqlx::query(
            "INSERT INTO live_calls (session_id, access_url) VALUES ($1, $2) \
             ON CONFLICT (session_id) DO UPDATE SET access_url = excluded.access_url",
        )
        .bind(&access.session_id)
        .bind(&access.url)
        .execute(&mut **transaction)
        .await?;
    }
    Ok(())
}

async fn write_record(
    transaction: &mut Transaction<'_, Any>,
    row: &RecordRow,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO records (seq, ordinal, at_ms, kind, call_id, agent, fact_json) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (seq, ordinal) DO NOTHING",
    )
    .bind(to_sql(row.seq))
    .bind(i64::from(row.ordinal))
    .bind(to_sql(row.at_ms))
    .bind(&row.kind)
    .bind(&row.call_id)
    .bind(&row.agent)
    .bind(&row.fact_json)
    .execute(&mut **transaction)
    .await?;
    Ok(())
}
