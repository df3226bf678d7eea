//! An agent (or supervisor) as a program: signs in over HTTP, presses the buttons
//! of the page, and follows the state that the page would show.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::http::Client;

/// A signed-in user.
#[derive(Debug)]
pub struct Agent {
    user: String,
    client: Client,
}

impl Agent {
    /// Signs in with a password.
    ///
    /// # Panics
    /// If that is refused.
    pub async fn sign_in(http: &Client, user: &str, password: &str) -> Self {
        let body = json!({"user": user, "password": password});
        let answer = http.json("POST", "/api/v1/login", &body).await.ok();
        let token = answer["token"].as_str().expect("a token").to_owned();
        Self {
            user: user.to_owned(),
            client: http.with_token(&token),
        }
    }

    /// The user's name.
    pub fn user(&self) -> &str {
        &self.user
    }

    /// The HTTP interface with this user's token.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Presses the big button.
    ///
    /// # Panics
    /// If that is refused.
    pub async fn press_ready(&self) {
        self.intend(&json!({"intent": "ready"})).await;
    }

    /// Presses it again, with a reason.
    ///
    /// # Panics
    /// If that is refused.
    pub async fn press_not_ready(&self, reason: &str) {
        self.intend(&json!({"intent": "not_ready", "reason": reason}))
            .await;
    }

    async fn intend(&self, body: &Value) {
        self.client
            .json("PUT", "/api/v1/agent/intent", body)
            .await
            .ok();
    }

    /// The state that the page would show now: the `state` frame.
    ///
    /// # Panics
    /// If the backend does not answer.
    pub async fn state(&self) -> Value {
        self.client.get("/api/v1/agent/state").await.ok()
    }

    /// Follows the state by long polls until `wanted` holds for its `agent` part.
    ///
    /// # Panics
    /// If it does not `within`, showing the last state.
    pub async fn until<F>(&self, what: &str, within: Duration, wanted: F) -> Value
    where
        F: Fn(&Value) -> bool,
    {
        let started = Instant::now();
        let mut state = self.state().await;
        loop {
            if wanted(&state["agent"]) {
                return state;
            }
            assert!(
                started.elapsed() < within,
                "{}: waited {within:?} in vain: {what}; state: {state:#}",
                self.user
            );
            let left = within.saturating_sub(started.elapsed());
            let after = state["event_id"].as_u64().unwrap_or(0);
            let path = format!("/api/v1/agent/events?after={after}");
            let poll = tokio::time::timeout(left, self.client.get(&path)).await;
            if let Ok(answer) = poll
                && let Some(newest) = answer.ok()["events"].as_array().and_then(|e| e.last())
            {
                state = newest.clone();
            }
        }
    }

    /// Waits for an activity (`idle`, `reserved`, `ringing`, `talking`, `wrap_up`).
    ///
    /// # Panics
    /// If it does not come `within`.
    pub async fn becomes(&self, activity: &str, within: Duration) -> Value {
        self.until(activity, within, |agent| agent["activity"] == activity)
            .await
    }

    /// Waits until the centre sees the agent's phone.
    ///
    /// # Panics
    /// If it does not in 15 s.
    pub async fn has_a_phone(&self) {
        self.until("phone present", Duration::from_secs(15), |agent| {
            agent["phone"] == "present"
        })
        .await;
    }

    /// One of today's marks, for example `missed`.
    pub async fn mark(&self, name: &str) -> u64 {
        self.state().await["agent"]["marks"][name]
            .as_u64()
            .unwrap_or_else(|| panic!("no mark {name}"))
    }
}
