//! Tells the backend whose phones are registered, so that no caller is
//! offered to a phone that is not there (promise P4) and the agent sees it.

use crate::config::BackendLink;
use crate::shared::Shared;
use std::sync::Arc;
use std::time::Duration;

/// The whole list is repeated this often, so that a restarted backend knows
/// it soon; the backend forgets what it has not heard for 30 s.
const REPEAT_EVERY: Duration = Duration::from_secs(10);
/// Changes are gathered this long: a hundred phones that register at once
/// after a power cut make few requests.
const GATHER: Duration = Duration::from_millis(100);
/// A backend that does not answer by then is tried again later.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Runs until the engine's runtime ends.
pub(crate) async fn report(
    shared: Arc<Shared>,
    link: BackendLink,
    changed: Arc<tokio::sync::Notify>,
) {
    let client = reqwest::Client::builder()
        .no_proxy()
        .timeout(TIMEOUT)
        .build();
    let client = match client {
        Ok(client) => client,
        Err(error) => {
            tracing::error!(%error, "phones cannot be reported to the backend");
            return;
        }
    };
    let url = format!("{}/api/v1/devices", link.url.trim_end_matches('/'));
    let mut was_down = false;
    loop {
        let registered = shared
            .sip
            .get()
            .map(sip::Sip::registered)
            .unwrap_or_default();
        let body = serde_json::json!({
            "registered": registered,
            "engine": {
                "url": shared.public_url.get(),
                "configuration_version": shared.uploaded.version(),
                "instance": shared.attempts.instance(),
                "attempts": shared.attempts.held(),
            },
        });
        let sent = client
            .put(&url)
            .bearer_auth(&link.token)
            .json(&body)
            .send()
            .await;
        let trouble = match sent.and_then(reqwest::Response::error_for_status) {
            Ok(_) => None,
            Err(error) => Some(error.without_url().to_string()),
        };
        match (&trouble, was_down) {
            (Some(why), false) => {
                tracing::warn!(%why, "the backend does not take the list of phones (401: both halves need the same `http.engine_token`)")
            }
            (None, true) => tracing::info!("the backend takes the list of phones again"),
            (Some(_), true) | (None, false) => {}
        }
        was_down = trouble.is_some();
        tokio::select! {
            () = tokio::time::sleep(REPEAT_EVERY) => {}
            () = changed.notified() => tokio::time::sleep(GATHER).await,
        }
    }
}
