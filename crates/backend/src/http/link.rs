//! `GET /api/v1/agent/link`: the agent's WebSocket.

use super::agent::{after_of, frame_of};
use super::error::ApiError;
use super::socket::{BEAT_EVERY, FRAME_BYTES_MAX, Life, LinkOver, Socket};
use super::{App, ticket};
use crate::centre::{AgentAsk, Subscription};
use crate::clock;
use crate::contract::{FieldError, Fields, read_after_call_fields, read_intent_fields};
use acd::{Actor, AgentId};
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::{Query, State};
use axum::response::Response;
use parking_lot::Mutex;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, MissedTickBehavior};
use tracing::info;

/// Shortest time between two states, 20 a second: faster than eyes.
const STATE_EVERY: Duration = Duration::from_millis(50);

/// Links and polls of one user at once: a few tabs and devices.
const LINKS_PER_USER_MAX: usize = 8;

/// Tickets die after 30 s, so waiting that long always helps.
pub(crate) const TICKET_WAIT_S: u64 = ticket::LIFETIME_MS / 1_000;

/// Close code: this user is no longer an agent. Application codes begin at 4000
/// (RFC 6455 section 7.4.2).
const CLOSE_NOT_AN_AGENT: u16 = 4_403;

/// How many links and polls each user has.
#[derive(Default)]
pub(crate) struct Links {
    by_user: Arc<Mutex<HashMap<String, usize>>>,
}

/// A place taken; given back when dropped.
pub(crate) struct Place {
    by_user: Arc<Mutex<HashMap<String, usize>>>,
    user: String,
}

impl Links {
    /// Takes a place, unless the user has too many.
    pub(crate) fn enter(&self, user: &str) -> Option<Place> {
        let mut by_user = self.by_user.lock();
        let count = by_user.entry(user.to_owned()).or_insert(0);
        if *count >= LINKS_PER_USER_MAX {
            return None;
        }
        *count += 1;
        Some(Place {
            by_user: self.by_user.clone(),
            user: user.to_owned(),
        })
    }

    /// Places taken by everybody.
    pub(crate) fn len(&self) -> usize {
        self.by_user.lock().values().sum()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut by_user = self.by_user.lock();
        if let Some(count) = by_user.get_mut(&self.user) {
            *count -= 1;
            if *count == 0 {
                by_user.remove(&self.user);
            }
        }
    }
}

/// What somebody is told who asks a link for anything but a WebSocket.
pub(super) fn no_upgrade(rejection: WebSocketUpgradeRejection) -> ApiError {
    ApiError::new(
        rejection.status(),
        "not_a_websocket",
        "this address takes WebSocket connections",
    )
}

