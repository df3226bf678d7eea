//! The scenario's side of the contract: calls, events, registered phones.

use super::App;
use super::body::{self, BODY_BYTES_MAX, DEVICES_BODY_BYTES_MAX, SESSIONS_BODY_BYTES_MAX};
use super::error::ApiError;
use crate::call_lists::read_attempts;
use crate::contract::{read_call, read_devices, read_event};
use crate::platform::read_reported;
use crate::policy::queue_names;
use ::policy::{AgentFacts, CallFacts, Hook};
use acd::{CallId, Input, NewCall, Skills};
use axum::Json;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use serde_json::{Value, json};
use std::sync::Arc;
use tracing::info;

/// `POST /api/v1/calls`
pub(crate) async fn arrive(
    State(app): State<Arc<App>>,
    request: Request,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let arriving = body::read(request, BODY_BYTES_MAX, read_call).await?;
    let mut arriving = arriving;
    let session_id = arriving.call.session_id.clone();
    let accepted = match arriving.callback {
        // Its place was earned when it was taken.
        Some(callback) => {
            let session_id = session_id.clone();
            app.centre
                .join(callback, session_id, arriving.access_url)
                .await?
        }
        None => {
            advise(&app, &mut arriving.call).await?;
            app.centre
                .arrive(arriving.call, arriving.access_url)
                .await?
        }
    };
    info!(session_id, call = %accepted.call, queue = %accepted.queue, position = accepted.position, "call");
    let answer = json!({
        "call_id": accepted.call.to_string(),
        "queue": accepted.queue.to_string(),
        "position": accepted.position,
        "estimated_wait_ms": accepted.estimated_wait_ms,
    });
    Ok((StatusCode::ACCEPTED, Json(answer)))
}

/// Lets the owner's policy change the call and rank the agents for it.
async fn advise(app: &App, call: &mut NewCall) -> Result<(), ApiError> {
    let (changes, ranks) = (app.policies.has(Hook::OnCall), app.policies.has(Hook::Rank));
    if !changes && !ranks {
        return Ok(());
    }
    let read = app.centre.read(move |reader| {
        let agents = if ranks {
            reader.center.agents()
        } else {
            Vec::new()
        };
        (queue_names(reader.center), agents)
    });
    let (queues, agents) = read.await?;
    let skills = app.roster.skills();
    let none = Skills::new();
    let facts =
        |agent: &acd::AgentView| AgentFacts::of(agent, skills.get(&agent.agent).unwrap_or(&none));
    let agents = agents.iter().map(facts).collect();
    let mut known = CallFacts::of_new(call);
    known.queues = queues;
    let advice = app.policies.call(known, agents).await;
    advice.apply(call);
    if !advice.ranks.is_empty() {
        let input = Input::AgentsRanked {
            session_id: call.session_id.clone(),
            ranks: advice.ranks,
        };
        app.centre.change(input).await?;
    }
    Ok(())
}

/// `GET /api/v1/policy`
pub(crate) async fn policy(State(app): State<Arc<App>>) -> Json<Value> {
    Json(app.policies.shown())
}

/// `POST /api/v1/calls/{call_id}/events`
pub(crate) async fn event(
    State(app): State<Arc<App>>,
    Path(call_id): Path<String>,
    request: Request,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let call = CallId::parse(&call_id).ok_or(crate::centre::Rejection::UnknownCall)?;
    let reported = body::read(request, BODY_BYTES_MAX, read_event).await?;
    let seq = reported.seq;
    app.centre
        .event(call, seq, reported.at, reported.event)
        .await?;
    Ok((StatusCode::ACCEPTED, Json(json!({"seq": seq}))))
}

/// `PUT /api/v1/devices`
pub(crate) async fn devices(
    State(app): State<Arc<App>>,
    request: Request,
) -> Result<StatusCode, ApiError> {
    let devices = body::read(request, DEVICES_BODY_BYTES_MAX, read_devices).await?;
    app.centre.devices(devices.registered).await?;
    if let Some(engine) = devices.engine {
        // Only the owner of the centre calls anybody.
        if app.centre.is_ready() && !engine.instance.is_empty() {
            let lists = app.platform.call_lists();
            let (url, instance) = (&engine.url, &engine.instance);
            let heard = lists.heard(url, instance, &engine.attempts).await;
            heard.map_err(|failure| ApiError::store(&failure))?;
        }
        app.platform
            .heard(engine.url, engine.configuration_version)
            .await;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /api/v1/sessions`
pub(crate) async fn sessions(
    State(app): State<Arc<App>>,
    request: Request,
) -> Result<StatusCode, ApiError> {
    let sessions = body::read(request, SESSIONS_BODY_BYTES_MAX, read_reported).await?;
    // Only the owner of the centre writes.
    if !app.centre.is_ready() {
        return Err(ApiError::unavailable("the backend is not ready"));
    }
    let kept = app.platform.keep_sessions(sessions).await;
    kept.map_err(|failure| ApiError::store(&failure))?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /api/v1/attempts`
pub(crate) async fn attempts(
    State(app): State<Arc<App>>,
    request: Request,
) -> Result<StatusCode, ApiError> {
    let news = body::read(request, SESSIONS_BODY_BYTES_MAX, read_attempts).await?;
    if !app.centre.is_ready() {
        return Err(ApiError::unavailable("the backend is not ready"));
    }
    let told = app.platform.call_lists().tell(news).await;
    told.map_err(|failure| ApiError::store(&failure))?;
    Ok(StatusCode::NO_CONTENT)
}
