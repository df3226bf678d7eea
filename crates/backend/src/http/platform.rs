//! `/platform_api`: a command and its parameters, sent as the official clients
//! and hand-written code send them (voxengine.md §10.1).

use super::App;
use crate::platform::{self, Answer, FILE, Failure, Parameters};
use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Multipart, Path, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Longest request that is taken at once, bytes: a scenario below 128 KB, three
/// times as long in percent signs, and some parameters.
const BODY_BYTES_MAX: usize = 512 * 1_024;
/// Longest request, bytes: the file of a call list in percent signs. It is read before
/// the key in it can be checked, so few of them are read at a time.
const FILE_BODY_BYTES_MAX: usize = 3 * outbound::limits::FILE_BYTES_MAX + BODY_BYTES_MAX;
/// Requests above [`BODY_BYTES_MAX`] at a time; others wait.
static FILE_BODIES: Semaphore = Semaphore::const_new(3);
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
        Ok(Answer::Json(body)) => Json(body).into_response(),
        // The Node.js client compares the whole header.
        Ok(Answer::File(bytes)) => {
            let kind = [(header::CONTENT_TYPE, "application/octet-stream")];
            (kind, bytes).into_response()
        }
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
    let is_form = kind.is_empty() || kind.contains("x-www-form-urlencoded");
    let (head, body) = request.into_parts();
    let bytes = collect(body).await?;
    if !is_multipart {
        if is_form {
            add_form(&mut sent, &bytes);
        }
        // A file may be the body itself, under whatever type a program sends it. No
        // form has lines.
        if sent.file().is_none() && (!is_form || bytes.contains(&b'\n')) {
            sent.set_file(bytes.to_vec());
        }
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
        if name == FILE {
            let bytes = part.bytes().await.map_err(|_| unreadable())?;
            sent.set_file(bytes.to_vec());
        } else {
            let value = part.text().await.map_err(|_| unreadable())?;
            sent.set(name, value);
        }
    }
    Err(Failure::argument(
        "body",
        format!("has more than {PARAMETERS_MAX} parts"),
    ))
}

/// The whole body, in its turn if it is long.
async fn collect(body: Body) -> Result<Bytes, Failure> {
    let cut_off = || Failure::argument("body", "was cut off");
    let mut stream = body.into_data_stream();
    let (mut bytes, mut turn) = (Vec::new(), None);
    while let Some(part) = stream.next().await {
        bytes.extend_from_slice(&part.map_err(|_| cut_off())?);
        if bytes.len() > FILE_BODY_BYTES_MAX {
            let why = format!("is longer than {FILE_BODY_BYTES_MAX} bytes");
            return Err(Failure::argument("body", why));
        }
        if bytes.len() > BODY_BYTES_MAX && turn.is_none() {
            turn = Some(FILE_BODIES.acquire().await.map_err(|_| cut_off())?);
        }
    }
    Ok(bytes.into())
}

fn add_form(sent: &mut Parameters, form: &[u8]) {
    for (name, value) in url::form_urlencoded::parse(form).take(PARAMETERS_MAX) {
        if name != FILE {
            sent.set(name.into_owned(), value.into_owned());
        }
    }
    let fields = form.split(|byte| *byte == b'&').take(PARAMETERS_MAX);
    let mut files =
        fields.filter_map(|field| field.strip_prefix(FILE.as_bytes())?.strip_prefix(b"="));
    if let Some(file) = files.next() {
        sent.set_file(unescaped(file));
    }
}

/// The bytes of a form's value: they may be text of another encoding than UTF-8.
fn unescaped(value: &[u8]) -> Vec<u8> {
    let digit = |byte: Option<&u8>| char::from(*byte?).to_digit(16);
    let mut bytes = Vec::with_capacity(value.len());
    let mut at = 0;
    while let Some(byte) = value.get(at) {
        let pair = (digit(value.get(at + 1)), digit(value.get(at + 2)));
        let (byte, step) = match (byte, pair) {
            (b'+', _) => (b' ', 1),
            (b'%', (Some(high), Some(low))) => (u8::try_from(high * 16 + low).unwrap_or(b'%'), 3),
            (byte, _) => (*byte, 1),
        };
        bytes.push(byte);
        at += step;
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_keeps_its_bytes_whichever_way_it_comes() {
        let mut sent = Parameters::default();
        add_form(
            &mut sent,
            b"name=a+b%21&file_content=%E8%ec+x%2B%3B%zz&count=2",
        );
        assert_eq!(sent.file(), Some(&b"\xe8\xec x+;%zz"[..]));
        assert_eq!(
            (sent.text("name"), sent.text("count")),
            (Some("a b!"), Some("2"))
        );
    }

    #[tokio::test]
    async fn bodies_are_bounded() {
        let long = vec![b'a'; FILE_BODY_BYTES_MAX + 1];
        let refused = collect(Body::from(long)).await.unwrap_err();
        assert!(refused.message.contains("longer"), "{refused:?}");
        let file = vec![b'a'; BODY_BYTES_MAX + 1];
        assert_eq!(
            collect(Body::from(file)).await.unwrap().len(),
            BODY_BYTES_MAX + 1
        );
    }
}
