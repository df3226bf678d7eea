//! Keys about callers whom agents hand over.

use serde::Deserialize;

/// Longest wait for a colleague: nobody holds on for an hour.
const AGENT_WAIT_S_MAX: u64 = 3_600;

/// More numbers than this are no list to choose from on a page.
const NUMBERS_MAX: usize = 100;

/// Longest number that is dialled: 15 digits (E.164) with a prefix before.
const NUMBER_DIGITS_MAX: usize = 20;

/// `[transfers]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Transfers {
    /// How long a transferred caller waits for the wanted colleague.
    pub agent_wait_s: u64,
    /// How outside numbers begin to which callers may be transferred.
    pub outside_prefixes: Vec<String>,
    /// Who may transfer to them; nobody named is every agent.
    #[serde(default)]
    pub outside_agents: Vec<String>,
    /// Outside numbers that every agent may transfer to.
    #[serde(default)]
    pub numbers: Vec<Number>,
}

/// Keys of `[transfers]`.
pub(super) const KEYS: &[&str] = &[
    "agent_wait_s",
    "outside_prefixes",
    "outside_agents",
    "numbers",
];

/// Keys of `[[transfers.numbers]]`.
pub(super) const NUMBER_KEYS: &[&str] = &["name", "number"];

/// `[[transfers.numbers]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Number {
    /// Its name for people.
    pub name: String,
    /// The number.
    pub number: String,
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
            if !is_number(prefix) {
                return Err(format!(
                    "`transfers.outside_prefixes`: `{prefix}` is no beginning of a number"
                ));
            }
        }
        if self.numbers.len() > NUMBERS_MAX {
            return Err(format!(
                "`transfers.numbers`: more than {NUMBERS_MAX} numbers"
            ));
        }
        for (at, own) in self.numbers.iter().enumerate() {
            if own.name.trim().is_empty() {
                return Err(format!("`transfers.numbers` {}: a name is missing", at + 1));
            }
            let digits = own.number.trim_start_matches('+').len();
            if !is_number(&own.number) || digits > NUMBER_DIGITS_MAX {
                return Err(format!(
                    "`transfers.numbers`: `{}` of {} is no number: digits with an optional +",
                    own.number, own.name
                ));
            }
        }
        Ok(())
    }
}

/// Digits with an optional `+` before.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
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
                outside_agents: Vec::new(),
                numbers: Vec::new(),
            }
            .check()
        };
        assert_eq!(check(30, "+7495"), Ok(()));
        assert!(check(0, "7").unwrap_err().contains("agent_wait_s"));
        for prefix in ["", "+", "seven", "00x"] {
            let error = check(30, prefix).unwrap_err();
            assert!(error.contains("outside_prefixes"), "{prefix}: {error}");
        }
        let named = |name: &str, number: &str| {
            let numbers = vec![Number {
                name: name.to_owned(),
                number: number.to_owned(),
            }];
            Transfers {
                agent_wait_s: 30,
                outside_prefixes: Vec::new(),
                outside_agents: Vec::new(),
                numbers,
            }
            .check()
        };
        assert_eq!(named("Pharmacy", "+74951234567"), Ok(()));
        assert!(named(" ", "103").unwrap_err().contains("name"));
        for number in ["", "one", "123456789012345678901"] {
            assert!(named("Pharmacy", number).unwrap_err().contains("Pharmacy"));
        }
    }
}
