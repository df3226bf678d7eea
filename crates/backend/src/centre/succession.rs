//! Who owns the centre: this backend now, this backend later, or another.

use super::Request;
use super::owner::{Ended, Owner, OwnerParts};
use crate::StartError;
use futures_util::FutureExt;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::Ordering;
use std::time::Duration;
use store::{Claim, DatabaseKind};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tracing::{error, info, warn};

/// How often a backend that stands by looks whether the centre is free.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// How long a start waits for the owner of a SQLite file, which may be a
/// process that is just ending.
const FILE_WAIT: Duration = Duration::from_secs(5);

/// Starts the owner, or learns that this backend has to stand by (`None`).
pub(crate) async fn first(parts: &OwnerParts) -> Result<Option<Owner>, StartError> {
    let began = Instant::now();
    loop {
        match parts.store.claim(&parts.holder).await? {
            Claim::Owned { epoch } => {
                info!(epoch, "this backend owns the centre");
                return Owner::start(parts.clone()).await.map(Some);
            }
            Claim::Held { holder } => match parts.store.kind() {
                DatabaseKind::Postgres => {
                    info!(%holder, "another backend owns the centre: standing by");
                    return Ok(None);
                }
                DatabaseKind::Sqlite if began.elapsed() >= FILE_WAIT => {
                    return Err(StartError::Owned { holder });
                }
                DatabaseKind::Sqlite => tokio::time::sleep(LOOK_EVERY).await,
            },
        }
    }
}

/// Pause after an owner that failed even while it started: what it fails on is in the
/// journal, and only another program will do.
const FAILED_AGAIN: Duration = Duration::from_secs(5);

/// Owns the centre, stands by when it is lost, and takes it over when it is
/// free, until the backend stops. An owner that fails by a defect of ours is replaced by
/// one that starts from the journal, so that no such defect stops every queue (promise P2).
pub(crate) async fn hold(
    parts: OwnerParts,
    first: Option<Owner>,
    mut requests: mpsc::Receiver<Request>,
) {
    let mut owner = first;
    loop {
        if let Some(owner) = owner.take() {
            // What it leaves half done goes with it: the next one knows only the journal.
            let ran = AssertUnwindSafe(owner.run(&mut requests)).catch_unwind();
            match ran.await {
                Ok(Ended::Stopped) => return,
                Ok(Ended::Lost) => warn!("the centre is lost: standing by"),
                Err(_) => give_up_what_failed(&parts).await,
            }
        }
        tokio::select! {
            () = parts.stop.cancelled() => return,
            next = AssertUnwindSafe(take_over(&parts)).catch_unwind() => match next {
                Ok(next) => owner = Some(next),
                Err(_) => {
                    give_up_what_failed(&parts).await;
                    tokio::time::sleep(FAILED_AGAIN).await;
                }
            }
        }
    }
}

/// The centre is free for the next owner.
async fn give_up_what_failed(parts: &OwnerParts) {
    error!("the centre's owner failed by a defect of the program: starting it anew");
    parts.ready.store(false, Ordering::Release);
    if let Err(failure) = parts.store.release().await {
        // The lease runs out by itself.
        warn!(%failure, "the centre was not given up");
    }
}

async fn take_over(parts: &OwnerParts) -> Owner {
    loop {
        match parts.store.claim(&parts.holder).await {
            Ok(Claim::Held { .. }) => {}
            Ok(Claim::Owned { epoch }) => {
                info!(epoch, "taking the centre over");
                match Owner::start(parts.clone()).await {
                    Ok(owner) => return owner,
                    Err(failure) => error!(%failure, "the centre cannot be taken over"),
                }
                if let Err(failure) = parts.store.release().await {
                    // The lease runs out by itself.
                    warn!(%failure, "the centre was not given up");
                }
            }
            Err(failure) => warn!(%failure, "the database does not answer"),
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use crate::{Backend, BackendConfig};
    use acd::{Actor, AgentId, Input, Intent};
    use std::time::{Duration, Instant};
    use store::{NewUser, Role, Store};

    #[tokio::test]
    async fn an_owner_that_fails_is_replaced_by_one_that_knows_everything() {
        rustls::crypto::ring::default_provider()
            .install_default()
            .ok();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("cordboard.db");
        let store = Store::open(file.to_str().unwrap()).await.unwrap();
        let anna = NewUser {
            name: "anna".into(),
            role: Role::Agent,
            display_name: "Anna".into(),
            password_hash: None,
            sip_ha1_md5: String::new(),
            sip_ha1_sha256: String::new(),
            sip_realm: "cordboard".into(),
            contact_json: None,
        };
        store.add_user(anna).await.unwrap();
        let config = BackendConfig {
            bind: "127.0.0.1:0".parse().unwrap(),
            scenario_token: "scenarios".into(),
            engine_token: "engines".into(),
            queues: vec![acd::QueueConfig::named("support")],
            ..BackendConfig::default()
        };
        let backend = Backend::start(config, store).await.unwrap();
        let centre = backend.centre.clone();
        let lunch = || Intent::NotReady {
            reason: "lunch".into(),
        };
        let chosen = Input::SetIntent {
            agent: "anna".into(),
            intent: lunch(),
            by: Actor::Agent,
            why: String::new(),
        };
        centre.change(chosen).await.unwrap();
        let failed = centre.read(|_| -> () { panic!("put in on purpose") }).await;
        assert!(failed.is_err());
        let began = Instant::now();
        let intent = loop {
            let name = AgentId::from("anna");
            let read = centre.read(move |reader| reader.center.agent(&name));
            if let Ok(Some(agent)) = read.await {
                break agent.intent;
            }
            assert!(
                began.elapsed() < Duration::from_secs(20),
                "nobody took over"
            );
            tokio::time::sleep(Duration::from_millis(10)).await;
        };
        assert_eq!(intent, lunch());
        backend.shutdown().await;
    }
}
