//! Signing in and out: bearer tokens for programs, a cookie for the page.

use super::access::{COOKIE, Principal, check_origin};
use super::body::{self, BODY_BYTES_MAX};
use super::error::ApiError;
use super::{App, PeerAddress};
use crate::contract::read_sign_in;
use crate::{clock, password, token};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde_json::{Value, json};
use std::sync::Arc;
use store::{NewToken, Role, TokenKind, User};
use tracing::{info, warn};

/// How long a sign-in is good for: the longest shift with a margin.
const LIFETIME_MS: u64 = 12 * 3_600_000;

/// `POST /api/v1/login`
pub(crate) async fn login(
    State(app): State<Arc<App>>,
    Extension(PeerAddress(address)): Extension<PeerAddress>,
    request: Request,
) -> Result<Json<Value>, ApiError> {
    let (user, secret, expires_at_ms) = sign_in(&app, address, request, TokenKind::Login).await?;
    Ok(Json(json!({
        "token": secret,
        "user": user.name,
        "role": user.role.as_str(),
        "display_name": user.display_name,
        "expires_at": clock::to_rfc3339(expires_at_ms),
    })))
}

/// `POST /api/v1/session`
pub(crate) async fn open_session(
    State(app): State<Arc<App>>,
    Extension(PeerAddress(address)): Extension<PeerAddress>,
    request: Request,
) -> Result<Response, ApiError> {
    // Without this a foreign page could sign a person in as somebody else.
    check_origin(request.headers())?;
    let (user, secret, _) = sign_in(&app, address, request, TokenKind::Page).await?;
    let body = Json(who(&user.name, user.role, &user.display_name));
    with_cookie(
        body.into_response(),
        &secret,
        LIFETIME_MS / 1_000,
        app.config.cookie_secure,
    )
}

/// `GET /api/v1/session`
pub(crate) async fn session(
    Extension(principal): Extension<Principal>,
) -> Result<Json<Value>, ApiError> {
    match principal {
        Principal::User { owner, .. } => {
            Ok(Json(who(&owner.user, owner.role, &owner.display_name)))
        }
        Principal::Scenario | Principal::Engine => Err(ApiError::unauthorized()),
    }
}

/// `DELETE /api/v1/session`
pub(crate) async fn close_session(
    State(app): State<Arc<App>>,
    Extension(principal): Extension<Principal>,
) -> Result<Response, ApiError> {
    if let Principal::User {
        owner,
        token_sha256,
    } = principal
    {
        app.store
            .remove_token(&token_sha256)
            .await
            .map_err(|e| ApiError::store(&e))?;
        info!(user = owner.user, "signed out");
    }
    with_cookie(
        StatusCode::NO_CONTENT.into_response(),
        "",
        0,
        app.config.cookie_secure,
    )
}

fn who(user: &str, role: Role, display_name: &str) -> Value {
    json!({"user": user, "role": role.as_str(), "display_name": display_name})
}

fn with_cookie(
    mut response: Response,
    secret: &str,
    age_s: u64,
    secure: bool,
) -> Result<Response, ApiError> {
    let secure = if secure { "; Secure" } else { "" };
    let cookie =
        format!("{COOKIE}={secret}; HttpOnly; SameSite=Strict; Path=/; Max-Age={age_s}{secure}");
    let value = HeaderValue::from_str(&cookie)
        .map_err(|_| ApiError::unavailable("the cookie cannot be written"))?;
    response.headers_mut().insert(header::SET_COOKIE, value);
    Ok(response)
}

/// Checks name and password and stores a new token. Unknown names take as long
/// as known ones, and both are refused in the same words.
async fn sign_in(
    app: &App,
    address: std::net::IpAddr,
    request: Request,
    kind: TokenKind,
) -> Result<(User, String, u64), ApiError> {
    let (name, secret) = body::read(request, BODY_BYTES_MAX, read_sign_in).await?;
    let now = clock::now_ms();
    app.guard.begin(&name, address, now).map_err(|wait_s| {
        warn!(user = name, %address, wait_s, "sign-in refused: too many failures");
        ApiError::too_many("too many wrong attempts; wait and try again", wait_s)
    })?;
    let user = app
        .store
        .user(&name)
        .await
        .map_err(|e| ApiError::store(&e))?
        .filter(|user| !user.disabled);
    let stored = user.as_ref().and_then(|user| user.password_hash.clone());
    let fits = password::verify(secret, stored).await.map_err(|error| {
        warn!(user = name, %error, "sign-in not checked");
        ApiError::unavailable("too many sign-ins at once")
    })?;
    let Some(user) = user.filter(|_| fits) else {
        warn!(user = name, %address, "sign-in refused: wrong credentials");
        let message = "user name or password is wrong";
        return Err(ApiError::new(
            StatusCode::UNAUTHORIZED,
            "wrong_credentials",
            message,
        ));
    };
    app.guard.succeeded(&name, address);
    let secret = token::generate();
    let expires_at_ms = now + LIFETIME_MS;
    let new = NewToken {
        token_sha256: token::digest(&secret),
        user: user.name.clone(),
        kind,
        expires_at_ms,
    };
    app.store
        .add_token(new)
        .await
        .map_err(|e| ApiError::store(&e))?;
    if user.role == Role::Agent {
        // An agent added a moment ago can press Ready at once.
        app.roster
            .refresh(&app.centre)
            .await
            .map_err(|e| ApiError::store(&e))?;
    }
    info!(user = user.name, role = user.role.as_str(), %address, "signed in");
    Ok((user, secret, expires_at_ms))
}
