//! The parameters of one command, whichever way they were sent: query, form or
//! multipart. Lists are joined by `;`, booleans are words (Python sends `True`).

use super::failure::Failure;
use std::collections::BTreeMap;

/// The parameter that is a file: bytes in an encoding of their own.
pub(crate) const FILE: &str = "file_content";

/// Parameters by name.
#[derive(Debug, Default)]
pub(crate) struct Parameters {
    texts: BTreeMap<String, String>,
    file: Option<Vec<u8>>,
}

impl Parameters {
    /// Adds one; the last of a name counts.
    pub(crate) fn set(&mut self, name: String, value: String) {
        self.texts.insert(name, value);
    }

    /// `file_content`, however it came.
    pub(crate) fn set_file(&mut self, bytes: Vec<u8>) {
        self.file = Some(bytes);
    }

    /// The bytes of `file_content`.
    pub(crate) fn file(&self) -> Option<&[u8]> {
        self.file.as_deref().filter(|bytes| !bytes.is_empty())
    }

    /// Takes one out.
    pub(crate) fn take(&mut self, name: &str) -> Option<String> {
        self.texts.remove(name)
    }

    /// A text, if it was sent and is not empty.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.texts
            .get(name)
            .map(String::as_str)
            .filter(|text| !text.is_empty())
    }

    /// A text that was sent, even if it is empty: it clears what it names.
    pub(crate) fn sent(&self, name: &str) -> Option<&str> {
        self.texts.get(name).map(String::as_str)
    }

    /// A text that must be there, at most `bytes_max` long.
    pub(crate) fn required(&self, name: &'static str, bytes_max: usize) -> Result<&str, Failure> {
        let text = self
            .text(name)
            .ok_or_else(|| Failure::argument(name, "is missing"))?;
        if text.len() > bytes_max {
            return Err(too_long(name, bytes_max));
        }
        Ok(text)
    }

    /// A text that may be absent, at most `bytes_max` long.
    pub(crate) fn optional(
        &self,
        name: &'static str,
        bytes_max: usize,
    ) -> Result<Option<&str>, Failure> {
        match self.sent(name) {
            Some(text) if text.len() > bytes_max => Err(too_long(name, bytes_max)),
            other => Ok(other),
        }
    }

    /// A number, 0 or more.
    pub(crate) fn number(&self, name: &'static str) -> Result<Option<u64>, Failure> {
        self.text(name)
            .map(|text| {
                text.parse()
                    .map_err(|_| Failure::argument(name, "is not a number"))
            })
            .transpose()
    }

    /// `true` or `false` in any case, `1` or `0`.
    pub(crate) fn flag(&self, name: &'static str) -> Result<Option<bool>, Failure> {
        self.text(name)
            .map(|text| match text.to_ascii_lowercase().as_str() {
                "true" | "1" => Ok(true),
                "false" | "0" => Ok(false),
                _ => Err(Failure::argument(name, "is neither true nor false")),
            })
            .transpose()
    }

    /// A list joined by `;`; empty when it was not sent.
    pub(crate) fn list(&self, name: &str) -> Vec<&str> {
        let text = self.text(name).unwrap_or_default();
        text.split(';')
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .collect()
    }

    /// A list of numbers joined by `;`.
    pub(crate) fn numbers(&self, name: &'static str) -> Result<Vec<u64>, Failure> {
        let wrong = |_| Failure::argument(name, "is not a list of numbers joined by `;`");
        let parts = self.list(name).into_iter();
        parts.map(|part| part.parse().map_err(wrong)).collect()
    }
}

fn too_long(name: &'static str, bytes_max: usize) -> Failure {
    Failure::argument(name, format!("is longer than {bytes_max} bytes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pairs: &[(&str, &str)]) -> Parameters {
        let mut parameters = Parameters::default();
        for (name, value) in pairs {
            parameters.set((*name).into(), (*value).into());
        }
        parameters
    }

    #[test]
    fn both_clients_spellings_are_read() {
        let sent = of(&[("a", "True"), ("b", "false"), ("ids", "1; 2;"), ("n", "7")]);
        assert_eq!(sent.flag("a").unwrap(), Some(true));
        assert_eq!(sent.flag("b").unwrap(), Some(false));
        assert_eq!(sent.flag("absent").unwrap(), None);
        assert_eq!(sent.numbers("ids").unwrap(), [1, 2]);
        assert_eq!(sent.number("n").unwrap(), Some(7));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let sent = of(&[("n", "x"), ("long", "12345")]);
        for failure in [
            sent.number("n").unwrap_err(),
            sent.flag("n").unwrap_err(),
            sent.numbers("n").unwrap_err(),
            sent.required("n2", 9).unwrap_err(),
        ] {
            assert_eq!(failure.code, 101);
            assert!(failure.message.contains("`n"), "{}", failure.message);
        }
        let failure = sent.required("long", 4).unwrap_err();
        assert!(failure.message.contains("4 bytes"), "{}", failure.message);
    }
}
