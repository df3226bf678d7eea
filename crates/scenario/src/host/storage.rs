//! Keys and values of all sessions (`ApplicationStorage`).

use serde::{Deserialize, Serialize};

/// What [`super::Effect::Storage`] does. Keys have 1 to 200 characters, values at most 2,000.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case")]
pub enum StorageOperation {
    /// The item of a key, if there is one.
    Get {
        /// The key.
        key: String,
    },
    /// Sets the item of a key.
    Put {
        /// The key.
        key: String,
        /// Its value.
        value: String,
        /// It is forgotten after this, seconds, at most 90 days.
        ttl_s: u64,
    },
    /// Removes the item of a key; the answer has it as it was.
    Remove {
        /// The key.
        key: String,
    },
    /// The keys that fit a pattern, in order.
    Keys {
        /// `*` stands for any characters, `?` for one.
        pattern: String,
        /// At most so many, 1 to 1,000.
        count: usize,
    },
}

/// One item of `ApplicationStorage`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StorageItem {
    /// The key.
    pub key: String,
    /// Its value; empty in the answer to `keys`.
    pub value: String,
    /// When it is forgotten, Unix milliseconds.
    pub expire_at_ms: u64,
}
