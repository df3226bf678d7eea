//! Routes of the engine's HTTP side.

use super::book::Admission;
use super::internal;
use super::metrics::metrics;
use crate::shared::{Owner, Shared};
use crate::socket::{MESSAGE_BYTES_MAX, from_axum};
use crate::worker::{AccessReply, AccessRequest, Mail, SocketRequest, now_ms};
use axum::Router;
use axum::body::Body;
use axum::extract::ws::{WebSocketUpgrade, rejection::WebSocketUpgradeRejection};
use axum::extract::{DefaultBodyLimit, Path, RawQuery, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// Largest body of a command, bytes: contract commands are under 4 KiB, and a
/// scenario's own use should still fit.
const BODY_BYTES_MAX: usize = 64 << 10;
/// The body of a command has this long to arrive.
const BODY_WITHIN: Duration = Duration::from_secs(10);
/// A handler that returns a promise has this long.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);

/// All routes.
pub(crate) fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/request/{session}/{secret}", any(access))
        .route("/request/{session}/{secret}/{*rest}", any(access))
        .route("/log/{session}/{key}", get(log))
        .route("/record/{folder}/{key}/{file}", get(recording))
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .merge(internal::router(&shared))
        .with_state(shared)
}

/// One handler for both routes: without anything after the secret `rest` is empty.
async fn access(
    State(shared): State<Arc<Shared>>,
    Path(mut path): Path<HashMap<String, String>>,
    RawQuery(query): RawQuery,
    method: Method,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
    body: Body,
) -> Response {
    let read = axum::body::to_bytes(body, BODY_BYTES_MAX);
    let body = match tokio::time::timeout(BODY_WITHIN, read).await {
        Ok(Ok(body)) => body,
        Ok(Err(_)) => {
            return (StatusCode::PAYLOAD_TOO_LARGE, "the body cannot be read\n").into_response();
        }
        Err(_) => return (StatusCode::REQUEST_TIMEOUT, "the body is slow\n").into_response(),
    };
    let mut part = |name| path.remove(name).unwrap_or_default();
    let call = Call {
        session: part("session"),
        secret: part("secret"),
        rest: part("rest"),
        query,
        method,
        headers,
        // Anything that does not ask for a WebSocket is an ordinary request.
        upgrade: upgrade.ok(),
        body,
    };
    request(shared, call).await
}

struct Call {
    session: String,
    secret: String,
    rest: String,
    query: Option<String>,
    method: Method,
    headers: HeaderMap,
    upgrade: Option<WebSocketUpgrade>,
    body: axum::body::Bytes,
}

async fn request(shared: Arc<Shared>, call: Call) -> Response {
    shared
        .counters
        .access_requests
        .fetch_add(1, Ordering::Relaxed);
    let admission = match call.session.parse() {
        Ok(session) => shared.access.admit(now_ms(), session, &call.secret),
        Err(_) => Admission::NotFound,
    };
    let owner = match admission {
        Admission::Welcome(owner) => owner,
        Admission::NotFound => {
            shared
                .counters
                .access_refused
                .fetch_add(1, Ordering::Relaxed);
            return gone();
        }
        Admission::TooMany => {
            shared
                .counters
                .access_refused
                .fetch_add(1, Ordering::Relaxed);
            let retry = [(header::RETRY_AFTER, "1")];
            return (StatusCode::TOO_MANY_REQUESTS, retry, "too many requests\n").into_response();
        }
    };
    let mut path = format!("/{}", call.rest);
    if let Some(query) = call.query {
        path.push('?');
        path.push_str(&query);
    }
    if let Some(upgrade) = call.upgrade {
        return socket(&shared, owner, path, &call.headers, upgrade).await;
    }
    let (reply, answer) = tokio::sync::oneshot::channel();
    let request = AccessRequest {
        method: call.method.to_string(),
        path,
        content: String::from_utf8_lossy(&call.body).into_owned(),
        headers: own_headers(&call.headers),
        reply,
    };
    shared.post(
        owner.worker,
        Mail::Access {
            session: owner.session,
            request,
        },
    );
    match tokio::time::timeout(ANSWER_WITHIN, answer).await {
        Ok(Ok(reply)) => respond(reply),
        // The session ended with the request in its hands.
        Ok(Err(_)) => gone(),
        Err(_) => (StatusCode::GATEWAY_TIMEOUT, "the scenario did not answer\n").into_response(),
    }
}

