//! Rules: which scenarios a number starts (voxengine.md §9). The rules of the
//! configuration file are asked first and cannot be changed here.

use super::super::failure::Failure;
use super::super::parameters::Parameters;
use super::scenario::brief;
use super::{Catalogue, MAIN_APPLICATION, Object, date, page, plain_name, room};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Longest name, bytes: the cloud asks for less than 100 characters.
const NAME_BYTES_MAX: usize = 99;
/// Longest pattern, bytes: the cloud asks for less than 64 KB.
const PATTERN_BYTES_MAX: usize = 64 * 1_024 - 1;
/// Scenarios of one rule: the texts of a session are limited anyway.
const SCENARIOS_MAX: usize = 100;

/// The file that makes call-backs.
const CALLBACK_SCENARIO: &str = "call-centre-callback.js";

/// A rule.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Rule {
    pub(crate) application_id: u64,
    pub(crate) name: String,
    pub(crate) pattern: String,
    pub(crate) exclude: Option<String>,
    /// Rules are asked by rising place.
    pub(crate) place: u64,
    /// Ids of its scenarios, in the order of loading.
    pub(crate) scenarios: Vec<u64>,
    pub(crate) modified_ms: u64,
    /// `video_conference`: callers who dial the same number meet in one session.
    #[serde(default)]
    pub(crate) conference: bool,
}

/// What `StartScenarios` asks an engine for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct RuleName {
    pub(crate) application_id: u64,
    pub(crate) name: String,
}

impl Catalogue {
    /// `AddRule`
    pub(crate) fn add_rule(&mut self, sent: &Parameters, now_ms: u64) -> Result<Value, Failure> {
        let application_id = self.application_needed(sent)?;
        let name = plain_name(sent, "rule_name", NAME_BYTES_MAX)?.to_owned();
        if self.rule_named(application_id, &name).is_some() {
            return Err(Failure::argument("rule_name", "is taken"));
        }
        // Without a pattern a rule is only started by name.
        let pattern = pattern(sent, "rule_pattern")?.unwrap_or_else(|| ".*".into());
        let exclude = pattern_or_none(sent)?;
        let scenarios = self.scenarios_of_maybe(sent)?;
        if scenarios.len() > SCENARIOS_MAX {
            return Err(Failure::argument(
                "scenario_id",
                format!("has more than {SCENARIOS_MAX}"),
            ));
        }
        room(self.rules().count(), "rules")?;
        let id = self.new_id();
        let rule = Rule {
            application_id,
            name,
            pattern,
            exclude,
            place: id,
            scenarios,
            modified_ms: now_ms,
            conference: sent.flag("video_conference")?.unwrap_or(false),
        };
        self.put(id, Object::Rule(rule));
        Ok(json!({"result": 1, "rule_id": id}))
    }

    /// `SetRuleInfo`
    pub(crate) fn set_rule(&mut self, sent: &Parameters, now_ms: u64) -> Result<Value, Failure> {
        let id = sent.number("rule_id")?;
        let id = id.ok_or_else(|| Failure::argument("rule_id", "is missing"))?;
        let mut rule = self.rule(id)?.clone();
        if sent.text("rule_name").is_some() {
            let name = plain_name(sent, "rule_name", NAME_BYTES_MAX)?;
            if self
                .rule_named(rule.application_id, name)
                .is_some_and(|other| other != id)
            {
                return Err(Failure::argument("rule_name", "is taken"));
            }
            rule.name = name.to_owned();
        }
        if let Some(changed) = pattern(sent, "rule_pattern")? {
            rule.pattern = changed;
        }
        if sent.sent("rule_pattern_exclude").is_some() {
            rule.exclude = pattern_or_none(sent)?;
        }
        if let Some(conference) = sent.flag("video_conference")? {
            rule.conference = conference;
        }
        rule.modified_ms = now_ms;
        self.put(id, Object::Rule(rule));
        Ok(json!({"result": 1}))
    }

