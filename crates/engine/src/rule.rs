//! Which scenario a dialled number starts (voxengine.md §9): the pattern is a
//! regular expression over the **whole** number, the first match wins, an
//! `exclude` pattern vetoes.

use crate::treatment::Treatment;
use regex::Regex;

/// One rule as configured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleConfig {
    /// Its name, shown in logs and to the scenario.
    pub name: String,
    /// Regular expression over the whole dialled number.
    pub pattern: String,
    /// A number that matches this too is passed over.
    pub exclude: Option<String>,
    /// Scenario files, loaded in this order into one session.
    pub scenarios: Vec<String>,
    /// What callers get when they fail; `None` is the engine's default.
    pub default_treatment: Option<Treatment>,
    /// Callers who dial the same number meet in one session.
    pub conference: bool,
}

/// A rule that cannot be used. The owner of the configuration can fix it.
#[derive(Debug, thiserror::Error)]
pub enum RuleError {
    /// `pattern` or `exclude` is not a regular expression.
    #[error("rule `{rule}`: `{key}` is not a regular expression: {source}")]
    Pattern {
        /// The rule.
        rule: String,
        /// `pattern` or `exclude`.
        key: &'static str,
        /// What is wrong with it.
        source: Box<regex::Error>,
    },
    /// A rule without scenarios would answer nobody.
    #[error("rule `{rule}`: `scenarios` is empty")]
    NoScenarios {
        /// The rule.
        rule: String,
    },
}

/// A rule ready to match.
#[derive(Debug)]
pub struct Rule {
    /// As configured.
    pub config: RuleConfig,
    pattern: Regex,
    exclude: Option<Regex>,
}

/// The ordered rules of an engine.
#[derive(Debug, Default)]
pub struct Rules(Vec<Rule>);

impl Rules {
    /// Compiles the patterns.
    ///
    /// # Errors
    /// [`RuleError`] names the first rule that cannot be used.
    pub fn new(configs: Vec<RuleConfig>) -> Result<Self, RuleError> {
        configs
            .into_iter()
            .map(Rule::new)
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// The rule for a dialled number.
    pub fn find(&self, destination: &str) -> Option<&Rule> {
        self.0.iter().find(|rule| rule.matches(destination))
    }

    /// All rules in order.
    pub fn iter(&self) -> impl Iterator<Item = &Rule> {
        self.0.iter()
    }
}

impl Rule {
    pub(crate) fn new(config: RuleConfig) -> Result<Self, RuleError> {
        if config.scenarios.is_empty() {
            return Err(RuleError::NoScenarios { rule: config.name });
        }
        let pattern = whole(&config.name, "pattern", &config.pattern)?;
        let exclude = match &config.exclude {
            Some(text) => Some(whole(&config.name, "exclude", text)?),
            None => None,
        };
        Ok(Self {
            config,
            pattern,
            exclude,
        })
    }

    pub(crate) fn matches(&self, destination: &str) -> bool {
        self.pattern.is_match(destination)
            && !self
                .exclude
                .as_ref()
                .is_some_and(|exclude| exclude.is_match(destination))
    }
}

fn whole(rule: &str, key: &'static str, text: &str) -> Result<Regex, RuleError> {
    Regex::new(&format!("^(?:{text})$")).map_err(|source| RuleError::Pattern {
        rule: rule.to_owned(),
        key,
        source: Box::new(source),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(name: &str, pattern: &str, exclude: Option<&str>) -> RuleConfig {
        RuleConfig {
            name: name.into(),
            pattern: pattern.into(),
            exclude: exclude.map(Into::into),
            scenarios: vec!["a.js".into()],
            default_treatment: None,
            conference: false,
        }
    }

    fn found(rules: &Rules, number: &str) -> Option<String> {
        rules.find(number).map(|rule| rule.config.name.clone())
    }

    #[test]
    fn a_pattern_matches_the_whole_number_only() {
        let rules = Rules::new(vec![
            rule("exact", "123", None),
            rule("long", "123.+", None),
        ])
        .unwrap();
        assert_eq!(found(&rules, "123").as_deref(), Some("exact"));
        assert_eq!(found(&rules, "123456").as_deref(), Some("long"));
        assert_eq!(found(&rules, "0123"), None);
    }

    #[test]
    fn alternatives_are_anchored_together() {
        let rules = Rules::new(vec![rule("either", "100|200", None)]).unwrap();
        assert_eq!(found(&rules, "1001"), None);
        assert_eq!(found(&rules, "200").as_deref(), Some("either"));
    }

    #[test]
    fn an_exclude_vetoes_and_the_next_rule_is_asked() {
        let rules = Rules::new(vec![
            rule("most", "1..", Some("1[12].")),
            rule("rest", ".*", None),
        ])
        .unwrap();
        assert_eq!(found(&rules, "105").as_deref(), Some("most"));
        assert_eq!(found(&rules, "112").as_deref(), Some("rest"));
    }

    #[test]
    fn a_broken_pattern_names_the_rule_and_the_key() {
        let error = Rules::new(vec![rule("support", "10(", None)])
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("`support`") && error.contains("`pattern`"),
            "{error}"
        );
        let error = Rules::new(vec![rule("support", "1", Some("["))])
            .unwrap_err()
            .to_string();
        assert!(error.contains("`exclude`"), "{error}");
    }
}
