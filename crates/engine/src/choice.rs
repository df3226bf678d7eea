//! Which rule a session runs under: the rules of the configuration first, then
//! those that were uploaded.

use crate::conferences::ConferenceKey;
use crate::program::ProgramError;
use crate::rule::Rule;
use crate::shared::Shared;
use crate::treatment::Treatment;
use crate::uploads::UploadedRule;
use scenario::Program;
use std::sync::Arc;

/// `applicationId` of the rules in the configuration.
pub(crate) const CONFIGURED_APPLICATION: u64 = 1;

/// A rule that was chosen.
#[derive(Clone)]
pub(crate) struct Choice {
    /// Its name.
    pub(crate) name: String,
    /// `applicationId`.
    pub(crate) application_id: u64,
    /// What its callers get should the scenario fail, if the rule says so.
    pub(crate) treatment: Option<Treatment>,
    /// Callers who dial the same number meet in one session.
    pub(crate) is_conference: bool,
    runs: Runs,
}

#[derive(Clone)]
enum Runs {
    /// Files of the scenario folder.
    Files(Vec<String>),
    /// Texts that were uploaded.
    Uploaded(Arc<UploadedRule>),
}

impl Choice {
    /// The rule for a dialled number.
    pub(crate) fn by_number(shared: &Shared, number: &str) -> Option<Self> {
        let configured = shared.rules.find(number).map(Self::configured);
        configured.or_else(|| {
            let rules = shared.uploaded.rules();
            rules
                .iter()
                .find(|uploaded| uploaded.rule.matches(number))
                .map(Self::uploaded)
        })
    }

    /// The rule of an application by its name; of any application when absent.
    pub(crate) fn by_name(shared: &Shared, application: Option<u64>, name: &str) -> Option<Self> {
        let fits = |id: u64| application.is_none_or(|wanted| wanted == id);
        let mut configured = shared.rules.iter();
        let configured = configured
            .find(|rule| fits(CONFIGURED_APPLICATION) && rule.config.name == name)
            .map(Self::configured);
        configured.or_else(|| {
            let rules = shared.uploaded.rules();
            rules
                .iter()
                .find(|rule| fits(rule.application_id) && rule.rule.config.name == name)
                .map(Self::uploaded)
        })
    }

    fn configured(rule: &Rule) -> Self {
        Self {
            name: rule.config.name.clone(),
            application_id: CONFIGURED_APPLICATION,
            treatment: rule.config.default_treatment.clone(),
            is_conference: rule.config.conference,
            runs: Runs::Files(rule.config.scenarios.clone()),
        }
    }

    fn uploaded(rule: &Arc<UploadedRule>) -> Self {
        Self {
            name: rule.rule.config.name.clone(),
            application_id: rule.application_id,
            treatment: None,
            is_conference: rule.rule.config.conference,
            runs: Runs::Uploaded(Arc::clone(rule)),
        }
    }

    /// The conference of that name in its application.
    pub(crate) fn conference(&self, name: &str) -> ConferenceKey {
        ConferenceKey {
            application: self.application_id,
            name: name.to_owned(),
        }
    }

    /// Its scenarios, compiled.
    pub(crate) fn program(&self, shared: &Shared) -> Result<Program, ProgramError> {
        match &self.runs {
            Runs::Files(files) => shared.programs.load(files),
            Runs::Uploaded(rule) => rule.program(),
        }
    }

    /// The names of its scenarios, for logs.
    pub(crate) fn files(&self) -> String {
        match &self.runs {
            Runs::Files(files) => files.join(", "),
            Runs::Uploaded(rule) => rule.rule.config.scenarios.join(", "),
        }
    }
}