    /// `DelRule`
    pub(crate) fn del_rule(&mut self, sent: &Parameters) -> Result<Value, Failure> {
        let mut ids = sent.numbers("rule_id")?;
        for name in sent.list("rule_name") {
            let application = self.application_of(sent)?;
            let mut all = self.rules();
            let found = all.find(|(_, rule)| {
                rule.name == name && application.is_none_or(|id| id == rule.application_id)
            });
            let unknown = || Failure::argument("rule_name", format!("`{name}` is unknown"));
            ids.push(found.ok_or_else(unknown)?.0);
        }
        if ids.is_empty() {
            return Err(Failure::argument("rule_id", "is missing"));
        }
        for id in ids {
            self.rule(id)?;
            self.remove(id);
        }
        Ok(json!({"result": 1}))
    }

    /// `GetRules`; `template` is a number: the rules that it would start, the
    /// first of them in force.
    pub(crate) fn get_rules(&self, sent: &Parameters) -> Result<Value, Failure> {
        let application = self.application_of(sent)?;
        let (id, name) = (sent.number("rule_id")?, sent.text("rule_name"));
        let with_scenarios = sent.flag("with_scenarios")? == Some(true);
        let mut rows: Vec<Value> = Vec::new();
        for (own, rule) in self.all_rules() {
            let fits = application.is_none_or(|wanted| wanted == rule.application_id)
                && id.is_none_or(|id| id == own)
                && name.is_none_or(|name| name == rule.name)
                && sent
                    .text("template")
                    .is_none_or(|number| matches(&rule, number));
            if !fits {
                continue;
            }
            let mut row = json!({
                "rule_id": own, "application_id": rule.application_id, "rule_name": rule.name,
                "rule_pattern": rule.pattern, "rule_pattern_exclude": rule.exclude.unwrap_or_default(),
                "video_conference": rule.conference, "modified": date(rule.modified_ms), "scenarios": [],
            });
            if with_scenarios {
                row["scenarios"] = self.briefs(own, &rule.scenarios);
            }
            rows.push(row);
        }
        page(rows, sent)
    }

    /// `ReorderRules`: those that are named are asked in this order, in the
    /// places that they had.
    pub(crate) fn reorder_rules(
        &mut self,
        sent: &Parameters,
        now_ms: u64,
    ) -> Result<Value, Failure> {
        let ids = sent.numbers("rule_id")?;
        if ids.is_empty() {
            return Err(Failure::argument("rule_id", "is missing"));
        }
        let mut rules = Vec::new();
        for id in &ids {
            rules.push((*id, self.rule(*id)?.clone()));
        }
        let mut places: Vec<u64> = rules.iter().map(|(_, rule)| rule.place).collect();
        places.sort_unstable();
        places.dedup();
        if places.len() != rules.len() {
            return Err(Failure::argument("rule_id", "names a rule twice"));
        }
        for ((id, mut rule), place) in rules.into_iter().zip(places) {
            rule.place = place;
            rule.modified_ms = now_ms;
            self.put(id, Object::Rule(rule));
        }
        Ok(json!({"result": 1}))
    }

    /// `BindScenario`
    pub(crate) fn bind_scenario(
        &mut self,
        sent: &Parameters,
        now_ms: u64,
    ) -> Result<Value, Failure> {
        let rule = self.own_rule(sent)?;
        let wanted = sent.flag("bind")?.unwrap_or(true);
        for scenario in self.scenarios_of(sent)? {
            if wanted && self.rule(rule)?.scenarios.len() >= SCENARIOS_MAX {
                return Err(Failure::argument(
                    "scenario_id",
                    format!("has more than {SCENARIOS_MAX}"),
                ));
            }
            self.bind(rule, scenario, wanted, now_ms);
        }
        Ok(json!({"result": 1}))
    }

    /// `ReorderScenarios`: the scenarios of a rule in their order of loading.
    pub(crate) fn reorder_scenarios(
        &mut self,
        sent: &Parameters,
        now_ms: u64,
    ) -> Result<Value, Failure> {
        let id = self.own_rule(sent)?;
        let mut rule = self.rule(id)?.clone();
        let order = sent.numbers("scenario_id")?;
        let (mut one, mut other) = (order.clone(), rule.scenarios.clone());
        one.sort_unstable();
        other.sort_unstable();
        if one != other {
            return Err(Failure::argument(
                "scenario_id",
                "must name each scenario of the rule once",
            ));
        }
        rule.scenarios = order;
        rule.modified_ms = now_ms;
        self.put(id, Object::Rule(rule));
        Ok(json!({"result": 1}))
    }

