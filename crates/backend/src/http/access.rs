//! Who may use which route. Every route carries an [`Access`]; the check runs
//! before its handler, so a route without one cannot exist.

use super::App;
use super::error::ApiError;
use crate::{clock, token};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::Response;
use std::sync::Arc;
use store::{Role, TokenKind, TokenOwner};

/// The page's session cookie.
pub(crate) const COOKIE: &str = "cordboard_session";

/// The header that only a page of ours can send with a cookie: a foreign page
/// cannot set it without a CORS preflight, which is never granted.
const PAGE_HEADER: &str = "x-cordboard";

/// Who may use a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Everybody.
    Open,
    /// Scenarios, by the scenario token.
    Scenario,
    /// Engines, by the engine token.
    Engine,
    /// Supervisors, administrators and programs acting for one.
    Reader,
    /// Agents.
    Agent,
    /// Any user.
    SignedIn,
    /// The handler itself checks a single-use ticket.
    Ticket,
    /// The handler itself checks a program's key.
    Key,
    /// Readers and the tokens of scenarios and engines; everybody if so configured.
    Metrics,
}

/// Who sent a request. Handlers find it among the request's extensions.
#[derive(Clone, Debug)]
pub(crate) enum Principal {
    /// A scenario.
    Scenario,
    /// An engine.
    Engine,
    /// A user.
    User {
        /// Who.
        owner: Arc<TokenOwner>,
        /// Digest of the token, to sign out by.
        token_sha256: String,
    },
}

/// Lets a request through to its handler, or refuses it.
pub(crate) async fn check(
    State((app, access)): State<(Arc<App>, Access)>,
    mut request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    let open = match access {
        Access::Open | Access::Ticket | Access::Key => true,
        Access::Metrics => app.config.metrics_open,
        Access::Scenario | Access::Engine | Access::Reader | Access::Agent | Access::SignedIn => {
            false
        }
    };
    if !open {
        let principal = identify(&app, request.method(), request.headers()).await?;
        allow(&principal, access)?;
        request.extensions_mut().insert(principal);
    }
    Ok(next.run(request).await)
}

fn allow(principal: &Principal, access: Access) -> Result<(), ApiError> {
    let may = match principal {
        Principal::Scenario => matches!(access, Access::Scenario | Access::Metrics),
        Principal::Engine => matches!(access, Access::Engine | Access::Metrics),
        Principal::User { owner, .. } => match access {
            Access::Scenario | Access::Engine => false,
            Access::Reader | Access::Metrics => {
                matches!(owner.role, Role::Supervisor | Role::Admin)
            }
            Access::Agent => owner.role == Role::Agent,
            Access::SignedIn | Access::Open | Access::Ticket | Access::Key => true,
        },
    };
    if may {
        return Ok(());
    }
    Err(ApiError::forbidden("forbidden", "this needs another role"))
}

async fn identify(app: &App, method: &Method, headers: &HeaderMap) -> Result<Principal, ApiError> {
    if let Some(bearer) = bearer(headers) {
        if token::same(bearer, &app.config.scenario_token) {
            return Ok(Principal::Scenario);
        }
        if token::same(bearer, &app.config.engine_token) {
            return Ok(Principal::Engine);
        }
        return user_of(app, bearer, &[TokenKind::Login, TokenKind::Program]).await;
    }
    let Some(cookie) = cookie(headers) else {
        return Err(ApiError::unauthorized());
    };
    let principal = user_of(app, cookie, &[TokenKind::Page]).await?;
    if !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) {
        check_page(headers)?;
    }
    Ok(principal)
}

async fn user_of(app: &App, token: &str, kinds: &[TokenKind]) -> Result<Principal, ApiError> {
    let token_sha256 = token::digest(token);
    let owner = app
        .store
        .token_owner(&token_sha256, clock::now_ms())
        .await
        .map_err(|e| ApiError::store(&e))?;
    match owner {
        Some(owner) if kinds.contains(&owner.kind) => Ok(Principal::User {
            owner: Arc::new(owner),
            token_sha256,
        }),
        Some(_) | None => Err(ApiError::unauthorized()),
    }
}

/// A request with a cookie that changes something must come from our own page.
fn check_page(headers: &HeaderMap) -> Result<(), ApiError> {
    let from_page = headers
        .get(PAGE_HEADER)
        .is_some_and(|value| value == "page");
    if !from_page {
        return Err(ApiError::forbidden(
            "cross_site",
            "the header `X-Cordboard: page` is missing",
        ));
    }
    check_origin(headers)
}

/// An `Origin`, if sent, must be the host that was asked. The scheme is not
/// compared: behind a proxy that ends TLS the page's is https and ours http.
pub(crate) fn check_origin(headers: &HeaderMap) -> Result<(), ApiError> {
    let Some(origin) = headers.get(header::ORIGIN) else {
        return Ok(());
    };
    let origin = origin
        .to_str()
        .ok()
        .and_then(|origin| origin.split_once("://"))
        .map(|(_, host)| host);
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    match (origin, host) {
        (Some(origin), Some(host)) if origin.eq_ignore_ascii_case(host) => Ok(()),
        _ => Err(ApiError::forbidden(
            "cross_site",
            "the request comes from another site",
        )),
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then_some(token.trim())
}

fn cookie(headers: &HeaderMap) -> Option<&str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == COOKIE)
        .map(|(_, token)| token)
}
