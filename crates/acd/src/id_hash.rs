//! Maps by our own numbers and by names. Numbers are dealt by the centre and nobody
//! outside can choose them, so a hash that resists an attacker would cost for nothing.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// A map by [`crate::CallId`] or [`crate::OfferId`].
pub(crate) type IdMap<K, V> = HashMap<K, V, BuildHasherDefault<IdHasher>>;

/// A map by names that come from outside, from those who hold a token: seeded, so
/// that nobody else can choose names that collide.
pub(crate) type NameMap<K, V> = HashMap<K, V, foldhash::fast::RandomState>;

/// One multiplication and a shift: spreads consecutive numbers over the upper
/// bits that the map uses for its tags, and over the lower that it indexes by.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct IdHasher {
    hash: u64,
}

impl Hasher for IdHasher {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, number: u64) {
        let mixed = (self.hash ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.hash = mixed ^ (mixed >> 32);
    }

    fn finish(&self) -> u64 {
        self.hash
    }
}