    /// The rule of that id, with scenarios.
    pub(crate) fn rule_of_id(&self, id: u64) -> Option<RuleName> {
        let mut all = self.all_rules().into_iter();
        let (_, rule) = all.find(|(own, _)| *own == id)?;
        let is_empty = rule.scenarios.is_empty() && rule.place > 0;
        (!is_empty).then_some(RuleName {
            application_id: rule.application_id,
            name: rule.name,
        })
    }

    /// Ids of the rules that are named so and are of these applications; `None` is all.
    pub(crate) fn rules_named(
        &self,
        (ids, names): (&[u64], &[&str]),
        (applications, application_names): (&[u64], &[&str]),
    ) -> Option<Vec<u64>> {
        let (is_any, is_of_any) = (
            ids.is_empty() && names.is_empty(),
            applications.is_empty() && application_names.is_empty(),
        );
        if is_any && is_of_any {
            return None;
        }
        let named = application_names.iter();
        let named: Vec<u64> = named
            .filter_map(|name| self.application_named(name))
            .collect();
        let rules = self.all_rules().into_iter().filter(|(id, rule)| {
            let of = &rule.application_id;
            (is_any || ids.contains(id) || names.contains(&rule.name.as_str()))
                && (is_of_any || applications.contains(of) || named.contains(of))
        });
        Some(rules.map(|(id, _)| id).collect())
    }

    /// The rule that `StartScenarios` and `StartConference` name.
    pub(crate) fn rule_to_start(&self, sent: &Parameters) -> Result<RuleName, Failure> {
        self.rule_and_id(sent).map(|(_, rule)| rule)
    }

    /// The same with its id.
    pub(crate) fn rule_and_id(&self, sent: &Parameters) -> Result<(u64, RuleName), Failure> {
        let (id, name) = (sent.number("rule_id")?, sent.text("rule_name"));
        let key = if id.is_some() { "rule_id" } else { "rule_name" };
        if id.is_none() && name.is_none() {
            return Err(Failure::argument("rule_id", "is missing"));
        }
        let application = self.application_of(sent)?;
        let mut all = self.all_rules().into_iter();
        let found = all.find(|(own, rule)| {
            let named = id.map_or_else(|| name == Some(rule.name.as_str()), |id| id == *own);
            named && application.is_none_or(|wanted| wanted == rule.application_id)
        });
        let (id, rule) = found.ok_or_else(|| Failure::argument(key, "is unknown"))?;
        if rule.scenarios.is_empty() && rule.place > 0 {
            return Err(Failure::argument(key, "names a rule without scenarios"));
        }
        let name = RuleName {
            application_id: rule.application_id,
            name: rule.name,
        };
        Ok((id, name))
    }

    /// The rule by which call-backs are made: the one of that name or, for an
    /// empty one, the first of the configuration that loads the built-in half
    /// of them.
    pub(crate) fn rule_for_callbacks(&self, name: &str) -> Option<RuleName> {
        if name.is_empty() {
            let calls_back = |file: &String| file == CALLBACK_SCENARIO;
            let mut configured = self.configured.iter();
            let rule = configured.find(|rule| rule.scenarios.iter().any(calls_back))?;
            return Some(RuleName {
                application_id: MAIN_APPLICATION,
                name: rule.name.clone(),
            });
        }
        let (_, rule) = self
            .all_rules()
            .into_iter()
            .find(|(_, rule)| rule.name == name)?;
        Some(RuleName {
            application_id: rule.application_id,
            name: rule.name,
        })
    }

    /// Uploaded rules in the order in which they are asked.
    pub(super) fn ordered_rules(&self) -> Vec<(u64, &Rule)> {
        let mut rules: Vec<_> = self.rules().collect();
        rules.sort_by_key(|(_, rule)| rule.place);
        rules
    }

    /// The configuration's rules, with ids from 1 in their order, then the others.
    fn all_rules(&self) -> Vec<(u64, Rule)> {
        let configured = (1..).zip(self.configured.iter()).map(|(id, rule)| {
            let shown = Rule {
                application_id: MAIN_APPLICATION,
                name: rule.name.clone(),
                pattern: rule.pattern.clone(),
                exclude: rule.exclude.clone(),
                place: 0,
                scenarios: Vec::new(),
                modified_ms: 0,
                conference: rule.conference,
            };
            (id, shown)
        });
        let own = self.ordered_rules().into_iter();
        configured
            .chain(own.map(|(id, rule)| (id, rule.clone())))
            .collect()
    }

