//! What the backend asks of an engine, with the token between the halves:
//! sessions to start, uploaded configuration, items of `ApplicationStorage`.

use crate::attempts::Attempt;
use crate::choice::Choice;
use crate::conferences::{Entrance, NAME_CHARS_MAX};
use crate::live::{Opened, SpecError, Starting};
use crate::shared::Shared;
use crate::uploads::Configuration;
use crate::worker::{Mail, now_ms};
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{post, put};
use axum::{Json, Router};
use scenario::host::StorageOperation;
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use std::time::Duration;
use subtle::ConstantTimeEq;

/// Largest uploaded configuration, bytes: the backend keeps 16 MiB of texts at
/// most, and JSON escapes some characters.
const CONFIGURATION_BYTES_MAX: usize = 40 << 20;
/// A start takes about a millisecond; a worker that is this late is stuck.
const START_WITHIN: Duration = Duration::from_secs(10);
/// How often a conference that is found ending is opened anew for one request.
const OPENINGS_MAX: usize = 5;

/// The routes, each behind the token.
pub(super) fn router(shared: &Arc<Shared>) -> Router<Arc<Shared>> {
    let large = DefaultBodyLimit::max(CONFIGURATION_BYTES_MAX);
    Router::new()
        .route("/internal/sessions", post(start))
        .route("/internal/configuration", put(configure).layer(large))
        .route("/internal/storage", post(store))
        .layer(middleware::from_fn_with_state(Arc::clone(shared), check))
}

async fn check(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    let token = request
        .headers()
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "));
    let own = &shared.config.control_token;
    let right = token.is_some_and(|token| !own.is_empty() && same(token, own));
    if right {
        return next.run(request).await;
    }
    refusal(
        StatusCode::UNAUTHORIZED,
        "unauthorized",
        "send the token between the halves",
    )
}

/// In a time that tells neither lengths nor where they differ.
fn same(one: &str, other: &str) -> bool {
    Sha256::digest(one).ct_eq(&Sha256::digest(other)).into()
}

#[derive(Deserialize)]
struct StartJson {
    rule_name: String,
    #[serde(default)]
    application_id: Option<u64>,
    #[serde(default)]
    custom_data: String,
    #[serde(default)]
    conference_name: Option<String>,
    /// The attempt of a call list that the session is.
    #[serde(default)]
    attempt: Option<Attempt>,
}

async fn start(State(shared): State<Arc<Shared>>, Json(wanted): Json<StartJson>) -> Response {
    match wanted.conference_name.clone() {
        None => answer(&shared, open(&shared, wanted).await),
        Some(name) => {
            let opened = open_conference(&shared, wanted, &name).await;
            answer(&shared, opened)
        }
    }
}

async fn open(shared: &Arc<Shared>, wanted: StartJson) -> Result<Opened, Response> {
    let choice = choose(shared, &wanted).ok_or_else(unknown_rule)?;
    let Some(owner) = shared.open_owner() else {
        return Err(too_many());
    };
    let (reply, opened) = tokio::sync::oneshot::channel();
    let starting = Starting {
        session: owner.session,
        choice,
        custom_data: wanted.custom_data,
        conference: None,
        attempt: wanted.attempt,
        reply,
    };
    shared.post(owner.worker, Mail::Start(Box::new(starting)));
    started(opened).await
}

