//! Scenarios: texts under a name. The names are the account's, as on the cloud.

use super::super::failure::Failure;
use super::super::parameters::Parameters;
use super::{Catalogue, Object, date, page, plain_name, room};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;

/// Longest name, bytes: the cloud asks for less than 30 characters.
const NAME_BYTES_MAX: usize = 29;
/// Longest text, bytes: the cloud asks for less than 128 KB.
const SCRIPT_BYTES_MAX: usize = 128 * 1_024 - 1;
/// All texts together, bytes: a change sends them all to every engine.
const TOTAL_BYTES_MAX: usize = 16 << 20;

/// A scenario.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Scenario {
    pub(crate) name: String,
    pub(crate) script: Arc<str>,
    pub(crate) application_id: Option<u64>,
    pub(crate) modified_ms: u64,
}

impl Catalogue {
    /// `AddScenario`; `rewrite` replaces the text of one that is there.
    pub(crate) fn add_scenario(
        &mut self,
        sent: &Parameters,
        now_ms: u64,
    ) -> Result<Value, Failure> {
        let name = plain_name(sent, "scenario_name", NAME_BYTES_MAX)?.to_owned();
        let script: Arc<str> = self.script(sent)?.into();
        let application_id = self.application_of(sent)?;
        let rule = match (sent.number("rule_id")?, sent.text("rule_name")) {
            (None, None) => None,
            _ => Some(self.own_rule(sent)?),
        };
        let id = match self.scenario_named(&name) {
            Some(id) if sent.flag("rewrite")? == Some(true) => id,
            Some(_) => return Err(Failure::argument("scenario_name", "is taken")),
            None => {
                room(self.scenarios().count(), "scenarios")?;
                self.new_id()
            }
        };
        self.put(
            id,
            Object::Scenario(Scenario {
                name,
                script,
                application_id,
                modified_ms: now_ms,
            }),
        );
        if let Some(rule) = rule {
            self.bind(rule, id, true, now_ms);
        }
        Ok(json!({"result": 1, "scenario_id": id}))
    }

    /// `SetScenarioInfo`
    pub(crate) fn set_scenario(
        &mut self,
        sent: &Parameters,
        now_ms: u64,
    ) -> Result<Value, Failure> {
        let id = match (
            sent.number("scenario_id")?,
            sent.text("required_scenario_name"),
        ) {
            (Some(id), _) => id,
            (None, Some(name)) => self
                .scenario_named(name)
                .ok_or_else(|| Failure::argument("required_scenario_name", "is unknown"))?,
            (None, None) => return Err(Failure::argument("scenario_id", "is missing")),
        };
        let mut scenario = self.scenario(id)?.clone();
        if sent.text("scenario_name").is_some() {
            let name = plain_name(sent, "scenario_name", NAME_BYTES_MAX)?;
            if self.scenario_named(name).is_some_and(|other| other != id) {
                return Err(Failure::argument("scenario_name", "is taken"));
            }
            scenario.name = name.to_owned();
        }
        if sent.sent("scenario_script").is_some() {
            scenario.script = self.script(sent)?.into();
        }
        scenario.modified_ms = now_ms;
        self.put(id, Object::Scenario(scenario));
        Ok(json!({"result": 1}))
    }

    /// `DelScenario`: rules lose it.
    pub(crate) fn del_scenario(
        &mut self,
        sent: &Parameters,
        now_ms: u64,
    ) -> Result<Value, Failure> {
        for id in self.scenarios_of(sent)? {
            for rule in self.rules().map(|(rule, _)| rule).collect::<Vec<_>>() {
                self.bind(rule, id, false, now_ms);
            }
            self.remove(id);
        }
        Ok(json!({"result": 1}))
    }

    /// `GetScenarios`
    pub(crate) fn get_scenarios(&self, sent: &Parameters) -> Result<Value, Failure> {
        let (id, name) = (sent.number("scenario_id")?, sent.text("scenario_name"));
        let application = self.application_of(sent)?;
        // The cloud sends the text only of one scenario.
        let with_script =
            sent.flag("with_script")? == Some(true) && (id.is_some() || name.is_some());
        let rows = self.scenarios().filter(|(own, scenario)| {
            id.is_none_or(|id| id == *own)
                && name.is_none_or(|name| scenario.name == name)
                && application
                    .is_none_or(|wanted| scenario.application_id.is_none_or(|own| own == wanted))
        });
        let shown = rows.map(|(id, scenario)| {
            let mut row = brief(id, scenario);
            if with_script {
                row["scenario_script"] = json!(scenario.script);
            }
            row
        });
        page(shown.collect(), sent)
    }

    /// The scenarios that `scenario_id` and `scenario_name` name, in that order.
    pub(super) fn scenarios_of(&self, sent: &Parameters) -> Result<Vec<u64>, Failure> {
        let ids = self.scenarios_of_maybe(sent)?;
        if ids.is_empty() {
            return Err(Failure::argument("scenario_id", "is missing"));
        }
        Ok(ids)
    }

    /// The same; none need be named.
    pub(super) fn scenarios_of_maybe(&self, sent: &Parameters) -> Result<Vec<u64>, Failure> {
        let mut ids = sent.numbers("scenario_id")?;
        for id in &ids {
            self.scenario(*id)?;
        }
        for name in sent.list("scenario_name") {
            let found = self.scenario_named(name);
            ids.push(found.ok_or_else(|| {
                Failure::argument("scenario_name", format!("`{name}` is unknown"))
            })?);
        }
        Ok(ids)
    }

    pub(super) fn scenario(&self, id: u64) -> Result<&Scenario, Failure> {
        match self.objects.get(&id) {
            Some(Object::Scenario(scenario)) => Ok(scenario),
            Some(_) | None => Err(Failure::argument("scenario_id", format!("{id} is unknown"))),
        }
    }

    fn scenario_named(&self, name: &str) -> Option<u64> {
        let mut all = self.scenarios();
        all.find(|(_, scenario)| scenario.name == name)
            .map(|(id, _)| id)
    }

    pub(super) fn scenarios(&self) -> impl Iterator<Item = (u64, &Scenario)> {
        self.objects.iter().filter_map(|(id, object)| match object {
            Object::Scenario(scenario) => Some((*id, scenario)),
            Object::Counter { .. }
            | Object::Application(_)
            | Object::Rule(_)
            | Object::Secret(_)
            | Object::User(_) => None,
        })
    }

    fn script<'p>(&self, sent: &'p Parameters) -> Result<&'p str, Failure> {
        let script = sent.required("scenario_script", SCRIPT_BYTES_MAX)?;
        let present: usize = self
            .scenarios()
            .map(|(_, scenario)| scenario.script.len())
            .sum();
        if present + script.len() > TOTAL_BYTES_MAX {
            let why = format!("makes all scenarios together longer than {TOTAL_BYTES_MAX} bytes");
            return Err(Failure::argument("scenario_script", why));
        }
        Ok(script)
    }
}

/// A scenario without its text.
pub(super) fn brief(id: u64, scenario: &Scenario) -> Value {
    json!({
        "scenario_id": id, "scenario_name": scenario.name,
        "modified": date(scenario.modified_ms), "parent": false,
    })
}
