//! Why a command was not done, in the cloud's numbers (voxengine.md §10.1).

use serde_json::{Value, json};

/// A refusal: HTTP 200 with `{"error": {"code", "msg"}}`, but for
/// [`Failure::too_many_sessions`].
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) code: u32,
    pub(crate) message: String,
    /// HTTP status; 200 unless the cloud gives another.
    pub(crate) status: u16,
}

impl Failure {
    fn new(code: u32, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            status: 200,
        }
    }

    /// What went wrong, for people.
    pub(crate) fn words(self) -> String {
        self.message
    }

    /// 100: no key, or a wrong one.
    pub(crate) fn authorization(message: &str) -> Self {
        Self::new(100, format!("Authorization failed: {message}"))
    }

    /// 101: the named parameter cannot be used.
    pub(crate) fn argument(name: &str, why: impl std::fmt::Display) -> Self {
        Self::new(101, format!("Invalid arguments: `{name}` {why}"))
    }

    /// 103: a command that is not served here.
    pub(crate) fn unknown_command(command: &str) -> Self {
        let shown: String = command.chars().take(64).collect();
        Self::new(103, format!("Unknown command: {shown}"))
    }

    /// 104: known and not allowed.
    pub(crate) fn forbidden(message: impl Into<String>) -> Self {
        Self::new(104, message)
    }

    /// 251: no such call list.
    pub(crate) fn unknown_call_list() -> Self {
        Self::new(251, "The call list is not found")
    }

    /// 340: slow down.
    pub(crate) fn rate_limit() -> Self {
        Self::new(340, "Too many requests, try again later")
    }

    /// 447: the token is no RS256 token of the key that it names.
    pub(crate) fn token(message: &str) -> Self {
        Self::new(447, format!("Invalid JWT: {message}"))
    }

    /// 454: no such key.
    pub(crate) fn token_key() -> Self {
        Self::new(454, "Invalid JWT: no key with this `kid`")
    }

    /// 455: expired, not valid yet, or for too long.
    pub(crate) fn token_time(message: &str) -> Self {
        Self::new(455, format!("Invalid JWT: {message}"))
    }

    /// 456: another account.
    pub(crate) fn token_issuer() -> Self {
        Self::new(456, "Invalid JWT: `iss` is not this account's id")
    }

    /// HTTP 429: as many sessions as there may be.
    pub(crate) fn too_many_sessions() -> Self {
        Self {
            status: 429,
            ..Self::new(340, "Too many sessions at once, try again later")
        }
    }

    /// HTTP 503: not replayed yet, or standing by for another backend.
    pub(crate) fn not_ready() -> Self {
        Self {
            status: 503,
            ..Self::internal("the backend is not ready")
        }
    }

    /// The installation failed: the operator's. Code 500 is ours.
    pub(crate) fn internal(message: impl Into<String>) -> Self {
        Self::new(500, message)
    }

    /// The body of the answer.
    pub(crate) fn body(&self) -> Value {
        json!({"error": {"code": self.code, "msg": self.message}})
    }
}

impl From<outbound::ListError> for Failure {
    fn from(failure: outbound::ListError) -> Self {
        use outbound::ListError as Error;
        let words = failure.to_string();
        match failure {
            Error::UnknownList => Self::unknown_call_list(),
            Error::UnknownTask | Error::UnknownBatch => {
                Self::new(101, format!("Invalid arguments: {words}"))
            }
            Error::Field { field, why } => Self::argument(field, why),
            Error::Full { .. }
            | Error::Over
            | Error::InProgress
            | Error::NotNow
            | Error::NoTask => Self::forbidden(words),
        }
    }
}

impl From<store::StoreError> for Failure {
    fn from(failure: store::StoreError) -> Self {
        tracing::error!(%failure, "the store failed");
        Self::internal("the database does not answer")
    }
}
