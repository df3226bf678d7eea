//! Reading Prometheus text.

use std::collections::BTreeMap;

/// The samples of one scrape: name with labels as printed → value.
#[derive(Debug, Clone, Default)]
pub struct Metrics(BTreeMap<String, f64>);

impl Metrics {
    /// Reads the text format; comments and lines that are no samples are skipped.
    pub fn parse(text: &str) -> Self {
        let samples = text.lines().filter(|line| !line.starts_with('#'));
        Self(
            samples
                .filter_map(|line| {
                    let (name, value) = line.trim().rsplit_once(' ')?;
                    Some((name.to_owned(), value.parse().ok()?))
                })
                .collect(),
        )
    }

    /// The sum over all label sets of a metric, or nothing if it is not there.
    pub fn sum(&self, name: &str) -> Option<f64> {
        let mut found = None;
        for (key, value) in &self.0 {
            let bare = key.split('{').next().unwrap_or(key);
            if bare == name {
                *found.get_or_insert(0.0) += value;
            }
        }
        found
    }

    /// Every sample, for messages.
    pub fn all(&self) -> &BTreeMap<String, f64> {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_of_one_name_are_added_over_labels() {
        let text = "# TYPE a gauge\na{x=\"1\"} 2\na{x=\"2\"} 3\nab 7\n";
        let metrics = Metrics::parse(text);
        assert_eq!(metrics.sum("a"), Some(5.0));
        assert_eq!(metrics.sum("ab"), Some(7.0));
        assert_eq!(metrics.sum("b"), None);
    }
}
