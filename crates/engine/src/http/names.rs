//! Names of hosts that scenarios ask for.

use crate::reach::is_public;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// Why a name leads nowhere.
#[derive(Debug, thiserror::Error)]
pub(super) enum NameError {
    /// The owner of the configuration can allow it.
    #[error("private address behind {0}")]
    Private(String),
    /// The name is wrong, or the name server is down.
    #[error("{host}: {why}")]
    Unknown {
        /// The name.
        host: String,
        /// What the system said.
        why: String,
    },
}

/// Resolves names. For hosts that are not trusted private addresses are dropped
/// here, so that a name cannot be rebound to one between the check and the
/// connection.
pub(super) struct Names {
    pub(super) public_only: bool,
}

impl Resolve for Names {
    fn resolve(&self, name: Name) -> Resolving {
        let public_only = self.public_only;
        Box::pin(async move {
            let host = name.as_str().to_owned();
            let unknown = |why: String| NameError::Unknown {
                host: host.clone(),
                why,
            };
            let found = tokio::net::lookup_host((host.as_str(), 0)).await;
            let all: Vec<_> = found.map_err(|error| unknown(error.to_string()))?.collect();
            if all.is_empty() {
                return Err(unknown("it has no address".to_owned()).into());
            }
            let usable: Vec<_> = all
                .into_iter()
                .filter(|at| !public_only || is_public(at.ip()))
                .collect();
            if usable.is_empty() {
                return Err(NameError::Private(host).into());
            }
            Ok(Box::new(usable.into_iter()) as Addrs)
        })
    }
}
