//! Maps by names.

use std::collections::HashMap;

/// A map by names that come from outside, from those who hold a token: seeded, so
/// that nobody else can choose names that collide.
pub(crate) type NameMap<K, V> = HashMap<K, V, foldhash::fast::RandomState>;
