//! Key-value items: `ApplicationStorage` from outside. It lives in the engine;
//! with several engines each has its own, so writes go to all of them and
//! reads to the first.

use super::Platform;
use super::engines::Engines;
use super::failure::Failure;
use super::parameters::Parameters;
use super::sessions::waited;
use crate::clock;
use serde_json::{Value, json};

/// Longest key and value, characters, and longest life, as in scenarios.
const KEY_CHARS_MAX: usize = 200;
const VALUE_CHARS_MAX: usize = 2_000;
const TTL_S_MAX: u64 = 7_776_000;
/// Longest page.
const COUNT_MAX: u64 = 1_000;

impl Platform {
    /// `SetKeyValueItem`; `ttl` in seconds or `expires_at` in Unix seconds.
    pub(super) async fn set_item(&self, sent: &Parameters) -> Result<Value, Failure> {
        let key = key_of(sent)?;
        let value = sent.required("value", VALUE_CHARS_MAX * 4)?;
        if value.chars().count() > VALUE_CHARS_MAX {
            return Err(Failure::argument(
                "value",
                format!("is longer than {VALUE_CHARS_MAX} characters"),
            ));
        }
        let now_s = clock::now_ms() / 1_000;
        let expires = sent
            .number("expires_at")?
            .map(|at_s| at_s.saturating_sub(now_s));
        let ttl_s = sent.number("ttl")?.or(expires);
        let ttl_s = ttl_s.ok_or_else(|| Failure::argument("ttl", "is missing"))?;
        if ttl_s > TTL_S_MAX {
            return Err(Failure::argument("ttl", format!("is above {TTL_S_MAX}")));
        }
        let put = json!({"op": "put", "key": key, "value": value, "ttl_s": ttl_s});
        let items = self.everywhere(&put).await?;
        let item = items
            .first()
            .ok_or_else(|| Failure::internal("the item was not kept"))?;
        Ok(json!({"result": shown(item)}))
    }

    /// `GetKeyValueItem`
    pub(super) async fn get_item(&self, sent: &Parameters) -> Result<Value, Failure> {
        let items = self
            .first(&json!({"op": "get", "key": key_of(sent)?}))
            .await?;
        let item = items
            .first()
            .ok_or_else(|| Failure::argument("key", "is unknown"))?;
        Ok(json!({"result": shown(item)}))
    }

    /// `DelKeyValueItem`
    pub(super) async fn del_item(&self, sent: &Parameters) -> Result<Value, Failure> {
        let removed = self
            .everywhere(&json!({"op": "remove", "key": key_of(sent)?}))
            .await?;
        if removed.is_empty() {
            return Err(Failure::argument("key", "is unknown"));
        }
        Ok(json!({"result": 1}))
    }

    /// `GetKeyValueKeys`; `key` is a pattern with `*`.
    pub(super) async fn get_keys(&self, sent: &Parameters) -> Result<Value, Failure> {
        let items = self.keys(sent).await?;
        let shown = items
            .iter()
            .map(|item| json!({"key": item["key"], "expires_at": expires(item)}));
        let shown: Vec<Value> = shown.collect();
        Ok(json!({"count": shown.len(), "result": shown}))
    }

    /// `GetKeyValueItems`
    pub(super) async fn get_items(&self, sent: &Parameters) -> Result<Value, Failure> {
        let mut rows = Vec::new();
        for item in self.keys(sent).await? {
            let get = json!({"op": "get", "key": item["key"]});
            rows.extend(self.first(&get).await?.first().map(shown));
        }
        Ok(json!({"count": rows.len(), "result": rows}))
    }

    async fn keys(&self, sent: &Parameters) -> Result<Vec<Value>, Failure> {
        let pattern = sent.optional("key", KEY_CHARS_MAX * 4)?.unwrap_or("*");
        let offset = sent.number("offset")?.unwrap_or(0).min(COUNT_MAX);
        let count = sent.number("count")?.unwrap_or(20).min(COUNT_MAX);
        let keys = json!({"op": "keys", "pattern": pattern, "count": offset + count});
        let skip = usize::try_from(offset).unwrap_or(usize::MAX);
        Ok(self.first(&keys).await?.into_iter().skip(skip).collect())
    }

    async fn first(&self, operation: &Value) -> Result<Vec<Value>, Failure> {
        let engines = waited(&self.engines, Engines::live).await;
        let none = || Failure::internal("no engine is running");
        self.operate(engines.first().ok_or_else(none)?, operation)
            .await
    }

    async fn everywhere(&self, operation: &Value) -> Result<Vec<Value>, Failure> {
        let mut done = Err(Failure::internal("no engine is running"));
        for url in waited(&self.engines, Engines::live).await {
            let one = self.operate(&url, operation).await?;
            done = done.or(Ok(one));
        }
        done
    }

    async fn operate(&self, url: &str, operation: &Value) -> Result<Vec<Value>, Failure> {
        let url = format!("{url}/internal/storage");
        let sent = self
            .client
            .post(url)
            .bearer_auth(&self.token)
            .json(operation)
            .send()
            .await;
        let answer = sent.map_err(|error| {
            tracing::warn!(error = %error.without_url(), "an engine's storage does not answer");
            Failure::internal("the engine does not answer")
        })?;
        let refused = !answer.status().is_success();
        let mut said: Value = answer.json().await.unwrap_or_default();
        if refused {
            let why = said["error"]["message"].as_str().unwrap_or_default();
            return Err(Failure::forbidden(why));
        }
        match said["items"].take() {
            Value::Array(items) => Ok(items),
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Object(_) => Ok(Vec::new()),
        }
    }
}

fn key_of(sent: &Parameters) -> Result<&str, Failure> {
    let key = sent.required("key", KEY_CHARS_MAX * 4)?;
    if key.chars().count() > KEY_CHARS_MAX {
        return Err(Failure::argument(
            "key",
            format!("is longer than {KEY_CHARS_MAX} characters"),
        ));
    }
    Ok(key)
}

fn shown(item: &Value) -> Value {
    json!({"key": item["key"], "value": item["value"], "expires_at": expires(item)})
}

fn expires(item: &Value) -> u64 {
    item["expire_at_ms"].as_u64().unwrap_or(0) / 1_000
}