/// A client that wants a WebSocket: the session says yes or no.
async fn socket(
    shared: &Arc<Shared>,
    owner: Owner,
    path: String,
    headers: &HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    let (answer, answered) = tokio::sync::oneshot::channel();
    let request = SocketRequest {
        path,
        headers: own_headers(headers),
        answer,
    };
    shared.post(
        owner.worker,
        Mail::SocketArrived {
            session: owner.session,
            request,
        },
    );
    let Ok(Ok(serve)) = tokio::time::timeout(ANSWER_WITHIN, answered).await else {
        return (
            StatusCode::FORBIDDEN,
            "the scenario takes no WebSocket now\n",
        )
            .into_response();
    };
    // A client that offers subprotocols wants one of them: the first.
    let offered = headers
        .get(header::SEC_WEBSOCKET_PROTOCOL)
        .and_then(|value| value.to_str().ok())
        .and_then(|list| list.split(',').next())
        .map(|name| name.trim().to_owned());
    upgrade
        .protocols(offered)
        .max_message_size(MESSAGE_BYTES_MAX)
        .max_frame_size(MESSAGE_BYTES_MAX)
        .on_upgrade(move |socket| serve(from_axum(socket)))
}

fn respond(reply: AccessReply) -> Response {
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let kind = [(header::CONTENT_TYPE, reply.content_type)];
    (status, kind, reply.body).into_response()
}

fn gone() -> Response {
    (StatusCode::NOT_FOUND, "no such session\n").into_response()
}

/// Only `X-*` headers reach a scenario (voxengine.md §2, HttpRequest).
fn own_headers(headers: &HeaderMap) -> scenario::host::Headers {
    headers
        .iter()
        .filter(|(name, _)| name.as_str().starts_with("x-"))
        .filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned())))
        .collect()
}

async fn log(
    State(shared): State<Arc<Shared>>,
    Path((session, key)): Path<(String, String)>,
) -> Response {
    let Ok(session) = session.parse() else {
        return gone();
    };
    if !shared.access.opens_log(session, &key) {
        return gone();
    }
    let read = tokio::task::spawn_blocking(move || shared.logs.read(session)).await;
    match read {
        Ok(Some(text)) => {
            let kind = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
            (kind, text).into_response()
        }
        Ok(None) | Err(_) => gone(),
    }
}

/// A recording, once it is whole. The URL is all that is needed: see [`crate::recordings`].
async fn recording(
    State(shared): State<Arc<Shared>>,
    Path((folder, key, file)): Path<(String, String, String)>,
) -> Response {
    let Some(path) = shared.recordings.opens(&folder, &key, &file) else {
        return no_recording();
    };
    let Ok(file) = tokio::fs::File::open(path).await else {
        return no_recording();
    };
    let Ok(length) = file.metadata().await.map(|data| data.len()) else {
        return no_recording();
    };
    let head = [
        (header::CONTENT_TYPE, "audio/wav".to_owned()),
        (header::CONTENT_LENGTH, length.to_string()),
        (header::CACHE_CONTROL, "private".to_owned()),
    ];
    let stream = tokio_util::io::ReaderStream::new(file);
    (head, axum::body::Body::from_stream(stream)).into_response()
}

fn no_recording() -> Response {
    (StatusCode::NOT_FOUND, "no such recording, or not yet\n").into_response()
}

async fn ready(State(shared): State<Arc<Shared>>) -> Response {
    if shared.sip.get().is_some() && shared.media.get().is_some() {
        "ready\n".into_response()
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "starting\n").into_response()
    }
}
