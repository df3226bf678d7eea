//! What supervisors see, pushed: all agents and queues at once, then whatever
//! changes. By WebSocket, or by long polls that give everything each time.

use super::App;
use super::access::Principal;
use super::agent::{POLL_MS_MAX, after_of, new_ticket, span_of};
use super::error::ApiError;
use super::link::{life_of, no_upgrade};
use super::socket::{BEAT_EVERY, FRAME_BYTES_MAX, LinkOver, Socket};
use super::ticket::Opens;
use crate::centre::Overview;
use crate::clock;
use crate::contract::{
    AgentJson, CallbackJson, LiveCallJson, OverviewFrame, QueueJson, ReserveJson,
};
use acd::{AgentId, CallId, CallbackView};
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::{Query, State};
use axum::response::Response;
use axum::{Extension, Json};
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior};
use tracing::info;

/// How often it is asked whether the user may still look.
const RIGHT_EVERY: Duration = Duration::from_secs(10);

/// Close code: this user may not look any more.
const CLOSE_NOT_A_SUPERVISOR: u16 = 4_403;

fn user_of(principal: &Principal) -> Result<&str, ApiError> {
    match principal {
        Principal::User { owner, .. } => Ok(&owner.user),
        Principal::Scenario | Principal::Engine => Err(ApiError::unauthorized()),
    }
}

/// `POST /api/v1/supervisor/ticket`
pub(crate) async fn ticket(
    State(app): State<Arc<App>>,
    Extension(principal): Extension<Principal>,
) -> Result<Json<Value>, ApiError> {
    new_ticket(&app, Opens::Supervisor, user_of(&principal)?)
}

/// `GET /api/v1/supervisor/state`
pub(crate) async fn state(State(app): State<Arc<App>>) -> Result<Json<OverviewFrame>, ApiError> {
    let overview = app.centre.overview().await?;
    let frame = Sent::default().frame_of(&overview.borrow());
    Ok(Json(frame))
}

