//! Sessions for tasks: asked of engines when the core says so.

use super::CallLists;
use crate::centre::CentreHandle;
use crate::clock;
use crate::platform::{AttemptStart, Platform};
use outbound::{NotStarted, Outbound, Start};
use std::sync::Arc;
use std::time::Duration;
use tracing::{info, warn};

/// A backend that stands by, or whose database fails, looks again after that.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// The longest sleep: old lists are looked for at least that often.
const SLEEP_MAX: Duration = Duration::from_secs(600);
const DAY_MS: u64 = 86_400_000;
/// How often old attempts are removed from the record.
const FORGET_EVERY_MS: u64 = 3_600_000;

/// Starts what is due for as long as the backend runs. Lists that have been over for
/// `keep_days` go, and attempts that began before; 0 keeps all.
pub(crate) async fn run(platform: Arc<Platform>, centre: CentreHandle, keep_days: u64) {
    let lists = platform.call_lists();
    let mut forgot_ms = 0;
    loop {
        if !centre.is_ready() {
            lists.forget().await;
            tokio::time::sleep(LOOK_EVERY).await;
            continue;
        }
        let due = |core: &mut Outbound, now_ms: u64| {
            let keep_ms = keep_days * DAY_MS;
            if keep_ms > 0 {
                core.forget(now_ms.saturating_sub(keep_ms));
            }
            (core.start_due(now_ms), core.next_due_ms(now_ms))
        };
        // Before the look: what changes during it is looked at again.
        let changed = lists.changed.notified();
        let (starts, next_ms) = match lists.step(due).await {
            Ok(due) => due,
            Err(failure) => {
                warn!(%failure, "call lists wait for the database");
                tokio::time::sleep(LOOK_EVERY).await;
                continue;
            }
        };
        for start in starts {
            tokio::spawn(carry_out(Arc::clone(&platform), start));
        }
        let now_ms = clock::now_ms();
        if keep_days > 0 && now_ms.saturating_sub(forgot_ms) >= FORGET_EVERY_MS {
            forgot_ms = now_ms;
            let before_ms = now_ms.saturating_sub(keep_days * DAY_MS);
            if let Err(failure) = lists.forget_attempts(before_ms).await {
                warn!(%failure, "old attempts of call lists were not removed");
            }
        }
        let sleep = next_ms.map_or(SLEEP_MAX, |at_ms| {
            Duration::from_millis(at_ms.saturating_sub(clock::now_ms())).min(SLEEP_MAX)
        });
        // Whoever loses the centre forgets within a moment, not at the next task.
        let sleep = sleep.min(LOOK_EVERY * 10);
        tokio::select! {
            () = changed => {}
            () = tokio::time::sleep(sleep) => {}
        }
    }
}

/// Asks for one session, and notes what came of it.
pub(crate) async fn carry_out(platform: Arc<Platform>, start: Start) {
    let key = (start.list, start.task, start.attempt);
    let (list, task, attempt) = key;
    let said = platform.start_attempt(&start).await;
    let lists: &CallLists = platform.call_lists();
    let note = |core: &mut Outbound, now_ms: u64| match &said {
        AttemptStart::Began {
            engine,
            instance,
            session_id,
        } => core.started(now_ms, key, engine, instance, *session_id),
        AttemptStart::Unsure { engine } => core.unsure(now_ms, key, engine),
        AttemptStart::Busy(_) => core.not_started(now_ms, key, NotStarted::Busy),
        AttemptStart::Refused(_) => core.not_started(now_ms, key, NotStarted::Refused),
    };
    match &said {
        AttemptStart::Began { session_id, .. } => {
            info!(%list, %task, attempt, session_id, "a call list calls");
        }
        AttemptStart::Unsure { engine } => {
            warn!(%list, %task, attempt, engine, "an engine did not say whether it calls");
        }
        AttemptStart::Busy(why) => warn!(%list, %task, why, "call lists wait"),
        AttemptStart::Refused(why) => warn!(%list, %task, why, "a call list waits"),
    }
    if let Err(failure) = lists.change(note).await {
        // The engine says at its next word whether it has the session.
        warn!(%list, %task, %failure, "the start of a session was not noted");
    }
}