/// Opens the session of a conference, or finds the one that is live, whoever
/// opened it. One that ends meanwhile is followed by the next.
async fn open_conference(
    shared: &Arc<Shared>,
    wanted: StartJson,
    name: &str,
) -> Result<Opened, Response> {
    let choice = choose(shared, &wanted).ok_or_else(unknown_rule)?;
    if name.chars().count() > NAME_CHARS_MAX {
        let why = format!("a conference has a name of at most {NAME_CHARS_MAX} characters");
        let code = StatusCode::UNPROCESSABLE_ENTITY;
        return Err(refusal(code, "name_too_long", &why));
    }
    let key = choice.conference(name);
    for _ in 0..OPENINGS_MAX {
        let (reply, opened) = tokio::sync::oneshot::channel();
        let (place, located) = tokio::sync::oneshot::channel();
        let mut way = Entrance::Full;
        shared.conferences.enter(
            &key,
            || shared.open_owner(),
            |entrance| {
                way = entrance;
                match entrance {
                    Entrance::Open(owner) => {
                        let starting = Starting {
                            session: owner.session,
                            choice: choice.clone(),
                            custom_data: wanted.custom_data.clone(),
                            conference: Some(key.clone()),
                            attempt: None,
                            reply,
                        };
                        shared.post(owner.worker, Mail::Start(Box::new(starting)));
                    }
                    Entrance::Join(owner) => {
                        let session = owner.session;
                        let reply = place;
                        shared.post(owner.worker, Mail::Locate { session, reply });
                    }
                    Entrance::Full => {}
                }
            },
        );
        match way {
            Entrance::Full => return Err(too_many()),
            Entrance::Open(_) => return started(opened).await,
            Entrance::Join(owner) => match tokio::time::timeout(START_WITHIN, located).await {
                Ok(Ok(opened)) => return Ok(opened),
                // It was ending.
                Ok(Err(_)) => shared.conferences.ended(&key, owner.session),
                Err(_) => return Err(stopping()),
            },
        }
    }
    Err(stopping())
}

fn choose(shared: &Shared, wanted: &StartJson) -> Option<Choice> {
    Choice::by_name(shared, wanted.application_id, &wanted.rule_name)
}

fn unknown_rule() -> Response {
    refusal(
        StatusCode::NOT_FOUND,
        "unknown_rule",
        "no rule of that name with scenarios",
    )
}

async fn started(
    opened: tokio::sync::oneshot::Receiver<Result<Opened, SpecError>>,
) -> Result<Opened, Response> {
    match tokio::time::timeout(START_WITHIN, opened).await {
        Ok(Ok(Ok(opened))) => Ok(opened),
        Ok(Ok(Err(error))) => Err(refusal(
            StatusCode::UNPROCESSABLE_ENTITY,
            "scenario_broken",
            &error.to_string(),
        )),
        Ok(Err(_)) | Err(_) => Err(stopping()),
    }
}

fn too_many() -> Response {
    let why = "engine.sessions_max is reached";
    tracing::warn!("session not started: {why}");
    refusal(StatusCode::TOO_MANY_REQUESTS, "too_many_sessions", why)
}

fn stopping() -> Response {
    refusal(
        StatusCode::SERVICE_UNAVAILABLE,
        "stopping",
        "the engine is being stopped",
    )
}

fn answer(shared: &Shared, opened: Result<Opened, Response>) -> Response {
    match opened {
        Ok(opened) => Json(json!({
            "session_id": opened.session,
            "access_url": opened.access_url,
            "access_secure_url": opened.access_secure_url,
            "log_url": opened.log_url,
            "instance": shared.attempts.instance(),
        }))
        .into_response(),
        Err(refused) => refused,
    }
}

async fn configure(
    State(shared): State<Arc<Shared>>,
    Json(configuration): Json<Configuration>,
) -> Response {
    let version = configuration.version.clone();
    let put = tokio::task::spawn_blocking(move || shared.uploaded.put(&configuration)).await;
    match put {
        Ok(Ok(())) => {
            tracing::info!(version, "uploaded rules and scenarios are in force");
            Json(json!({ "version": version })).into_response()
        }
        Ok(Err(error)) => refusal(
            StatusCode::UNPROCESSABLE_ENTITY,
            "refused",
            &error.to_string(),
        ),
        Err(error) => refusal(
            StatusCode::INTERNAL_SERVER_ERROR,
            "broken",
            &error.to_string(),
        ),
    }
}

async fn store(
    State(shared): State<Arc<Shared>>,
    Json(operation): Json<StorageOperation>,
) -> Response {
    match shared.storage.apply(now_ms(), operation) {
        Ok(items) => Json(json!({ "items": items })).into_response(),
        Err(error) => refusal(StatusCode::CONFLICT, "storage", &error.to_string()),
    }
}

fn refusal(status: StatusCode, code: &str, message: &str) -> Response {
    let body: Value = json!({"error": {"code": code, "message": message}});
    (status, Json(body)).into_response()
}
