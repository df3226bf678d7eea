//! Who owns the centre: this backend now, this backend later, or another.

use super::Request;
use super::owner::{Ended, Owner, OwnerParts};
use crate::StartError;
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

/// Owns the centre, stands by when it is lost, and takes it over when it is
/// free, until the backend stops.
pub(crate) async fn hold(
    parts: OwnerParts,
    first: Option<Owner>,
    mut requests: mpsc::Receiver<Request>,
) {
    let mut owner = first;
    loop {
        if let Some(owner) = owner.take() {
            match owner.run(&mut requests).await {
                Ended::Stopped => return,
                Ended::Lost => warn!("the centre is lost: standing by"),
            }
        }
        tokio::select! {
            () = parts.stop.cancelled() => return,
            next = take_over(&parts) => owner = Some(next),
        }
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
