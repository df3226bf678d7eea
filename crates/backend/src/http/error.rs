//! Refusals as clients see them: `{"error": {"code", "message", "field"?}}`.

use crate::centre::{NotNow, Rejection};
use crate::contract::{FieldError, Problem};
use acd::Refusal;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// A refusal.
#[derive(Debug)]
pub(crate) struct ApiError {
    status: StatusCode,
    code: &'static str,
    message: String,
    field: Option<String>,
    problem: Option<Problem>,
    retry_after_s: Option<u64>,
    /// What the caller of a call that is not let in is told.
    say: Option<Box<acd::Say>>,
}

impl ApiError {
    pub(crate) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            field: None,
            problem: None,
            retry_after_s: None,
            say: None,
        }
    }

    /// 401: who are you?
    pub(crate) fn unauthorized() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "unauthorized",
            "sign in, or send a valid bearer token",
        )
    }

    /// 403: known, and not allowed.
    pub(crate) fn forbidden(code: &'static str, message: &'static str) -> Self {
        Self::new(StatusCode::FORBIDDEN, code, message)
    }

    /// 404.
    pub(crate) fn not_found(message: &'static str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", message)
    }

    /// 429 with the time to wait.
    pub(crate) fn too_many(message: &'static str, retry_after_s: u64) -> Self {
        let error = Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_attempts", message);
        Self {
            retry_after_s: Some(retry_after_s),
            ..error
        }
    }

    /// 503: the same may succeed in a moment.
    pub(crate) fn unavailable(message: impl Into<String>) -> Self {
        let error = Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", message);
        Self {
            retry_after_s: Some(1),
            ..error
        }
    }

    /// The store failed; the log says how, the client need not know.
    pub(crate) fn store(failure: &store::StoreError) -> Self {
        tracing::error!(%failure, "the store failed");
        Self::unavailable("the database does not answer")
    }

    /// A file of which nothing was taken: the first wrong line, and how many
    /// there are.
    pub(crate) fn wrong_line(line: u64, why: FieldError, refused: usize) -> Self {
        let more = match refused {
            0 | 1 => String::new(),
            _ => format!(" ({refused} lines are wrong)"),
        };
        let message = format!("line {line}: {why}{more}; nothing was taken");
        Self {
            message,
            ..Self::from(why)
        }
    }

    /// The code and message, for a WebSocket's error frame.
    pub(crate) fn parts(&self) -> (&'static str, &str) {
        (self.code, &self.message)
    }
}

impl From<FieldError> for ApiError {
    fn from(refusal: FieldError) -> Self {
        let error = Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "invalid_field",
            refusal.to_string(),
        );
        Self {
            field: Some(refusal.field),
            problem: Some(refusal.problem),
            ..error
        }
    }
}

impl From<Rejection> for ApiError {
    fn from(rejection: Rejection) -> Self {
        match rejection {
            Rejection::UnknownCall => {
                Self::new(StatusCode::NOT_FOUND, "unknown_call", "no such call")
            }
            Rejection::UnknownCallback => Self::new(
                StatusCode::NOT_FOUND,
                "unknown_callback",
                "no such call-back",
            ),
            Rejection::CallbackRefused(refusal) => Self::callback_refused(refusal),
            Rejection::UnknownAgent => Self::forbidden("not_an_agent", "this user is not an agent"),
            Rejection::NotNow(not_now) => Self::not_now(not_now),
            Rejection::Refused(refusal, say) => Self {
                say: say.map(Box::new),
                ..Self::refused(refusal)
            },
            Rejection::Unavailable(why) => Self::unavailable(why),
            Rejection::TransferRefused(refusal) => Self::new(
                StatusCode::CONFLICT,
                refusal.word(),
                crate::contract::refusal_message(refusal),
            ),
        }
    }
}

impl ApiError {
    /// Something that cannot be done to an agent now: 409, or 403 when it is
    /// another's to do.
    fn not_now(not_now: NotNow) -> Self {
        let conflict = |code, message: String| Self::new(StatusCode::CONFLICT, code, message);
        match not_now {
            NotNow::WrapUpForced { until } => {
                let until = crate::clock::to_rfc3339(until);
                conflict(
                    "wrap_up_forced",
                    format!("the time after the call cannot be ended before {until}"),
                )
            }
            NotNow::NoWrapUp => conflict("no_wrap_up", "there is no wrap-up to extend".into()),
            NotNow::WrapUpLongest => conflict(
                "wrap_up_longest",
                "the time after the call is as long as the queue allows".into(),
            ),
            NotNow::BanOfSupervisors => {
                Self::forbidden("ban_of_supervisors", "only a supervisor can lift this ban")
            }
        }
    }

    /// A call-back that is not kept.
    fn callback_refused(refusal: acd::CallbackRefusal) -> Self {
        use acd::CallbackRefusal as R;
        let (field, message) = match refusal {
            R::NotOffered => (None, "this queue does not call back"),
            R::BadNumber => (
                Some("number"),
                "number: expected a number that can be dialled",
            ),
            R::Duplicate => (None, "a call to this number is in line already"),
            R::TooMany => (None, "the queue keeps as many call-backs as it may"),
            R::UnknownQueue => (Some("queue"), "queue: no such queue"),
        };
        Self {
            field: field.map(Into::into),
            ..Self::new(StatusCode::CONFLICT, refusal.word(), message)
        }
    }

    /// A caller who is not let in. 409 says "do not try again", 503 "try
    /// again": what the caller's scenario does next depends on it.
    fn refused(refusal: Refusal) -> Self {
        let conflict = |code, message: String| Self::new(StatusCode::CONFLICT, code, message);
        match refusal {
            Refusal::UnknownQueue { queue } => {
                let error = Self::new(
                    StatusCode::CONFLICT,
                    "unknown_queue",
                    format!("queue: no queue `{queue}`"),
                );
                Self {
                    field: Some("queue".into()),
                    ..error
                }
            }
            Refusal::QueueFull { queue } => {
                conflict("queue_full", format!("queue `{queue}` is full"))
            }
            Refusal::Closed { queue } => {
                conflict("queue_closed", format!("queue `{queue}` is closed now"))
            }
            Refusal::NobodyThere { queue } => conflict(
                "nobody_there",
                format!("no agent of queue `{queue}` is logged in"),
            ),
            Refusal::CallbackOver { callback } => conflict(
                "callback_over",
                format!("call-back `{callback}` is over, or another session has it"),
            ),
            Refusal::NoQueues => {
                let message = "no queue is configured";
                Self {
                    retry_after_s: None,
                    ..Self::new(StatusCode::SERVICE_UNAVAILABLE, "no_queues", message)
                }
            }
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut body = json!({"error": {"code": self.code, "message": self.message}});
        if let Some(field) = &self.field {
            body["error"]["field"] = json!(field);
        }
        if let Some(problem) = self.problem {
            body["error"]["problem"] = json!(problem);
        }
        if let Some(say) = &self.say {
            body["say"] = json!(say);
        }
        let mut response = (self.status, axum::Json(body)).into_response();
        if let Some(seconds) = self.retry_after_s {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
