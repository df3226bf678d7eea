//! `StartScenarios` and `StartConference`: a session without an incoming call,
//! on an engine that lives.

use super::Platform;
use super::catalogue::RuleName;
use super::engines::Engines;
use super::failure::Failure;
use super::parameters::Parameters;
use crate::clock;
use reqwest::StatusCode;
use serde_json::{Value, json};
use std::time::Duration;

/// Longest custom data, bytes: the cloud delivers at least 700, call lists more.
const CUSTOM_DATA_BYTES_MAX: usize = 16 * 1_024;
/// Longest name of a conference, bytes.
const CONFERENCE_BYTES_MAX: usize = 200;
/// After a restart of the backend an engine announces itself within 10 s.
const ENGINE_WAIT: Duration = Duration::from_secs(11);

/// What one engine said.
enum Said {
    Opened(Value),
    /// Ask another one: it is full, or not reachable.
    Another(Failure),
    /// No engine will do it.
    Refused(Failure),
}

impl Platform {
    /// `StartScenarios`; `user_*`, `reference_ip` and `server_location` choose
    /// servers and payers on the cloud and are read over here.
    pub(super) async fn start_scenarios(&self, sent: &Parameters) -> Result<Value, Failure> {
        self.start(sent, None).await
    }

    /// `StartConference`: a live session of the same name is joined.
    pub(super) async fn start_conference(&self, sent: &Parameters) -> Result<Value, Failure> {
        let name = sent.required("conference_name", CONFERENCE_BYTES_MAX)?;
        self.start(sent, Some(name)).await
    }

    async fn start(&self, sent: &Parameters, conference: Option<&str>) -> Result<Value, Failure> {
        let rule = self.catalogue.lock().await.rule_to_start(sent)?;
        let custom_data = sent.optional("script_custom_data", CUSTOM_DATA_BYTES_MAX)?;
        self.start_by(&rule, custom_data.unwrap_or_default(), conference)
            .await
    }

    /// A session that calls somebody back, by the rule of that name
    /// ([`super::catalogue::Catalogue::rule_for_callbacks`]). An error says for
    /// people what went wrong.
    pub(crate) async fn start_callback(&self, rule: &str, data: &str) -> Result<(), String> {
        let rule = self.catalogue.lock().await.rule_for_callbacks(rule);
        let rule = rule.ok_or("no rule is configured for call-backs")?;
        let started = self.start_by(&rule, data, None).await;
        started.map(|_| ()).map_err(|failure| failure.words())
    }

    async fn start_by(
        &self,
        rule: &RuleName,
        custom_data: &str,
        conference: Option<&str>,
    ) -> Result<Value, Failure> {
        let Ok(_place) = self.starts.try_acquire() else {
            return Err(Failure::too_many_sessions());
        };
        let body = json!({
            "rule_name": rule.name, "application_id": rule.application_id,
            "custom_data": custom_data, "conference_name": conference,
        });
        let mut last = Failure::internal("no engine is running");
        // A conference stays on one engine as long as the engines stay the same.
        let engines = match conference {
            Some(_) => waited(&self.engines, Engines::live).await,
            None => waited(&self.engines, Engines::in_turn).await,
        };
        for url in engines {
            match self.ask(&url, &body).await {
                Said::Opened(opened) => return Ok(started(&opened)),
                Said::Another(failure) => last = failure,
                Said::Refused(failure) => return Err(failure),
            }
        }
        Err(last)
    }

    /// An engine that does not know the rule has missed a change: it is told,
    /// and asked again.
    async fn ask(&self, url: &str, body: &Value) -> Said {
        for attempt in 0..2 {
            let sent = self
                .client
                .post(format!("{url}/internal/sessions"))
                .bearer_auth(&self.token)
                .json(body)
                .send()
                .await;
            let answer = match sent {
                Ok(answer) => answer,
                Err(error) => {
                    tracing::warn!(error = %error.without_url(), "an engine did not start a session");
                    return Said::Another(Failure::internal("the engine does not answer"));
                }
            };
            let status = answer.status();
            let said: Value = answer.json().await.unwrap_or_default();
            match status {
                StatusCode::OK => return Said::Opened(said),
                StatusCode::NOT_FOUND if attempt == 0 => self.publish(url).await,
                StatusCode::NOT_FOUND => {
                    return Said::Another(Failure::internal("the engine does not know this rule"));
                }
                StatusCode::TOO_MANY_REQUESTS => {
                    return Said::Another(Failure::too_many_sessions());
                }
                StatusCode::UNPROCESSABLE_ENTITY => {
                    let why = said["error"]["message"].as_str().unwrap_or_default();
                    return Said::Refused(Failure::internal(why));
                }
                _ => return Said::Another(Failure::internal("the engine does not start sessions")),
            }
        }
        Said::Another(Failure::internal("the engine does not know this rule"))
    }
}

fn started(opened: &Value) -> Value {
    json!({
        "result": 1,
        "media_session_access_url": opened["access_url"],
        "media_session_access_secure_url": opened["access_secure_url"],
        "call_session_history_id": opened["session_id"],
    })
}

/// The engines, waiting a little when none has been heard of yet.
pub(super) async fn waited(
    engines: &Engines,
    list: impl Fn(&Engines, u64) -> Vec<String>,
) -> Vec<String> {
    let until = tokio::time::Instant::now() + ENGINE_WAIT;
    loop {
        // Taken before the look, so that news in between are not lost.
        let news = engines.news.notified();
        let live = list(engines, clock::now_ms());
        if !live.is_empty() || tokio::time::timeout_at(until, news).await.is_err() {
            return live;
        }
    }
}
