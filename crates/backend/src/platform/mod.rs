//! The management API (voxengine.md §10): sessions started from outside, and
//! applications, scenarios, rules, users and secrets that were uploaded.
//!
//! It lives in the backend because the backend owns what is kept and knows the
//! people; engines stay without state of their own. An engine announces itself
//! with its list of phones; the backend starts sessions on it and sends it every
//! change of the uploaded configuration, over HTTP as everything between halves.

pub mod account;
mod call_lists;
mod catalogue;
mod commands;
mod credentials;
mod engines;
mod failure;
mod history;
mod items;
mod parameters;
mod sessions;
mod users;

pub use catalogue::ConfiguredRule;
pub(crate) use commands::{Answer, answer};
pub(crate) use failure::Failure;
pub(crate) use history::read_reported;
pub(crate) use parameters::{FILE, Parameters};
pub(crate) use sessions::AttemptStart;

use crate::call_lists::{CallListSettings, CallLists};
use crate::clock;
use catalogue::{Catalogue, Object};
use engines::Engines;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use store::{Store, StoreError};
use tokio::sync::Semaphore;

/// Requests to an engine: it answers in milliseconds, and within 10 s at worst.
const ENGINE_TIMEOUT: Duration = Duration::from_secs(12);
/// `StartScenarios` under way at once, as on the cloud.
const STARTS_AT_ONCE: usize = 200;
/// Commands in a burst, and a second in the long run.
const BURST: f64 = 400.0;
const PER_SECOND: f64 = 100.0;

/// The management API's state.
pub(crate) struct Platform {
    store: Store,
    catalogue: tokio::sync::Mutex<Catalogue>,
    engines: Engines,
    /// Held while engines are told, so that the newest state is told last.
    publishing: tokio::sync::Mutex<()>,
    starts: Semaphore,
    bucket: parking_lot::Mutex<Bucket>,
    client: reqwest::Client,
    /// The token between the halves.
    token: String,
    /// Realm of the SIP secrets of users that are added.
    sip_realm: String,
    history: history::Keeping,
    call_lists: CallLists,
}

struct Bucket {
    tokens: f64,
    refilled_ms: u64,
}

impl Platform {
    /// Reads what is kept.
    pub(crate) async fn open(
        store: Store,
        configured: Vec<ConfiguredRule>,
        token: String,
        sip_realm: String,
        history_keep_days: u64,
        call_lists: CallListSettings,
    ) -> Result<Self, crate::StartError> {
        let objects = read(&store).await?;
        // An error only says that a provider is installed already.
        rustls::crypto::ring::default_provider()
            .install_default()
            .ok();
        let client = reqwest::Client::builder()
            .timeout(ENGINE_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .map_err(|error| crate::StartError::HttpClient(error.to_string()))?;
        Ok(Self {
            call_lists: CallLists::new(store.clone(), call_lists),
            store,
            catalogue: tokio::sync::Mutex::new(Catalogue::new(configured, objects)),
            engines: Engines::default(),
            publishing: tokio::sync::Mutex::new(()),
            starts: Semaphore::new(STARTS_AT_ONCE),
            bucket: parking_lot::Mutex::new(Bucket {
                tokens: BURST,
                refilled_ms: 0,
            }),
            client,
            token,
            sip_realm,
            history: history::Keeping {
                keep_days: history_keep_days,
                forgot_ms: std::sync::atomic::AtomicU64::new(0),
            },
        })
    }

    /// The call lists.
    pub(crate) fn call_lists(&self) -> &CallLists {
        &self.call_lists
    }

    /// One change: written before it is seen, all of it or nothing.
    async fn change<T>(
        &self,
        act: impl FnOnce(&mut Catalogue, u64) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let mut catalogue = self.catalogue.lock().await;
        // Another backend may have owned the centre since this one read it.
        let mut next = catalogue.with(read(&self.store).await?);
        let done = act(&mut next, clock::now_ms())?;
        let changes = next.take_changes();
        if changes.is_empty() {
            return Ok(done);
        }
        let mut rows = Vec::with_capacity(changes.len());
        for (id, object) in changes {
            let json = object
                .map(|object| serde_json::to_string(&object))
                .transpose();
            let json = json.map_err(|error| Failure::internal(error.to_string()))?;
            rows.push((id, json));
        }
        self.store.change_platform_objects(&rows).await?;
        *catalogue = next;
        Ok(done)
    }

    /// The same, and every engine has it before the answer goes out.
    async fn change_and_publish<T>(
        &self,
        act: impl FnOnce(&mut Catalogue, u64) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let done = self.change(act).await?;
        for url in self.engines.live(clock::now_ms()) {
            self.publish(&url).await;
        }
        Ok(done)
    }

    /// An engine said that it lives and which state it has.
    pub(crate) async fn heard(self: &Arc<Self>, url: String, version: String) {
        self.engines.heard(&url, clock::now_ms());
        if self.has(&version).await {
            return;
        }
        match read(&self.store).await {
            Ok(objects) => {
                let mut catalogue = self.catalogue.lock().await;
                *catalogue = catalogue.with(objects);
            }
            Err(error) => return tracing::warn!(%error, "the uploads were not read"),
        }
        if !self.has(&version).await && self.engines.begin_publishing(&url) {
            let platform = Arc::clone(self);
            tokio::spawn(async move {
                platform.publish(&url).await;
                platform.engines.end_publishing(&url);
            });
        }
    }

    async fn has(&self, version: &str) -> bool {
        self.catalogue.lock().await.publication().version == version
    }

    /// Sends the newest state to an engine. What fails is sent again when the
    /// engine is next heard of.
    async fn publish(&self, url: &str) {
        let _turn = self.publishing.lock().await;
        let body = self.catalogue.lock().await.publication().body.clone();
        let sent = self
            .client
            .put(format!("{url}/internal/configuration"))
            .bearer_auth(&self.token)
            .header(reqwest::header::CONTENT_TYPE, "application/json")
            .body(body)
            .send()
            .await;
        match sent {
            Ok(answer) if answer.status().is_success() => {}
            Ok(answer) => {
                let status = answer.status();
                let why = answer.text().await.unwrap_or_default();
                tracing::error!(%status, why, "an engine refused the uploaded configuration");
            }
            Err(error) => {
                tracing::warn!(error = %error.without_url(), "an engine did not take the uploaded configuration");
            }
        }
    }

    /// Whether one more command may be done now.
    fn admit(&self) -> Result<(), Failure> {
        let now_ms = clock::now_ms();
        let mut bucket = self.bucket.lock();
        let since_ms = now_ms.saturating_sub(bucket.refilled_ms);
        #[allow(
            clippy::cast_precision_loss,
            reason = "milliseconds since the last command"
        )]
        let refill = since_ms as f64 / 1_000.0 * PER_SECOND;
        bucket.tokens = (bucket.tokens + refill).min(BURST);
        bucket.refilled_ms = now_ms;
        if bucket.tokens < 1.0 {
            return Err(Failure::rate_limit());
        }
        bucket.tokens -= 1.0;
        Ok(())
    }
}

async fn read(store: &Store) -> Result<BTreeMap<u64, Object>, StoreError> {
    let mut objects = BTreeMap::new();
    for (id, json) in store.platform_objects().await? {
        let object = serde_json::from_str(&json).map_err(|error| StoreError::BadRow {
            table: "platform_objects",
            why: format!("row {id}: {error}"),
        })?;
        objects.insert(id, object);
    }
    Ok(objects)
}
