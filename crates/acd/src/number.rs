//! One form for every way in which a caller's number is written, so that a
//! person is known again whichever provider the call came by.

use serde::{Deserialize, Serialize};

/// Longest number or name that is kept, bytes: a SIP user name may be long, a
/// longer one is no person's.
const KEY_BYTES_MAX: usize = 128;

/// Fewest digits of a number that may lack nothing but its `+`. Shorter ones
/// are taken for internal numbers and stay as they are.
const WHOLE_DIGITS_MIN: usize = 8;

/// How numbers are dialled in the country of the centre.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NumberRule {
    /// Country code of numbers without one, digits: `7`; empty is none.
    pub country_code: String,
    /// What stands before a number within the country: `8` in Russia.
    pub national_prefix: String,
    /// What stands before a country code: `810` in Russia, mostly `00`.
    pub international_prefix: String,
    /// How many digits a number within the country has without its prefix; 0
    /// when they differ.
    pub national_digits: u8,
}

impl NumberRule {
    /// The one form of a caller's number: `+79001234567`, an internal number
    /// or a user name in small letters. `None` for callers without a number.
    pub fn normalise(&self, written: &str) -> Option<String> {
        let text = written.trim();
        let text = ["sip:", "sips:", "tel:"]
            .iter()
            .find_map(|scheme| text.strip_prefix(scheme))
            .unwrap_or(text);
        let text = text.split(['@', ';']).next().unwrap_or_default().trim();
        if text.len() > KEY_BYTES_MAX {
            return None;
        }
        let is_number = text.bytes().any(|b| b.is_ascii_digit())
            && text
                .chars()
                .all(|c| c.is_ascii_digit() || "+-(). /\u{a0}".contains(c));
        if is_number {
            return Some(self.whole(text));
        }
        let name = text.to_lowercase();
        let is_hidden = matches!(
            name.as_str(),
            "" | "anonymous" | "unknown" | "unavailable" | "restricted" | "private"
        );
        (!is_hidden && !name.contains(char::is_control)).then_some(name)
    }

    fn whole(&self, text: &str) -> String {
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        if text.starts_with('+') {
            return format!("+{digits}");
        }
        let after = |prefix: &str| {
            let rest = digits.strip_prefix(prefix)?;
            (!prefix.is_empty()).then(|| rest.to_owned())
        };
        if let Some(rest) = after(&self.international_prefix)
            && rest.len() >= WHOLE_DIGITS_MIN
        {
            return format!("+{rest}");
        }
        if self.country_code.is_empty() {
            return digits;
        }
        let is_national = |rest: &str| match usize::from(self.national_digits) {
            0 => rest.len() >= WHOLE_DIGITS_MIN,
            count => rest.len() == count,
        };
        [after(&self.national_prefix), after(&self.country_code)]
            .into_iter()
            .flatten()
            .chain((self.national_digits > 0).then(|| digits.clone()))
            .find(|rest| is_national(rest))
            .map_or(digits, |rest| format!("+{}{rest}", self.country_code))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(country: &str, national: &str, international: &str, digits: u8) -> NumberRule {
        NumberRule {
            country_code: country.into(),
            national_prefix: national.into(),
            international_prefix: international.into(),
            national_digits: digits,
        }
    }

    #[test]
    fn every_way_of_writing_a_number_gives_one_form() {
        let russia = rule("7", "8", "810", 10);
        for written in [
            "+7 (900) 123-45-67",
            "89001234567",
            "79001234567",
            "9001234567",
            "8 900 123 45 67",
            "tel:+79001234567",
            "sip:+79001234567@example.com;user=phone",
        ] {
            let one = russia.normalise(written);
            assert_eq!(one.as_deref(), Some("+79001234567"), "{written}");
        }
        assert_eq!(
            russia.normalise("8 10 44 20 7946 0000").as_deref(),
            Some("+442079460000")
        );
        let america = rule("1", "1", "011", 10);
        for written in ["2125550123", "12125550123", "+1-212-555-0123"] {
            let one = america.normalise(written);
            assert_eq!(one.as_deref(), Some("+12125550123"), "{written}");
        }
        let germany = rule("49", "0", "00", 0);
        let one = germany.normalise("030 12345678");
        assert_eq!(one.as_deref(), Some("+493012345678"));
    }

    #[test]
    fn internal_numbers_and_names_stay_and_hidden_callers_are_nobody() {
        let russia = rule("7", "8", "810", 10);
        assert_eq!(russia.normalise("104").as_deref(), Some("104"));
        assert_eq!(russia.normalise("8104").as_deref(), Some("8104"));
        assert_eq!(russia.normalise("Anna").as_deref(), Some("anna"));
        for hidden in ["", " ", "anonymous", "Restricted", "sip:@host", "a\nb"] {
            assert_eq!(russia.normalise(hidden), None, "{hidden:?}");
        }
        assert_eq!(russia.normalise(&"9".repeat(200)), None);
    }

    #[test]
    fn a_normal_form_is_its_own_normal_form() {
        for rule in [
            rule("7", "8", "810", 10),
            rule("49", "0", "00", 0),
            NumberRule::default(),
        ] {
            for written in ["89001234567", "00 44 20 7946 0000", "104", "Anna", "+1"] {
                let once = rule.normalise(written).unwrap();
                assert_eq!(rule.normalise(&once), Some(once.clone()), "{written}");
            }
        }
    }
}
