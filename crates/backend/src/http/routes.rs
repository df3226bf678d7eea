//! The one table of routes. A route without an [`Access`] cannot be written.

use super::access::{self, Access};
use super::error::ApiError;
use super::{
    App, agent, assets, bindings, callbacks, calls, health, link, metrics, platform, reading,
    reports, reserves, shifts, sign_in, supervision, supervisor_link, transfers,
};
use axum::Router;
use axum::extract::Request;
use axum::handler::Handler;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{MethodFilter, MethodRouter, on};
use std::sync::Arc;
use std::time::Duration;

/// How long any request may take: a long poll (25 s) with a margin.
const REQUEST_MAX: Duration = Duration::from_secs(30);

/// One route.
pub(crate) struct Route {
    /// Its method; GET answers HEAD too. Only the tests that walk the table read it.
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

const GET: MethodFilter = MethodFilter::GET;
const POST: MethodFilter = MethodFilter::POST;

/// All routes.
#[rustfmt::skip] // One line a route reads as the table that it is.
pub(crate) fn routes() -> Vec<Route> {
    use Access::{Agent, Metrics, Open, Reader, Scenario, SignedIn, Ticket};
    const PUT: MethodFilter = MethodFilter::PUT;
    const DELETE: MethodFilter = MethodFilter::DELETE;
    let mut all = vec![
        route(GET, "/healthz", Open, health::healthz),
        route(GET, "/readyz", Open, health::readyz),
        route(GET, "/metrics", Metrics, metrics::metrics),
        route(GET, "/api/openapi.json", Open, health::openapi),
        route(POST, "/api/v1/calls", Scenario, calls::arrive),
        route(POST, "/api/v1/calls/{call_id}/events", Scenario, calls::event),
        route(GET, "/api/v1/calls", Reader, reading::calls),
        route(GET, "/api/v1/calls/{call_id}", Reader, reading::call),
        route(GET, "/api/v1/queues", Reader, reading::queues),
        route(GET, "/api/v1/agents", Reader, reading::agents),
        route(GET, "/api/v1/reserves", Reader, reserves::list),
        route(DELETE, "/api/v1/reserves/{reserve}/ban", Reader, reserves::lift_ban),
        route(GET, "/api/v1/policy", Reader, calls::policy),
        route(GET, "/api/v1/reports/queues", Reader, reports::queues),
        route(GET, "/api/v1/reports/agents", Reader, reports::agents),
        route(GET, "/api/v1/reports/reserves", Reader, reports::reserves),
        route(GET, "/api/v1/reports/outbound", Reader, reports::outbound),
        route(GET, "/api/v1/shifts", Reader, shifts::list),
        route(POST, "/api/v1/shifts", Reader, shifts::set),
        route(DELETE, "/api/v1/shifts", Reader, shifts::remove),
        route(GET, "/api/v1/shifts.csv", Reader, shifts::export),
        route(POST, "/api/v1/shifts.csv", Reader, shifts::import),
        route(GET, "/api/v1/bindings", Reader, bindings::list),
        route(GET, "/api/v1/bindings.csv", Reader, bindings::export),
        route(POST, "/api/v1/bindings.csv", Reader, bindings::import),
        route(PUT, "/api/v1/bindings/{number}", Reader, bindings::set),
        route(DELETE, "/api/v1/bindings/{number}", Reader, bindings::remove),
        route(GET, "/api/v1/answers", Reader, bindings::answers),
        route(GET, "/api/v1/people/{number}", Reader, bindings::person),
        route(DELETE, "/api/v1/people/{number}", Reader, bindings::erase),
        route(GET, "/api/v1/agents/{agent}/absences", Reader, bindings::absences),
        route(PUT, "/api/v1/agents/{agent}/absences", Reader, bindings::set_absences),
        route(PUT, "/api/v1/agents/{agent}/intent", Reader, supervision::force_intent),
        route(POST, "/api/v1/agents/{agent}/wrap_up/end", Reader, supervision::end_wrap_up),
        route(PUT, "/api/v1/agents/{agent}/ban", Reader, supervision::ban),
        route(DELETE, "/api/v1/agents/{agent}/ban", Reader, supervision::lift_ban),
        route(POST, "/api/v1/supervisor/ticket", Reader, supervisor_link::ticket),
        route(GET, "/api/v1/supervisor/link", Ticket, supervisor_link::open),
        route(GET, "/api/v1/supervisor/state", Reader, supervisor_link::state),
        route(GET, "/api/v1/supervisor/events", Reader, supervisor_link::events),
        route(GET, "/api/v1/callbacks", Reader, callbacks::list),
        route(POST, "/api/v1/callbacks", Reader, callbacks::request),
        route(DELETE, "/api/v1/callbacks/{callback}", Reader, callbacks::cancel),
        route(POST, "/api/v1/login", Open, sign_in::login),
        route(POST, "/api/v1/session", Open, sign_in::open_session),
        route(GET, "/api/v1/session", SignedIn, sign_in::session),
        route(DELETE, "/api/v1/session", SignedIn, sign_in::close_session),
        route(GET, "/api/v1/reasons", SignedIn, agent::reasons),
        route(POST, "/api/v1/agent/ticket", Agent, agent::ticket),
        route(GET, "/api/v1/agent/link", Ticket, link::open),
        route(GET, "/api/v1/agent/state", Agent, agent::state),
        route(GET, "/api/v1/agent/events", Agent, agent::events),
        route(PUT, "/api/v1/agent/intent", Agent, agent::intent),
        route(POST, "/api/v1/agent/wrap_up/end", Agent, agent::end_wrap_up),
        route(POST, "/api/v1/agent/wrap_up/extend", Agent, agent::extend_wrap_up),
        route(PUT, "/api/v1/agent/after_call", Agent, agent::after_call),
        route(POST, "/api/v1/agent/ban/lift", Agent, agent::lift_ban),
        route(POST, "/api/v1/agent/transfer", Agent, transfers::transfer),
        route(GET, "/api/v1/agent/transfer", Agent, transfers::targets),
        route(POST, "/api/v1/agent/heartbeat", Agent, agent::heartbeat),
        route(GET, "/sounds/{name}", Open, assets::sound),
        route(GET, "/", Open, assets::index),
    ];
    all.extend(engine_routes());
    all.extend(platform_routes());
    all
}

/// What engines tell.
#[rustfmt::skip]
fn engine_routes() -> Vec<Route> {
    use Access::Engine;
    vec![
        route(MethodFilter::PUT, "/api/v1/devices", Engine, calls::devices),
        route(POST, "/api/v1/sessions", Engine, calls::sessions),
        route(POST, "/api/v1/attempts", Engine, calls::attempts),
    ]
}

/// The cloud's own address for its clients, with and without a last slash.
#[rustfmt::skip]
fn platform_routes() -> Vec<Route> {
    use Access::Key;
    vec![
        route(GET, "/platform_api", Key, platform::by_parameter),
        route(POST, "/platform_api", Key, platform::by_parameter),
        route(GET, "/platform_api/", Key, platform::by_parameter),
        route(POST, "/platform_api/", Key, platform::by_parameter),
        route(GET, "/platform_api/{command}", Key, platform::by_path),
        route(POST, "/platform_api/{command}", Key, platform::by_path),
        route(GET, "/platform_api/{command}/", Key, platform::by_path),
        route(POST, "/platform_api/{command}/", Key, platform::by_path),
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

/// Bounds a request's time and sets the headers that every answer carries.
async fn limit_and_protect(request: Request, next: Next) -> Result<Response, ApiError> {
    let path = request.uri().path();
    let is_api = path.starts_with("/api/") || path.starts_with("/platform_api");
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;
    use std::collections::BTreeMap;

    fn word(method: MethodFilter) -> &'static str {
        const WORDS: [(MethodFilter, &str); 4] = [
            (MethodFilter::GET, "get"),
            (MethodFilter::POST, "post"),
            (MethodFilter::PUT, "put"),
            (MethodFilter::DELETE, "delete"),
        ];
        WORDS
            .iter()
            .find(|(filter, _)| *filter == method)
            .unwrap()
            .1
    }

    /// Who may use an operation, as the description says.
    fn described_access(operation: &Value) -> Vec<&str> {
        let alternatives = operation["security"].as_array().unwrap();
        alternatives
            .iter()
            .flat_map(|one| one.as_object().unwrap().keys().map(String::as_str))
            .collect()
    }

    #[test]
    fn the_description_names_every_route_and_who_may_use_it() {
        let description: Value = serde_json::from_str(health::OPENAPI).unwrap();
        let mut described = BTreeMap::new();
        for (path, operations) in description["paths"].as_object().unwrap() {
            for (method, operation) in operations.as_object().unwrap() {
                described.insert((path.clone(), method.clone()), described_access(operation));
            }
        }
        let mut real = BTreeMap::new();
        for route in routes() {
            let access = match route.access {
                Access::Open | Access::Ticket => vec![],
                Access::Scenario => vec!["scenarioToken"],
                Access::Engine => vec!["engineToken"],
                Access::Key => vec!["serviceKey", "apiKey"],
                Access::Reader | Access::Agent | Access::SignedIn => {
                    vec!["userToken", "pageCookie"]
                }
                Access::Metrics => {
                    vec!["engineToken", "scenarioToken", "userToken", "pageCookie"]
                }
            };
            real.insert(
                (route.path.to_owned(), word(route.method).to_owned()),
                access,
            );
        }
        assert_eq!(described, real);
    }

    #[test]
    fn every_reference_in_the_description_leads_somewhere() {
        fn walk(part: &Value, whole: &Value) {
            match part {
                Value::Object(fields) => {
                    if let Some(Value::String(reference)) = fields.get("$ref") {
                        let pointer = reference.strip_prefix('#').unwrap();
                        assert!(whole.pointer(pointer).is_some(), "{reference}");
                    }
                    fields.values().for_each(|field| walk(field, whole));
                }
                Value::Array(list) => list.iter().for_each(|one| walk(one, whole)),
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
            }
        }
        let description: Value = serde_json::from_str(health::OPENAPI).unwrap();
        walk(&description, &description);
    }
}