/// `GET /api/v1/supervisor/events?after=ID&hold_ms=N`
pub(crate) async fn events(
    State(app): State<Arc<App>>,
    Extension(principal): Extension<Principal>,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Json<Value>, ApiError> {
    let after = after_of(&query)?;
    let hold_ms = span_of(&query, "hold_ms", POLL_MS_MAX)?.unwrap_or(POLL_MS_MAX);
    let _place = app
        .links
        .enter(user_of(&principal)?)
        .ok_or_else(|| ApiError::too_many("too many polls", 1))?;
    let mut overview = app.centre.overview().await?;
    if after == Some(overview.borrow_and_update().version) {
        let news = async {
            tokio::select! {
                _ = overview.changed() => {}
                () = app.stop.cancelled() => {}
            }
        };
        // Without news the poll ends with what is known already.
        let _ = tokio::time::timeout(Duration::from_millis(hold_ms), news).await;
    }
    let overview = overview.borrow();
    let frame = Sent::default().frame_of(&overview);
    let events = if after == Some(frame.event_id) {
        vec![]
    } else {
        vec![&frame]
    };
    Ok(Json(
        json!({"events": events, "last_event_id": frame.event_id}),
    ))
}

/// `GET /api/v1/supervisor/link`: redeems the ticket and upgrades.
pub(crate) async fn open(
    State(app): State<Arc<App>>,
    Query(query): Query<HashMap<String, String>>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, ApiError> {
    let secret = query.get("ticket").ok_or_else(ApiError::unauthorized)?;
    let life = life_of(&query)?;
    // A failed upgrade must not use the ticket up.
    let upgrade = upgrade.map_err(no_upgrade)?;
    let user = app
        .tickets
        .redeem(Opens::Supervisor, secret, clock::now_ms())
        .ok_or_else(ApiError::unauthorized)?;
    let place = app
        .links
        .enter(&user)
        .ok_or_else(|| ApiError::too_many("too many links", 1))?;
    let overview = app.centre.overview().await?;
    Ok(upgrade
        .max_message_size(FRAME_BYTES_MAX)
        .max_frame_size(FRAME_BYTES_MAX)
        .on_upgrade(move |socket| async move {
            let _place = place;
            let mut link = Link {
                app,
                socket: Socket::new(socket, user.clone(), life),
                user,
                overview,
                sent: Sent::default(),
            };
            info!(user = link.user, "supervisor linked");
            if link.follow().await.is_ok() {
                link.socket.say_goodbye().await;
            }
            info!(user = link.user, "supervisor gone");
        }))
}

/// What the other side has, by version.
#[derive(Default)]
struct Sent {
    agents: HashMap<AgentId, u64>,
    calls: HashMap<CallId, u64>,
    callbacks: Option<Arc<Vec<CallbackView>>>,
    is_first_sent: bool,
}

impl Sent {
    /// What the other side lacks; all of it at first.
    fn frame_of(&mut self, overview: &Overview) -> OverviewFrame {
        let mut changed = Vec::new();
        for state in &overview.agents {
            let known = self.agents.insert(state.view.agent.clone(), state.version);
            if known != Some(state.version) {
                let mut serves: Vec<String> =
                    state.serves.iter().map(ToString::to_string).collect();
                serves.sort_unstable();
                changed.push(AgentJson::of(&state.view).serving(serves));
            }
        }
        let mut removed = Vec::new();
        if self.agents.len() > overview.agents.len() {
            let present: HashSet<&AgentId> =
                overview.agents.iter().map(|s| &s.view.agent).collect();
            self.agents.retain(|agent, _| {
                let stays = present.contains(agent);
                if !stays {
                    removed.push(agent.to_string());
                }
                stays
            });
            removed.sort_unstable();
        }
        let (calls, calls_gone) = self.calls_of(overview);
        let full = !std::mem::replace(&mut self.is_first_sent, true);
        let reserves = overview.floor.reserves.iter().cloned();
        OverviewFrame {
            kind: "overview",
            event_id: overview.version,
            server_time: clock::to_rfc3339(clock::now_ms()),
            full,
            agents: changed,
            removed,
            queues: overview.queues.views.iter().map(QueueJson::of).collect(),
            reserves: reserves.map(ReserveJson::of).collect(),
            callbacks: self.callbacks_of(overview),
            calls,
            calls_gone,
            calls_total: overview.floor.calls_total,
        }
    }

    /// The call-backs, unless the other side has the same.
    fn callbacks_of(&mut self, overview: &Overview) -> Option<Vec<CallbackJson>> {
        let now = &overview.floor.callbacks;
        let known = self.callbacks.replace(Arc::clone(now));
        let is_known = known.is_some_and(|known| Arc::ptr_eq(&known, now));
        (!is_known).then(|| now.iter().map(CallbackJson::of).collect())
    }

    /// Calls that are new or have changed, and those that are shown no more.
    fn calls_of(&mut self, overview: &Overview) -> (Vec<LiveCallJson>, Vec<String>) {
        let mut changed = Vec::new();
        for state in &overview.floor.calls {
            let known = self.calls.insert(state.call.call, state.version);
            if known != Some(state.version) {
                changed.push(LiveCallJson::of(&state.call));
            }
        }
        let mut gone = Vec::new();
        if self.calls.len() > overview.floor.calls.len() {
            let shown = overview.floor.calls.iter().map(|state| state.call.call);
            let shown: HashSet<CallId> = shown.collect();
            self.calls.retain(|call, _| {
                let stays = shown.contains(call);
                if !stays {
                    gone.push(call.to_string());
                }
                stays
            });
            gone.sort_unstable();
        }
        (changed, gone)
    }
}

struct Link {
    app: Arc<App>,
    user: String,
    socket: Socket,
    overview: watch::Receiver<Arc<Overview>>,
    sent: Sent,
}

impl Link {
    /// Runs until the backend stops (`Ok`) or the link breaks.
    async fn follow(&mut self) -> Result<(), LinkOver> {
        let every = |span| {
            let mut interval = tokio::time::interval_at(Instant::now() + span, span);
            interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
            interval
        };
        let (mut beat, mut right) = (every(BEAT_EVERY), every(RIGHT_EVERY));
        let stop = self.app.stop.clone();
        self.send().await?;
        loop {
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                news = self.overview.changed() => {
                    news.map_err(|_| LinkOver)?;
                    self.send().await?;
                }
                _ = beat.tick() => self.socket.beat().await?,
                _ = right.tick() => self.check_right().await?,
                text = self.socket.next() => {
                    if let Some(text) = text? {
                        self.take_text(text.as_str()).await?;
                    }
                }
            }
        }
    }

    async fn send(&mut self) -> Result<(), LinkOver> {
        let overview = self.overview.borrow_and_update().clone();
        let frame = self.sent.frame_of(&overview);
        self.socket.send_json(&frame).await
    }

    /// A user who is a supervisor no more sees nothing more.
    async fn check_right(&mut self) -> Result<(), LinkOver> {
        let user = self.app.store.user(&self.user).await;
        let may = match user {
            Ok(user) => user.is_some_and(|user| {
                !user.disabled && matches!(user.role, store::Role::Supervisor | store::Role::Admin)
            }),
            // A database that does not answer takes no right away.
            Err(_) => true,
        };
        if may {
            return Ok(());
        }
        self.socket
            .close(CLOSE_NOT_A_SUPERVISOR, "this user is not a supervisor")
            .await
    }

    /// Pings are answered with the server's time; orders go by HTTP.
    async fn take_text(&mut self, text: &str) -> Result<(), LinkOver> {
        let message: Value = serde_json::from_str(text).unwrap_or_default();
        match message["type"].as_str() {
            Some("beat") => Ok(()),
            Some("ping") => {
                let server_time = clock::to_rfc3339(clock::now_ms());
                let pong = json!({"type": "pong", "server_time": server_time});
                self.socket.send_json(&pong).await
            }
            Some(_) | None => {
                let message = "type: expected one of ping, beat";
                let error = json!({"type": "error", "ref": message_ref(text), "code": "invalid_field", "message": message});
                self.socket.send_json(&error).await
            }
        }
    }
}

fn message_ref(text: &str) -> Value {
    let message: Value = serde_json::from_str(text).unwrap_or_default();
    message["ref"].clone()
}
