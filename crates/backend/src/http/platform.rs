//! `/platform_api`: a command and its parameters, sent as the official clients
//! and hand-written code send them (voxengine.md §10.1).

use super::App;
use crate::platform::{self, Failure, Parameters};
use axum::Json;
use axum::body::{Body, to_bytes};
use axum::extract::{FromRequest, Multipart, Path, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

/// Longest request, bytes: a scenario below 128 KB, three times as long in
/// percent signs, and some parameters.
const BODY_BYTES_MAX: usize = 512 * 1_024;
/// Parameters of one command: the longest has about 40.
const PARAMETERS_MAX: usize = 100;

/// `/platform_api`: the command is the parameter `cmd`.
pub(crate) async fn by_parameter(State(app): State<Arc<App>>, request: Request) -> Response {
    respond(&app, None, request).await
}

/// `/platform_api/{command}`
pub(crate) async fn by_path(
    State(app): State<Arc<App>>,
    Path(command): Path<String>,
    request: Request,
) -> Response {
    respond(&app, Some(command), request).await
}

async fn respond(app: &App, command: Option<String>, request: Request) -> Response {
    let bearer = bearer(request.headers());
    let done = match read(request).await {
        // A backend that stands by must not change what another one owns.
        Ok(_) if !app.centre.is_ready() => Err(Failure::not_ready()),
        Ok(mut sent) => {
            let named = sent.take("cmd");
            let command = command.or(named).unwrap_or_default();
            let done = platform::answer(&app.platform, &command, &sent, bearer.as_deref()).await;
            let code = done.as_ref().err().map(|failure| failure.code);
            tracing::info!(command, code, "management API");
            if done.is_ok()
                && matches!(command.as_str(), "AddUser" | "SetUserInfo" | "DelUser")
                && let Err(failure) = app.roster.refresh(&app.centre).await
            {
                tracing::warn!(%failure, "users were not read");
            }
            done
        }
        Err(failure) => Err(failure),
    };
    match done {
        Ok(body) => Json(body).into_response(),
        Err(failure) => {
            let status = StatusCode::from_u16(failure.status).unwrap_or(StatusCode::OK);
            (status, Json(failure.body())).into_response()
        }
    }
}

fn bearer(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    let is_bearer = scheme.eq_ignore_ascii_case("bearer");
    is_bearer.then(|| token.trim().to_owned())
}

async fn read(request: Request) -> Result<Parameters, Failure> {
    let mut sent = Parameters::default();
    let query = request.uri().query().unwrap_or_default().to_owned();
    add_form(&mut sent, query.as_bytes());
    let kind = request.headers().get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let is_multipart = kind.trim_start().starts_with("multipart/form-data");
    let (head, body) = request.into_parts();
    let bytes = to_bytes(body, BODY_BYTES_MAX).await.map_err(|_| {
        Failure::argument(
            "body",
            format!("is longer than {BODY_BYTES_MAX} bytes or was cut off"),
        )
    })?;
    if !is_multipart {
        add_form(&mut sent, &bytes);
        return Ok(sent);
    }
    let whole = Request::from_parts(head, Body::from(bytes));
    let unreadable = || Failure::argument("body", "is not readable as multipart/form-data");
    let mut parts = Multipart::from_request(whole, &())
        .await
        .map_err(|_| unreadable())?;
    for _ in 0..PARAMETERS_MAX {
        let Some(part) = parts.next_field().await.map_err(|_| unreadable())? else {
            return Ok(sent);
        };
        let name = part.name().unwrap_or_default().to_owned();
        let value = part.text().await.map_err(|_| unreadable())?;
        sent.set(name, value);
    }
    Err(Failure::argument(
        "body",
        format!("has more than {PARAMETERS_MAX} parts"),
    ))
}

fn add_form(sent: &mut Parameters, form: &[u8]) {
    for (name, value) in url::form_urlencoded::parse(form).take(PARAMETERS_MAX) {
        sent.set(name.into_owned(), value.into_owned());
    }
}
