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
        /// See [`key_fits`].
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

/// Whether a key of `ApplicationStorage` fits a pattern. A pattern is a namespace, which
/// is all of a key or what stands before a colon in it: `test` means `test` and
/// `test:1`. `*` stands for any characters and `?` for one.
#[must_use]
pub fn key_fits(pattern: &str, key: &str) -> bool {
    if pattern.contains(['*', '?']) {
        let pattern: Vec<char> = pattern.chars().collect();
        return fits(&pattern, key);
    }
    match key.strip_prefix(pattern) {
        Some(rest) => rest.is_empty() || rest.starts_with(':') || pattern.ends_with(':'),
        None => false,
    }
}

/// Whether a key fits a pattern of `*` and `?`, in time linear in both lengths
/// together times the stars, without recursion.
fn fits(pattern: &[char], key: &str) -> bool {
    let key: Vec<char> = key.chars().collect();
    let (mut p, mut k) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while k < key.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, k));
                p += 1;
            }
            Some(c) if *c == '?' || key.get(k) == Some(c) => {
                p += 1;
                k += 1;
            }
            Some(_) | None => match star {
                // The star takes one character more.
                Some((at, taken)) => {
                    star = Some((at, taken + 1));
                    p = at + 1;
                    k = taken + 1;
                }
                None => return false,
            },
        }
    }
    pattern.iter().skip(p).all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::key_fits;

    #[test]
    fn a_pattern_is_a_namespace_or_has_stars_and_question_marks() {
        for (pattern, key, expected) in [
            ("*", "", true),
            ("a*", "abc", true),
            ("a*c", "abcbc", true),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("*b*", "abc", true),
            ("b", "abc", false),
            ("", "a", false),
            ("a*b*c", "axxbxx", false),
            ("test", "test", true),
            ("test", "test:1234", true),
            ("test:", "test:1234", true),
            ("test", "tests:1", false),
            ("test", "other:test", false),
            ("test:1", "test:1:2", true),
        ] {
            assert_eq!(key_fits(pattern, key), expected, "{pattern} {key}");
        }
    }
}
