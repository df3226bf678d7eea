//! The agent's side over plain HTTP.

use super::access::Principal;
use super::body::{self, BODY_BYTES_MAX};
use super::error::ApiError;
use super::ticket::Opens;
use super::{App, link};
use crate::centre::{AgentAsk, PAGE_LEASE_MS, Subscription};
use crate::clock;
use crate::contract::{AgentJson, FieldError, QueueJson, StateFrame, read_after_call, read_intent};
use acd::{Actor, AgentId};
use axum::extract::{Query, Request, State};
use axum::http::StatusCode;
use axum::{Extension, Json};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// Longest a poll is held, milliseconds: under the 30 s after which proxies
/// lose patience.
pub(crate) const POLL_MS_MAX: u64 = 25_000;

/// After the end of a poll that said how long it is held the next one must
/// begin within this, or the page counts as gone.
const NEXT_POLL_MS: u64 = 3_000;

/// The agent who asks.
pub(crate) fn agent_of(principal: &Principal) -> Result<AgentId, ApiError> {
    match principal {
        Principal::User { owner, .. } => Ok(AgentId::from(owner.user.as_str())),
        Principal::Scenario | Principal::Engine => Err(ApiError::unauthorized()),
    }
}

/// `after` of a query string.
pub(crate) fn after_of(query: &HashMap<String, String>) -> Result<Option<u64>, ApiError> {
    let read = |text: &String| {
        text.parse()
            .map_err(|_| FieldError::new("after", "integer, 0 or more").into())
    };
    query.get("after").map(read).transpose()
}

/// A span of a query string, milliseconds, from 100 to `max`.
pub(crate) fn span_of(
    query: &HashMap<String, String>,
    name: &str,
    max: u64,
) -> Result<Option<u64>, ApiError> {
    let read = |text: &String| match text.parse() {
        Ok(ms) if (100..=max).contains(&ms) => Ok(ms),
        Ok(_) | Err(_) => Err(FieldError::new(name, format!("integer from 100 to {max}")).into()),
    };
    query.get(name).map(read).transpose()
}

/// What a subscription shows now; `None` once the agent is no longer one.
pub(crate) fn frame_of(subscription: &mut Subscription) -> Option<StateFrame> {
    let agent = subscription.agent.borrow_and_update().clone()?;
    let queues = subscription.queues.borrow_and_update().clone();
    let own = queues
        .views
        .iter()
        .filter(|view| agent.serves.contains(&view.queue));
    Some(StateFrame {
        kind: "state",
        event_id: agent.version.max(queues.version),
        server_time: clock::to_rfc3339(clock::now_ms()),
        agent: AgentJson::of(&agent.view),
        queues: own.map(QueueJson::of).collect(),
    })
}

/// The agent's state now.
pub(crate) async fn current(app: &App, agent: AgentId) -> Result<Json<StateFrame>, ApiError> {
    let mut subscription = app.centre.subscribe(agent).await?;
    frame_of(&mut subscription)
        .map(Json)
        .ok_or_else(|| crate::centre::Rejection::UnknownAgent.into())
}

/// `POST /api/v1/agent/ticket`
pub(crate) async fn ticket(
    State(app): State<Arc<App>>,
    Extension(principal): Extension<Principal>,
) -> Result<Json<Value>, ApiError> {
    let agent = agent_of(&principal)?;
    new_ticket(&app, Opens::Agent, &agent.0)
}

/// A ticket for one link of a user.
pub(crate) fn new_ticket(app: &App, opens: Opens, user: &str) -> Result<Json<Value>, ApiError> {
    let ticket = app.tickets.issue(opens, user, clock::now_ms());
    let ticket =
        ticket.ok_or_else(|| ApiError::too_many("too many unused tickets", link::TICKET_WAIT_S))?;
    Ok(Json(
        json!({"ticket": ticket, "expires_in_ms": super::ticket::LIFETIME_MS}),
    ))
}

/// Has something done for the agent who asks; answers with the state after it.
async fn order(
    app: &App,
    principal: &Principal,
    ask: AgentAsk,
) -> Result<Json<StateFrame>, ApiError> {
    let agent = agent_of(principal)?;
    app.centre.of_agent(agent.clone(), ask).await?;
    current(app, agent).await
}

/// `GET /api/v1/agent/state`
pub(crate) async fn state(
    State(app): State<Arc<App>>,
    Extension(principal): Extension<Principal>,
) -> Result<Json<StateFrame>, ApiError> {
    current(&app, agent_of(&principal)?).await
}

