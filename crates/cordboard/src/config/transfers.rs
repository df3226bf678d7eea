//! Keys about callers whom agents hand over.

use serde::Deserialize;

/// Longest wait for a colleague: nobody holds on for an hour.
const AGENT_WAIT_S_MAX: u64 = 3_600;

/// `[transfers]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Transfers {
    /// How long a transferred caller waits for the wanted colleague.
    pub agent_wait_s: u64,
    /// How outside numbers begin to which callers may be transferred.
    pub outside_prefixes: Vec<String>,
}

impl Transfers {
    /// Says what is wrong, by key.
    pub(super) fn check(&self) -> Result<(), String> {
        let seconds = self.agent_wait_s;
        if !(1..=AGENT_WAIT_S_MAX).contains(&seconds) {
            return Err(format!(
                "`transfers.agent_wait_s`: {seconds} is not between 1 and an hour"
            ));
        }
        for prefix in &self.outside_prefixes {
            let digits = prefix.strip_prefix('+').unwrap_or(prefix);
            if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(format!(
                    "`transfers.outside_prefixes`: `{prefix}` is no beginning of a number"
                ));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_is_named() {
        let check = |agent_wait_s, prefix: &str| {
            let outside_prefixes = vec![prefix.to_owned()];
            Transfers {
                agent_wait_s,
                outside_prefixes,
            }
            .check()
        };
        assert_eq!(check(30, "+7495"), Ok(()));
        assert!(check(0, "7").unwrap_err().contains("agent_wait_s"));
        for prefix in ["", "+", "seven", "00x"] {
            let error = check(30, prefix).unwrap_err();
            assert!(error.contains("outside_prefixes"), "{prefix}: {error}");
        }
    }
}
