//! The one table of routes. A route without an [`Access`] cannot be written.

use super::access::{self, Access};
use super::error::ApiError;
use super::{App, PeerAddress, agent, assets, calls, health, link, metrics, reading, sign_in};
use axum::Router;
use axum::extract::{ConnectInfo, Request};
use axum::handler::Handler;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{MethodFilter, MethodRouter, on};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// How long any request may take: a long poll (25 s) with a margin.
const REQUEST_MAX: Duration = Duration::from_secs(30);

/// One route.
pub(crate) struct Route {
    /// Its method; GET answers HEAD too. Read by the tests that walk the table.
    #[allow(dead_code)]
    pub(crate) method: MethodFilter,
    pub(crate) path: &'static str,
    pub(crate) access: Access,
    handler: MethodRouter<Arc<App>>,
}

fn route<H, T>(method: MethodFilter, path: &'static str, access: Access, handler: H) -> Route
where
    H: Handler<T, Arc<App>>,
    T: 'static,
{
    Route {
        method,
        path,
        access,
        handler: on(method, handler),
    }
}

/// All routes.
#[rustfmt::skip] // One line a route reads as the table that it is.
pub(crate) fn routes() -> Vec<Route> {
    use Access::{Agent, Metrics, Open, Reader, Scenario, SignedIn, Ticket};
    const GET: MethodFilter = MethodFilter::GET;
    const POST: MethodFilter = MethodFilter::POST;
    const PUT: MethodFilter = MethodFilter::PUT;
    const DELETE: MethodFilter = MethodFilter::DELETE;
    vec![
        route(GET, "/healthz", Open, health::healthz),
        route(GET, "/readyz", Open, health::readyz),
        route(GET, "/metrics", Metrics, metrics::metrics),
        route(GET, "/api/openapi.json", Open, health::openapi),
        route(POST, "/api/v1/calls", Scenario, calls::arrive),
        route(POST, "/api/v1/calls/{call_id}/events", Scenario, calls::event),
        route(PUT, "/api/v1/devices", Scenario, calls::devices),
        route(GET, "/api/v1/calls", Reader, reading::calls),
        route(GET, "/api/v1/calls/{call_id}", Reader, reading::call),
        route(GET, "/api/v1/queues", Reader, reading::queues),
        route(GET, "/api/v1/agents", Reader, reading::agents),
        route(POST, "/api/v1/login", Open, sign_in::login),
        route(POST, "/api/v1/session", Open, sign_in::open_session),
        route(GET, "/api/v1/session", SignedIn, sign_in::session),
        route(DELETE, "/api/v1/session", SignedIn, sign_in::close_session),
        route(POST, "/api/v1/agent/ticket", Agent, agent::ticket),
        route(GET, "/api/v1/agent/link", Ticket, link::open),
        route(GET, "/api/v1/agent/state", Agent, agent::state),
        route(GET, "/api/v1/agent/events", Agent, agent::events),
        route(PUT, "/api/v1/agent/intent", Agent, agent::intent),
        route(POST, "/api/v1/agent/wrap_up/end", Agent, agent::end_wrap_up),
        route(POST, "/api/v1/agent/heartbeat", Agent, agent::heartbeat),
        route(GET, "/sounds/{name}", Open, assets::sound),
        route(GET, "/", Open, assets::index),
    ]
}

/// The router over the table.
pub(crate) fn router(app: &Arc<App>) -> Router {
    let mut router = Router::new();
    for route in routes() {
        let guard = middleware::from_fn_with_state((app.clone(), route.access), access::check);
        router = router.route(route.path, route.handler.layer(guard));
    }
    router
        .fallback(assets::other)
        .method_not_allowed_fallback(wrong_method)
        .layer(middleware::from_fn(limit_and_protect))
        .layer(middleware::from_fn_with_state(app.clone(), metrics::count))
        .with_state(app.clone())
}

async fn wrong_method() -> ApiError {
    ApiError::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method_not_allowed",
        "this address does not take that method",
    )
}

/// Bounds a request's time, notes where it came from, and sets the headers that
/// every answer carries.
async fn limit_and_protect(mut request: Request, next: Next) -> Result<Response, ApiError> {
    let is_api = request.uri().path().starts_with("/api/");
    if let Some(ConnectInfo(peer)) = request.extensions().get::<ConnectInfo<SocketAddr>>() {
        let address = PeerAddress(peer.ip().to_canonical());
        request.extensions_mut().insert(address);
    }
    let mut response = tokio::time::timeout(REQUEST_MAX, next.run(request))
        .await
        .map_err(|_| {
            ApiError::new(
                StatusCode::REQUEST_TIMEOUT,
                "timeout",
                "the request took too long",
            )
        })?;
    let headers = response.headers_mut();
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    headers.insert(
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    );
    if is_api {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    Ok(response)
}
