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
    /// It was asked and did not answer: it may do it all the same.
    Silent,
    /// No engine will do it.
    Refused(Failure),
}

/// What came of the wish for a session of a call list.
#[derive(Debug)]
pub(crate) enum AttemptStart {
    /// It runs.
    Began {
        /// The engine's address.
        engine: String,
        /// Which run of that engine.
        instance: String,
        /// Its id.
        session_id: u64,
    },
    /// It may run there.
    Unsure {
        /// The engine's address.
        engine: String,
    },
    /// No engine has room or can be reached.
    Busy(String),
    /// The rule is gone, or its scenario broken.
    Refused(String),
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

    /// A session of a call list. An engine that stays silent is not followed by
    /// another: nobody is called twice at once.
    pub(crate) async fn start_attempt(&self, start: &outbound::Start) -> AttemptStart {
        let rule = self.catalogue.lock().await.rule_of_id(start.rule_id);
        let Some(rule) = rule else {
            return AttemptStart::Refused("its rule is gone".into());
        };
        let Ok(_place) = self.starts.try_acquire() else {
            return AttemptStart::Busy(Failure::too_many_sessions().words());
        };
        let body = json!({
            "rule_name": rule.name, "application_id": rule.application_id,
            "custom_data": start.custom_data,
            "attempt": {
                "list_id": start.list, "task_id": start.task, "attempt": start.attempt,
            },
        });
        let mut last = "no engine is running".to_owned();
        for engine in self.engines.in_turn(clock::now_ms()) {
            match self.ask(&engine, &body).await {
                Said::Opened(opened) => {
                    let instance = opened["instance"].as_str().unwrap_or_default().to_owned();
                    return AttemptStart::Began {
                        engine,
                        instance,
                        session_id: opened["session_id"].as_u64().unwrap_or_default(),
                    };
                }
                Said::Silent => return AttemptStart::Unsure { engine },
                Said::Another(failure) => last = failure.words(),
                Said::Refused(failure) => return AttemptStart::Refused(failure.words()),
            }
        }
        AttemptStart::Busy(last)
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
                Said::Silent => last = Failure::internal("the engine does not answer"),
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
                    let was_reached = !error.is_connect();
                    tracing::warn!(error = %error.without_url(), "an engine did not start a session");
                    if was_reached {
                        return Said::Silent;
                    }
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
