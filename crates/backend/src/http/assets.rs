//! The agent's page and the sounds, embedded in the program.

use super::App;
use super::error::ApiError;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rust_embed::{EmbeddedFile, RustEmbed};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use tokio::io::AsyncReadExt;

#[derive(RustEmbed)]
#[folder = "../../web/dist"]
struct Page;

#[derive(RustEmbed)]
#[folder = "../../scenarios/sounds"]
struct Sounds;

/// Shown when the program was built without the page.
const NO_PAGE: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Cordboard</title>\
    <p>This program was built without the agent's page. Run <code>make web</code> and build it again.</p></html>\n";

/// Files whose names carry a hash of their content never change.
const FOREVER: &str = "public, max-age=31536000, immutable";

/// Sounds may be replaced by an update; an hour is what a cloud engine may
/// play an old one.
const AN_HOUR: &str = "public, max-age=3600";

/// Largest sound of the owner's, bytes: what a session may load
/// (`scenarios.limits.audio_bytes`).
const SOUND_BYTES_MAX: u64 = 10 << 20;

/// No scripts, styles, frames or connections but our own.
const CONTENT_POLICY: &str = "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; \
     frame-ancestors 'none'";

/// `GET /`
pub(crate) async fn index(headers: HeaderMap) -> Response {
    let response = match Page::get("index.html") {
        Some(file) => served(&headers, file, "index.html", "no-cache"),
        None => (
            [(header::CONTENT_TYPE, "text/html; charset=utf-8")],
            NO_PAGE,
        )
            .into_response(),
    };
    with_policy(response)
}

/// Anything that is no route: a file of the page, or nothing.
pub(crate) async fn other(request: Request) -> Response {
    let path = request.uri().path().trim_start_matches('/').to_owned();
    if !matches!(request.method().as_str(), "GET" | "HEAD") || path.starts_with("api/") {
        return ApiError::not_found("there is nothing at this address").into_response();
    }
    let Some(file) = Page::get(&path) else {
        return ApiError::not_found("there is nothing at this address").into_response();
    };
    let caching = if path.starts_with("assets/") {
        FOREVER
    } else {
        "no-cache"
    };
    with_policy(served(request.headers(), file, &path, caching))
}

/// `GET /sounds/{name}`: the owner's file of that name, or the built-in one.
pub(crate) async fn sound(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Response {
    let audio = matches!(name.rsplit_once('.'), Some((_, "wav" | "mp3")));
    if audio && let Some(bytes) = own_sound(&app.config.sounds_dir, &name).await {
        let hash = Sha256::digest(&bytes);
        return tagged(&headers, &hash, bytes, &name, AN_HOUR);
    }
    match Sounds::get(&name) {
        Some(file) if audio => served(&headers, file, &name, AN_HOUR),
        Some(_) | None => ApiError::not_found("no such sound").into_response(),
    }
}

/// The owner's sound. A name that could lead out of the folder is no name.
async fn own_sound(folder: &std::path::Path, name: &str) -> Option<Vec<u8>> {
    let plain = |letter: char| letter.is_alphanumeric() || matches!(letter, '-' | '_' | '.');
    if folder.as_os_str().is_empty() || name.starts_with('.') || !name.chars().all(plain) {
        return None;
    }
    let file = tokio::fs::File::open(folder.join(name)).await.ok()?;
    let mut bytes = Vec::new();
    let mut bounded = file.take(SOUND_BYTES_MAX + 1);
    let read = bounded.read_to_end(&mut bytes).await;
    if read.is_err() || bytes.len() as u64 > SOUND_BYTES_MAX {
        tracing::warn!(name, "http.sounds_dir: unreadable or larger than 10 MiB");
        return None;
    }
    Some(bytes)
}

/// A built-in file, or 304 when the client has it. HEAD is answered by the router, which
/// drops the body of GET.
fn served(headers: &HeaderMap, file: EmbeddedFile, name: &str, caching: &'static str) -> Response {
    let hash = file.metadata.sha256_hash();
    tagged(headers, &hash, file.data, name, caching)
}

fn tagged(
    headers: &HeaderMap,
    hash: &[u8],
    data: impl Into<Body>,
    name: &str,
    caching: &'static str,
) -> Response {
    let digest: String = hash
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let tag = format!("\"{digest}\"");
    let has_it = headers
        .get(header::IF_NONE_MATCH)
        .and_then(|tags| tags.to_str().ok())
        .is_some_and(|tags| {
            tags == "*"
                || tags
                    .split(',')
                    .any(|one| one.trim().trim_start_matches("W/") == tag)
        });
    let mut response = match has_it {
        true => StatusCode::NOT_MODIFIED.into_response(),
        false => ([(header::CONTENT_TYPE, content_type(name))], data.into()).into_response(),
    };
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

fn with_policy(mut response: Response) -> Response {
    response.headers_mut().insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(CONTENT_POLICY),
    );
    response
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("json" | "map") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("woff2") => "font/woff2",
        Some("webmanifest") => "application/manifest+json",
        Some("wav") => "audio/wav",
        Some("mp3") => "audio/mpeg",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
