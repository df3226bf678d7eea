//! Why agents are not ready: what the menu of their page offers.

use serde::Serialize;
use std::collections::BTreeMap;

/// One reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// As it is sent, recorded and reported.
    pub name: String,
    /// As it is shown, by language; where one is missing the page shows its
    /// own word for a usual reason, or the name.
    pub texts: BTreeMap<String, String>,
}

impl Reason {
    /// Those that every page has words for.
    pub fn usual() -> Vec<Self> {
        ["break", "lunch", "training", "other"]
            .map(|name| Self {
                name: name.to_owned(),
                texts: BTreeMap::new(),
            })
            .into()
    }
}
