//! `Digest name=value, name="value"` of Authorization and WWW-Authenticate.

use crate::message::split_list;

/// The parameters of one header value, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Params(Vec<(String, String)>);

impl Params {
    /// Reads a value of the Digest scheme; `None` for another scheme.
    pub(crate) fn read(value: &str) -> Option<Self> {
        let (scheme, rest) = value.trim().split_once(char::is_whitespace)?;
        if !scheme.eq_ignore_ascii_case("Digest") {
            return None;
        }
        let params = split_list(rest)
            .iter()
            .filter_map(|param| param.split_once('='))
            .map(|(name, value)| (name.trim().to_ascii_lowercase(), unquote(value.trim())))
            .collect();
        Some(Self(params))
    }

    /// A parameter by its lower-case name.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }
}

/// A quoted string for a header: quotes and backslashes escaped.
pub(crate) fn quote(text: &str) -> String {
    let escaped = crate::headers::clean(text)
        .replace('\\', "\\\\")
        .replace('"', "\\\"");
    format!("\"{escaped}\"")
}

fn unquote(text: &str) -> String {
    let Some(inner) = text
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
    else {
        return text.to_string();
    };
    let mut plain = String::new();
    let mut escaped = false;
    for c in inner.chars() {
        if c == '\\' && !escaped {
            escaped = true;
        } else {
            plain.push(c);
            escaped = false;
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_commas_and_escapes_are_read() {
        let params = Params::read("Digest realm=\"a, \\\"b\\\"\", NC=00000001 , qop=auth").unwrap();
        assert_eq!(params.get("realm"), Some("a, \"b\""));
        assert_eq!(params.get("nc"), Some("00000001"));
        assert_eq!(params.get("qop"), Some("auth"));
        assert_eq!(Params::read("Basic abc"), None);
    }

    #[test]
    fn what_is_quoted_is_read_back() {
        let text = "a\"b\\c, d";
        let params = Params::read(&format!("Digest realm={}", quote(text))).unwrap();
        assert_eq!(params.get("realm"), Some(text));
    }
}
