//! Typed identifiers. Names come from configuration, numbers are dealt by
//! [`crate::Center`] in the order of its inputs, so replaying a journal deals
//! the same ones again.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

/// Milliseconds since the Unix epoch, UTC. The core never reads a clock: every
/// time it knows came in with an input.
pub type Millis = u64;

macro_rules! number_id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub u64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "{}"), self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl $name {
            /// Reads the form that `Display` writes; `None` for anything else.
            pub fn parse(text: &str) -> Option<Self> {
                let digits = text.strip_prefix($prefix)?;
                if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
                    return None;
                }
                digits.parse().ok().map(Self)
            }
        }
    };
}

number_id!(
    /// One call that the centre knows, written `c17`.
    CallId,
    "c"
);
number_id!(
    /// One attempt to reach one agent for one call, written `o42`.
    OfferId,
    "o"
);
number_id!(
    /// One call-back that a caller asked for, written `b3`.
    CallbackId,
    "b"
);

macro_rules! name_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Arc<str>);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(name: &str) -> Self {
                Self(name.into())
            }
        }
    };
}

name_id!(
    /// An agent, by user name.
    AgentId
);
name_id!(
    /// A queue, by its configured name.
    QueueId
);
name_id!(
    /// A reserve number, by its configured name.
    ReserveId
);
