//! What engines get of the catalogue. A rule without scenarios is not in force
//! yet; a scenario without a rule is not sent.

use super::Catalogue;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

/// One state of the uploaded configuration.
pub(crate) struct Publication {
    /// Names the state: a digest of it. Empty when nothing was ever uploaded.
    pub(crate) version: String,
    /// The body for the engine.
    pub(crate) body: String,
}

impl Catalogue {
    /// What engines should have in force.
    pub(crate) fn publication(&self) -> &Publication {
        self.publication.get_or_init(|| self.publish())
    }

    fn publish(&self) -> Publication {
        let mut scenarios = Map::new();
        let mut rules = Vec::new();
        for (_, rule) in self.ordered_rules() {
            let own: Vec<_> = rule
                .scenarios
                .iter()
                .filter_map(|id| self.scenario(*id).ok())
                .collect();
            if own.is_empty() {
                continue;
            }
            let names: Vec<&str> = own.iter().map(|scenario| scenario.name.as_str()).collect();
            for scenario in &own {
                scenarios.insert(scenario.name.clone(), json!(scenario.script));
            }
            rules.push(json!({
                "name": rule.name, "application_id": rule.application_id, "pattern": rule.pattern,
                "exclude": rule.exclude, "scenarios": names, "conference": rule.conference,
            }));
        }
        let secrets: Map<String, Value> = self
            .secrets()
            .map(|(_, secret)| (secret.name.clone(), json!(secret.value)))
            .collect();
        let mut body = json!({"rules": rules, "scenarios": scenarios, "secrets": secrets});
        let version = if self.objects.is_empty() {
            String::new()
        } else {
            crate::token::hex(&Sha256::digest(body.to_string()))
        };
        body["version"] = json!(version);
        Publication {
            version,
            body: body.to_string(),
        }
    }
}
