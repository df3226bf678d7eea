//! `GET /api/v1/agent/link`: the agent's WebSocket.

use super::agent::{after_of, frame_of};
use super::error::ApiError;
use super::{App, ticket};
use crate::centre::{AgentAsk, Subscription};
use crate::clock;
use crate::contract::{FieldError, Fields, read_after_call_fields, read_intent_fields};
use acd::{Actor, AgentId};
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, WebSocketUpgrade, close_code};
use axum::extract::{Query, State};
use axum::response::Response;
use parking_lot::Mutex;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use tracing::{debug, info};

/// What a page sends is a line; a frame of this size is no page of ours.
const FRAME_BYTES_MAX: usize = 4 * 1_024;

/// Shortest time between two states, 20 a second: faster than eyes.
const STATE_EVERY: Duration = Duration::from_millis(50);

/// How often the other side is asked whether it lives; proxies close a silent
/// connection after a minute.
const PING_EVERY: Duration = Duration::from_secs(20);

/// Silence (not even an answer to a ping) after which a link is given up.
const SILENCE_MAX: Duration = Duration::from_secs(50);

/// How long a frame may take to be taken by the other side's network.
const SEND_MAX: Duration = Duration::from_secs(10);

/// Messages a second from one page: far beyond a person's pressing, and a bound
/// on what a page gone wild costs.
const MESSAGES_PER_S_MAX: u32 = 20;

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

/// Redeems the ticket and upgrades.
pub(crate) async fn open(
    State(app): State<Arc<App>>,
    Query(query): Query<HashMap<String, String>>,
    upgrade: Result<WebSocketUpgrade, axum::extract::ws::rejection::WebSocketUpgradeRejection>,
) -> Result<Response, ApiError> {
    let secret = query.get("ticket").ok_or_else(ApiError::unauthorized)?;
    let after = after_of(&query)?;
    // A failed upgrade must not use the ticket up.
    let upgrade = upgrade.map_err(|rejection| {
        ApiError::new(
            rejection.status(),
            "not_a_websocket",
            "this address takes WebSocket connections",
        )
    })?;
    let user = app
        .tickets
        .redeem(ticket::Opens::Agent, secret, clock::now_ms())
        .ok_or_else(ApiError::unauthorized)?;
    let place = app
        .links
        .enter(&user)
        .ok_or_else(|| ApiError::too_many("too many links", 1))?;
    let agent = AgentId::from(user.as_str());
    let subscription = app.centre.subscribe(agent.clone()).await?;
    Ok(upgrade
        .max_message_size(FRAME_BYTES_MAX)
        .max_frame_size(FRAME_BYTES_MAX)
        .on_upgrade(move |socket| {
            let link = Link {
                app,
                agent,
                socket,
                subscription,
                window: (Instant::now(), 0),
            };
            async move {
                let _place = place;
                link.run(after).await;
            }
        }))
}

struct Link {
    app: Arc<App>,
    agent: AgentId,
    socket: WebSocket,
    subscription: Subscription,
    /// Messages in the second that began then.
    window: (Instant, u32),
}

/// The link is over.
struct LinkOver;

impl Link {
    async fn run(mut self, after: Option<u64>) {
        info!(agent = %self.agent, "page linked");
        let ended = self.follow(after).await;
        if ended.is_ok() {
            let frame = CloseFrame {
                code: close_code::RESTART,
                reason: Utf8Bytes::from_static("the server stops"),
            };
            // The other side may have gone already.
            let _ = self.send(Message::Close(Some(frame))).await;
        }
        info!(agent = %self.agent, "page gone");
    }

    /// Runs until the backend stops (`Ok`) or the link breaks.
    async fn follow(&mut self, after: Option<u64>) -> Result<(), LinkOver> {
        let mut ping = tokio::time::interval_at(Instant::now() + PING_EVERY, PING_EVERY);
        let mut heard = Instant::now();
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
                _ = ping.tick() => {
                    if heard.elapsed() > SILENCE_MAX {
                        return Err(LinkOver);
                    }
                    self.send(Message::Ping(Vec::new().into())).await?;
                }
                message = self.socket.recv() => {
                    heard = Instant::now();
                    self.take(message).await?;
                }
            }
        }
    }

    async fn send(&mut self, message: Message) -> Result<(), LinkOver> {
        match tokio::time::timeout(SEND_MAX, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(LinkOver),
        }
    }

    async fn send_json(&mut self, value: &impl serde::Serialize) -> Result<(), LinkOver> {
        let text = serde_json::to_string(value).map_err(|_| LinkOver)?;
        self.send(Message::text(text)).await
    }

    /// Sends the state, unless it is the one that the client has.
    async fn send_state(&mut self, after: Option<u64>) -> Result<(), LinkOver> {
        match frame_of(&mut self.subscription) {
            Some(frame) if after == Some(frame.event_id) => Ok(()),
            Some(frame) => self.send_json(&frame).await,
            None => {
                self.close(CLOSE_NOT_AN_AGENT, "this user is not an agent")
                    .await
            }
        }
    }

    async fn close(&mut self, code: u16, reason: &'static str) -> Result<(), LinkOver> {
        let frame = CloseFrame {
            code,
            reason: Utf8Bytes::from_static(reason),
        };
        // Over in any case.
        let _ = self.send(Message::Close(Some(frame))).await;
        Err(LinkOver)
    }

    async fn take(
        &mut self,
        message: Option<Result<Message, axum::Error>>,
    ) -> Result<(), LinkOver> {
        match message {
            Some(Ok(Message::Text(text))) => {
                if self.is_flooding() {
                    return self.close(close_code::POLICY, "too many messages").await;
                }
                self.take_text(text.as_str()).await
            }
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(()),
            Some(Ok(Message::Binary(_))) => {
                self.close(close_code::UNSUPPORTED, "text frames only")
                    .await
            }
            Some(Ok(Message::Close(_))) | None => Err(LinkOver),
            Some(Err(error)) => {
                debug!(agent = %self.agent, %error, "link broken");
                Err(LinkOver)
            }
        }
    }

    fn is_flooding(&mut self) -> bool {
        if self.window.0.elapsed() >= Duration::from_secs(1) {
            self.window = (Instant::now(), 0);
        }
        self.window.1 += 1;
        self.window.1 > MESSAGES_PER_S_MAX
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
        let reference = message.get("ref").cloned().unwrap_or(Value::Null);
        match act(&self.app, &self.agent, &message).await {
            Ok(Some(answer)) => self.send_json(&answer).await,
            Ok(None) => {
                self.send_json(&json!({"type": "done", "ref": reference}))
                    .await
            }
            Err(error) => self.send_error(&reference, &error).await,
        }
    }

    async fn send_error(&mut self, reference: &Value, error: &ApiError) -> Result<(), LinkOver> {
        let (code, message) = error.parts();
        self.send_json(
            &json!({"type": "error", "ref": reference, "code": code, "message": message}),
        )
        .await
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
