//! Lets signalling look users up in the database.

use sip::futures_free::BoxFuture;
use sip::{Directory, Ha1};
use store::Store;

/// Users of the store, for one realm.
pub(crate) struct StoreDirectory {
    store: Store,
    realm: String,
}

impl StoreDirectory {
    /// Looks up users whose secrets were made for `realm`.
    pub(crate) fn new(store: Store, realm: String) -> Self {
        Self { store, realm }
    }
}

impl Directory for StoreDirectory {
    fn ha1(&self, user: &str) -> BoxFuture<Option<Ha1>> {
        let store = self.store.clone();
        let (user, realm) = (user.to_owned(), self.realm.clone());
        Box::pin(async move {
            let found = match store.user(&user).await {
                Ok(found) => found?,
                Err(error) => {
                    tracing::error!(%error, "a user could not be looked up");
                    return None;
                }
            };
            if found.disabled {
                return None;
            }
            if found.sip_realm != realm {
                tracing::warn!(user, made_for = %found.sip_realm, %realm,
                    "this user's SIP secret was made for another sip.realm and no longer fits");
                return None;
            }
            Some(Ha1 {
                md5: found.sip_ha1_md5,
                sha256: found.sip_ha1_sha256,
            })
        })
    }
}
