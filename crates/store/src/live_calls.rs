//! Access URLs of live calls' sessions, written along with the journal.

use crate::{AccessUrl, Store, StoreError};
use sqlx::Row;

impl Store {
    /// All access URLs.
    pub async fn access_urls(&self) -> Result<Vec<AccessUrl>, StoreError> {
        let rows = sqlx::query("SELECT session_id, access_url FROM live_calls")
            .fetch_all(&self.pool)
            .await?;
        rows.iter()
            .map(|row| {
                Ok(AccessUrl {
                    session_id: row.try_get("session_id")?,
                    url: row.try_get("access_url")?,
                })
            })
            .collect()
    }

    /// Hands the writer a session whose call is over: its URL is forgotten.
    pub async fn forget_access_url(&self, session_id: String) -> Result<(), StoreError> {
        self.writer.forget(session_id).await
    }
}