    fn briefs(&self, rule: u64, scenarios: &[u64]) -> Value {
        let file = |name: &String| json!({"scenario_id": 0, "scenario_name": name, "modified": date(0), "parent": false});
        let index = usize::try_from(rule).unwrap_or(usize::MAX).wrapping_sub(1);
        if let Some(configured) = self.configured.get(index) {
            return configured.scenarios.iter().map(file).collect();
        }
        let own = scenarios
            .iter()
            .filter_map(|id| Some((*id, self.scenario(*id).ok()?)));
        own.map(|(id, scenario)| brief(id, scenario)).collect()
    }

    pub(super) fn bind(&mut self, rule_id: u64, scenario: u64, wanted: bool, now_ms: u64) {
        let Ok(rule) = self.rule(rule_id) else { return };
        if rule.scenarios.contains(&scenario) == wanted {
            return;
        }
        let mut rule = rule.clone();
        if wanted {
            rule.scenarios.push(scenario);
        } else {
            rule.scenarios.retain(|own| *own != scenario);
        }
        rule.modified_ms = now_ms;
        self.put(rule_id, Object::Rule(rule));
    }

    /// The rule to be changed that `rule_id` or `rule_name` names.
    pub(super) fn own_rule(&self, sent: &Parameters) -> Result<u64, Failure> {
        if let Some(id) = sent.number("rule_id")? {
            return self.rule(id).map(|_| id);
        }
        let name = sent.required("rule_name", NAME_BYTES_MAX)?;
        let application = self.application_of(sent)?;
        let mut all = self.rules();
        let found = all.find(|(_, rule)| {
            rule.name == name && application.is_none_or(|id| id == rule.application_id)
        });
        found
            .map(|(id, _)| id)
            .ok_or_else(|| Failure::argument("rule_name", "is unknown"))
    }

    fn rule(&self, id: u64) -> Result<&Rule, Failure> {
        match self.objects.get(&id) {
            Some(Object::Rule(rule)) => Ok(rule),
            Some(_) | None if id <= self.configured.len() as u64 && id > 0 => {
                let why = "a rule of the configuration file is changed there";
                Err(Failure::forbidden(why))
            }
            Some(_) | None => Err(Failure::argument("rule_id", format!("{id} is unknown"))),
        }
    }

    fn rule_named(&self, application: u64, name: &str) -> Option<u64> {
        let mut all = self.all_rules().into_iter();
        all.find(|(_, rule)| rule.application_id == application && rule.name == name)
            .map(|(id, _)| id)
    }

    pub(super) fn rules(&self) -> impl Iterator<Item = (u64, &Rule)> {
        self.objects.iter().filter_map(|(id, object)| match object {
            Object::Rule(rule) => Some((*id, rule)),
            Object::Counter { .. }
            | Object::Application(_)
            | Object::Scenario(_)
            | Object::Secret(_)
            | Object::User(_) => None,
        })
    }
}

fn matches(rule: &Rule, number: &str) -> bool {
    let whole = |text: &str| regex::Regex::new(&format!("^(?:{text})$"));
    let fits = |text: &str| whole(text).is_ok_and(|pattern| pattern.is_match(number));
    fits(&rule.pattern) && !rule.exclude.as_deref().is_some_and(fits)
}

fn pattern_or_none(sent: &Parameters) -> Result<Option<String>, Failure> {
    pattern(sent, "rule_pattern_exclude").map(|text| text.filter(|text| !text.is_empty()))
}

fn pattern(sent: &Parameters, key: &'static str) -> Result<Option<String>, Failure> {
    let Some(text) = sent.optional(key, PATTERN_BYTES_MAX)? else {
        return Ok(None);
    };
    if text.is_empty() && key == "rule_pattern" {
        return Err(Failure::argument(key, "is empty"));
    }
    regex::Regex::new(&format!("^(?:{text})$"))
        .map_err(|_| Failure::argument(key, "is not a regular expression that is known here"))?;
    Ok(Some(text.to_owned()))
}
