//! One POST to an access URL, and what its answer means.

use crate::contract::SessionCommand;
use reqwest::{Client, StatusCode, redirect};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// Answers are a few fields; a session that sends more is not read to the end.
const ANSWER_BYTES_MAX: usize = 16 * 1_024;

/// Idle connections kept to one host: engines are few and commands come in
/// bursts, so some are worth keeping, and hundreds are not.
const IDLE_PER_HOST: usize = 16;

/// What one attempt came to.
pub(crate) enum Attempt {
    /// Done; the answer, `null` when it was empty or no JSON.
    Done(Value),
    /// The session is gone for good (404, 410).
    Gone(String),
    /// The session lives and refused; trying again would change nothing.
    Refused(String),
    /// Not known to have arrived: try again.
    Failed(String),
}

/// Posts commands. Clones share connections.
#[derive(Clone)]
pub(crate) struct Poster {
    client: Client,
    under_way: Arc<Semaphore>,
    probe_ms: u64,
}

impl Poster {
    pub(crate) fn new(
        timeout_ms: u64,
        probe_ms: u64,
        under_way: Arc<Semaphore>,
    ) -> Result<Self, reqwest::Error> {
        // An error only says that a provider is installed already.
        rustls::crypto::ring::default_provider()
            .install_default()
            .ok();
        let client = Client::builder()
            .timeout(Duration::from_millis(timeout_ms))
            // A redirect could lead a secret URL's command anywhere.
            .redirect(redirect::Policy::none())
            .pool_max_idle_per_host(IDLE_PER_HOST)
            .no_proxy()
            .build()?;
        Ok(Self {
            client,
            under_way,
            probe_ms,
        })
    }

    /// How long a lane may be quiet before its session is asked whether it lives.
    pub(crate) fn probe_ms(&self) -> u64 {
        self.probe_ms
    }

    /// One attempt.
    pub(crate) async fn post(&self, access_url: &str, command: &SessionCommand) -> Attempt {
        let Ok(_permit) = self.under_way.acquire().await else {
            return Attempt::Failed("the backend is stopping".into());
        };
        let request = self
            .client
            .post(access_url)
            .header("content-type", "application/json")
            .body(command.body().to_string());
        let mut response = match request.send().await {
            Ok(response) => response,
            // The URL is a secret and does not belong into a message.
            Err(error) => return Attempt::Failed(reason_of(error)),
        };
        let status = response.status();
        let mut body = Vec::new();
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) if body.len() + chunk.len() <= ANSWER_BYTES_MAX => {
                    body.extend_from_slice(&chunk)
                }
                Ok(Some(_)) => return Attempt::Refused("its answer is too long".into()),
                Ok(None) => break,
                Err(error) => return Attempt::Failed(reason_of(error)),
            }
        }
        judge(status, serde_json::from_slice(&body).unwrap_or(Value::Null))
    }
}

fn judge(status: StatusCode, answer: Value) -> Attempt {
    match status {
        StatusCode::NOT_FOUND | StatusCode::GONE => {
            Attempt::Gone(format!("the session answered {}", status.as_u16()))
        }
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS => {
            Attempt::Failed(format!("the session answered {}", status.as_u16()))
        }
        _ if status.is_success() => match answer.get("error") {
            Some(error) => Attempt::Refused(format!("the session answered error {}", short(error))),
            None => Attempt::Done(answer),
        },
        _ if status.is_server_error() => {
            Attempt::Failed(format!("the session answered {}", status.as_u16()))
        }
        _ => Attempt::Refused(format!("the session answered {}", status.as_u16())),
    }
}

fn short(error: &Value) -> String {
    const SHOWN_CHARS_MAX: usize = 100;
    error.to_string().chars().take(SHOWN_CHARS_MAX).collect()
}

fn reason_of(error: reqwest::Error) -> String {
    use std::error::Error;
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(one) = cause {
        text = format!("{text}: {one}");
        cause = one.source();
    }
    text
}