/// `PUT /api/v1/agent/intent`
pub(crate) async fn intent(
    State(app): State<Arc<App>>,
    Extension(principal): Extension<Principal>,
    request: Request,
) -> Result<Json<StateFrame>, ApiError> {
    // Who is no agent is told so before the body is read.
    agent_of(&principal)?;
    let intent = body::read(request, BODY_BYTES_MAX, read_intent).await?;
    let why = String::new();
    let by = Actor::Agent;
    order(&app, &principal, AgentAsk::Intent { intent, by, why }).await
}

/// `PUT /api/v1/agent/after_call`: what the intent becomes when the talk ends.
pub(crate) async fn after_call(
    State(app): State<Arc<App>>,
    Extension(principal): Extension<Principal>,
    request: Request,
) -> Result<Json<StateFrame>, ApiError> {
    // Who is no agent is told so before the body is read.
    agent_of(&principal)?;
    let intent = body::read(request, BODY_BYTES_MAX, read_after_call).await?;
    let by = Actor::Agent;
    order(&app, &principal, AgentAsk::AfterCall { intent, by }).await
}

/// `POST /api/v1/agent/wrap_up/end`
pub(crate) async fn end_wrap_up(
    State(app): State<Arc<App>>,
    Extension(principal): Extension<Principal>,
) -> Result<Json<StateFrame>, ApiError> {
    let by = Actor::Agent;
    order(&app, &principal, AgentAsk::EndWrapUp { by }).await
}

/// `POST /api/v1/agent/wrap_up/extend`
pub(crate) async fn extend_wrap_up(
    State(app): State<Arc<App>>,
    Extension(principal): Extension<Principal>,
) -> Result<Json<StateFrame>, ApiError> {
    let by = Actor::Agent;
    order(&app, &principal, AgentAsk::ExtendWrapUp { by }).await
}

/// `POST /api/v1/agent/ban/lift`
pub(crate) async fn lift_ban(
    State(app): State<Arc<App>>,
    Extension(principal): Extension<Principal>,
) -> Result<Json<StateFrame>, ApiError> {
    let by = Actor::Agent;
    order(&app, &principal, AgentAsk::LiftBan { by }).await
}

/// `POST /api/v1/agent/heartbeat?lease_ms=N`
pub(crate) async fn heartbeat(
    State(app): State<Arc<App>>,
    Extension(principal): Extension<Principal>,
    Query(query): Query<HashMap<String, String>>,
) -> Result<StatusCode, ApiError> {
    let agent = agent_of(&principal)?;
    let lease_ms = span_of(&query, "lease_ms", PAGE_LEASE_MS)?;
    app.centre
        .heartbeat(agent, lease_ms.unwrap_or(PAGE_LEASE_MS))
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /api/v1/agent/events?after=ID`
pub(crate) async fn events(
    State(app): State<Arc<App>>,
    Extension(principal): Extension<Principal>,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Json<Value>, ApiError> {
    let agent = agent_of(&principal)?;
    let after = after_of(&query)?;
    let _place = app
        .links
        .enter(&agent.0)
        .ok_or_else(|| ApiError::too_many("too many polls", 1))?;
    let hold_ms = span_of(&query, "hold_ms", POLL_MS_MAX)?;
    // Who says how long a poll is held is a page; a program that looks now and
    // then is none, and nobody misses it.
    if let Some(hold_ms) = hold_ms {
        let lease_ms = hold_ms + NEXT_POLL_MS;
        app.centre.heartbeat(agent.clone(), lease_ms).await?;
    }
    let mut subscription = app.centre.subscribe(agent).await?;
    let hold = Duration::from_millis(hold_ms.unwrap_or(POLL_MS_MAX));
    let news = tokio::time::timeout(hold, next_news(&app, &mut subscription, after)).await;
    match news {
        Ok(Some(frame)) => {
            let last = frame.event_id;
            Ok(Json(json!({"events": [frame], "last_event_id": last})))
        }
        Ok(None) => Err(crate::centre::Rejection::UnknownAgent.into()),
        Err(_) => Ok(Json(json!({"events": [], "last_event_id": after}))),
    }
}

/// Waits for a state that differs from the one the client has; `None` when the
/// agent is no longer one or the backend stops.
async fn next_news(
    app: &App,
    subscription: &mut Subscription,
    after: Option<u64>,
) -> Option<StateFrame> {
    loop {
        let frame = frame_of(subscription)?;
        if after != Some(frame.event_id) {
            return Some(frame);
        }
        tokio::select! {
            changed = subscription.agent.changed() => changed.ok()?,
            changed = subscription.queues.changed() => changed.ok()?,
            () = app.stop.cancelled() => return None,
        }
    }
}

/// `GET /api/v1/reasons`: why one may be not ready.
pub(crate) async fn reasons(State(app): State<Arc<App>>) -> Json<Value> {
    Json(json!({"reasons": app.config.reasons}))
}
