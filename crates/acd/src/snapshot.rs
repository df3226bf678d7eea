//! The state of a centre as a value that can be kept: a start reads the newest
//! one and replays only what came after it.
//!
//! [`crate::Center`] and everything in it derive serde's traits, so a field
//! cannot be forgotten unless somebody says `skip`; the simulation restarts
//! through snapshots and compares the whole state. Whoever adds a field marks
//! it `#[serde(default)]` (in `Center` itself that is so already): snapshots
//! of earlier programs, of which `tests/snapshots` keeps one, must open.

/// Version of the state's form. Raised when a field is renamed or gets another
/// meaning, never for one that is added: snapshots of another version are not
/// read, and a journal whose beginning was removed cannot do without them.
pub const STATE_VERSION: u32 = 1;

/// Which sources of this crate a program is made of. A snapshot by the same
/// sources is the state that a replay would give; one by others may lack what
/// they would have derived.
pub const SOURCES: &str = env!("ACD_SOURCES");

/// Maps whose keys are no strings, as a list of pairs.
pub(crate) mod pairs {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use std::collections::HashMap;
    use std::hash::Hash;

    pub(crate) fn serialize<S, K, V>(map: &HashMap<K, V>, serializer: S) -> Result<S::Ok, S::Error>
    where
        S: Serializer,
        K: Serialize,
        V: Serialize,
    {
        serializer.collect_seq(map)
    }

    pub(crate) fn deserialize<'de, D, K, V>(deserializer: D) -> Result<HashMap<K, V>, D::Error>
    where
        D: Deserializer<'de>,
        K: Deserialize<'de> + Eq + Hash,
        V: Deserialize<'de>,
    {
        let pairs = Vec::<(K, V)>::deserialize(deserializer)?;
        Ok(pairs.into_iter().collect())
    }
}