/// Redeems the ticket and upgrades.
pub(crate) async fn open(
    State(app): State<Arc<App>>,
    Query(query): Query<HashMap<String, String>>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, ApiError> {
    let secret = query.get("ticket").ok_or_else(ApiError::unauthorized)?;
    let after = after_of(&query)?;
    // A failed upgrade must not use the ticket up.
    let upgrade = upgrade.map_err(no_upgrade)?;
    let user = app
        .tickets
        .redeem(ticket::Opens::Agent, secret, clock::now_ms())
        .ok_or_else(ApiError::unauthorized)?;
    let place = app
        .links
        .enter(&user)
        .ok_or_else(|| ApiError::too_many("too many links", 1))?;
    let agent = AgentId::from(user.as_str());
    let subscription = app.centre.attend(agent.clone()).await?;
    let life = life_of(&query)?;
    Ok(upgrade
        .max_message_size(FRAME_BYTES_MAX)
        .max_frame_size(FRAME_BYTES_MAX)
        .on_upgrade(move |socket| {
            let link = Link {
                app,
                socket: Socket::new(socket, agent.to_string(), life),
                agent,
                subscription,
            };
            async move {
                let _place = place;
                link.run(after).await;
            }
        }))
}

/// Whether the client says that it answers beats.
pub(crate) fn life_of(query: &HashMap<String, String>) -> Result<Life, ApiError> {
    match query.get("beats").map(String::as_str) {
        None | Some("false") => Ok(Life::Frames),
        Some("true") => Ok(Life::Beats),
        Some(_) => Err(FieldError::new("beats", "true or false").into()),
    }
}

struct Link {
    app: Arc<App>,
    agent: AgentId,
    socket: Socket,
    subscription: Subscription,
}

impl Link {
    async fn run(mut self, after: Option<u64>) {
        info!(agent = %self.agent, "page linked");
        if self.follow(after).await.is_ok() {
            self.socket.say_goodbye().await;
        }
        info!(agent = %self.agent, "page gone");
    }

    /// Runs until the backend stops (`Ok`) or the link breaks.
    async fn follow(&mut self, after: Option<u64>) -> Result<(), LinkOver> {
        let mut beat = tokio::time::interval_at(Instant::now() + BEAT_EVERY, BEAT_EVERY);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let stop = self.app.stop.clone();
        self.send_state(after).await?;
        let mut may_send_at = Instant::now() + STATE_EVERY;
        let mut changed = false;
        loop {
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                news = self.subscription.agent.changed(), if !changed => changed = news.map(|()| true).map_err(|_| LinkOver)?,
                news = self.subscription.queues.changed(), if !changed => changed = news.map(|()| true).map_err(|_| LinkOver)?,
                () = tokio::time::sleep_until(may_send_at), if changed => {
                    self.send_state(None).await?;
                    may_send_at = Instant::now() + STATE_EVERY;
                    changed = false;
                }
                _ = beat.tick() => self.socket.beat().await?,
                text = self.socket.next() => {
                    if let Some(text) = text? {
                        self.take_text(text.as_str()).await?;
                    }
                }
            }
        }
    }

    /// Sends the state, unless it is the one that the client has.
    async fn send_state(&mut self, after: Option<u64>) -> Result<(), LinkOver> {
        match frame_of(&mut self.subscription) {
            Some(frame) if after == Some(frame.event_id) => Ok(()),
            Some(frame) => self.socket.send_json(&frame).await,
            None => {
                self.socket
                    .close(CLOSE_NOT_AN_AGENT, "this user is not an agent")
                    .await
            }
        }
    }

    async fn take_text(&mut self, text: &str) -> Result<(), LinkOver> {
        let Ok(message) = serde_json::from_str::<Value>(text) else {
            let error = ApiError::new(
                axum::http::StatusCode::BAD_REQUEST,
                "invalid_json",
                "message: expected JSON",
            );
            return self.send_error(&Value::Null, &error).await;
        };
        if message.get("type").is_some_and(|kind| kind == "beat") {
            return Ok(());
        }
        let reference = message.get("ref").cloned().unwrap_or(Value::Null);
        match act(&self.app, &self.agent, &message).await {
            Ok(Some(answer)) => self.socket.send_json(&answer).await,
            Ok(None) => {
                self.socket
                    .send_json(&json!({"type": "done", "ref": reference}))
                    .await
            }
            Err(error) => self.send_error(&reference, &error).await,
        }
    }

    async fn send_error(&mut self, reference: &Value, error: &ApiError) -> Result<(), LinkOver> {
        let (code, message) = error.parts();
        let error = json!({"type": "error", "ref": reference, "code": code, "message": message});
        self.socket.send_json(&error).await
    }
}

/// Does what a message asks; an answer other than `done` is given back.
async fn act(app: &App, agent: &AgentId, message: &Value) -> Result<Option<Value>, ApiError> {
    const WORD_BYTES_MAX: usize = 32;
    let fields = Fields::of(message)?;
    let by = Actor::Agent;
    let ask = async |ask: AgentAsk| -> Result<Option<Value>, ApiError> {
        app.centre.of_agent(agent.clone(), ask).await?;
        Ok(None)
    };
    match fields.text("type", WORD_BYTES_MAX)? {
        "ping" => Ok(Some(
            json!({"type": "pong", "server_time": clock::to_rfc3339(clock::now_ms())}),
        )),
        "intent" => {
            let intent = read_intent_fields(&fields)?;
            let why = String::new();
            ask(AgentAsk::Intent { intent, by, why }).await
        }
        "after_call" => {
            let intent = read_after_call_fields(&fields)?;
            ask(AgentAsk::AfterCall { intent, by }).await
        }
        "end_wrap_up" => ask(AgentAsk::EndWrapUp { by }).await,
        "extend_wrap_up" => ask(AgentAsk::ExtendWrapUp { by }).await,
        "lift_ban" => ask(AgentAsk::LiftBan { by }).await,
        _ => Err(FieldError::new(
            "type",
            "one of intent, after_call, end_wrap_up, extend_wrap_up, lift_ban, ping",
        )
        .into()),
    }
}
