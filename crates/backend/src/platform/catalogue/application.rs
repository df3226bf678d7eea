//! Applications: a name over rules, scenarios and secrets.

use super::super::account;
use super::super::failure::Failure;
use super::super::parameters::Parameters;
use super::{Catalogue, MAIN_APPLICATION, MAIN_NAME, Object, date, page, plain_name, room};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Longest name, bytes, as on the cloud.
const NAME_BYTES_MAX: usize = 65;

/// An application.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Application {
    pub(crate) name: String,
    pub(crate) modified_ms: u64,
}

impl Catalogue {
    /// `AddApplication`
    pub(crate) fn add_application(
        &mut self,
        sent: &Parameters,
        now_ms: u64,
    ) -> Result<Value, Failure> {
        let name = short(plain_name(sent, "application_name", NAME_BYTES_MAX)?).to_owned();
        if self.application_named(&name).is_some() {
            return Err(Failure::argument("application_name", "is taken"));
        }
        room(self.applications().len(), "applications")?;
        let id = self.new_id();
        let answer = json!({
            "result": 1, "application_id": id, "application_name": name, "secure_record_storage": false,
        });
        self.put(
            id,
            Object::Application(Application {
                name,
                modified_ms: now_ms,
            }),
        );
        Ok(answer)
    }

    /// `SetApplicationInfo`
    pub(crate) fn set_application(
        &mut self,
        sent: &Parameters,
        now_ms: u64,
    ) -> Result<Value, Failure> {
        let id = match (
            sent.number("application_id")?,
            sent.text("required_application_name"),
        ) {
            (Some(id), _) => self.has_application(id, "application_id")?,
            (None, Some(name)) => self
                .application_named(name)
                .ok_or_else(|| Failure::argument("required_application_name", "is unknown"))?,
            (None, None) => return Err(Failure::argument("application_id", "is missing")),
        };
        own(id)?;
        let name = short(plain_name(sent, "application_name", NAME_BYTES_MAX)?).to_owned();
        if self
            .application_named(&name)
            .is_some_and(|other| other != id)
        {
            return Err(Failure::argument("application_name", "is taken"));
        }
        self.put(
            id,
            Object::Application(Application {
                name: name.clone(),
                modified_ms: now_ms,
            }),
        );
        Ok(json!({"result": 1, "application_name": name, "secure_record_storage": false}))
    }

    /// `DelApplication`: its rules and secrets go along; scenarios stay.
    pub(crate) fn del_application(&mut self, sent: &Parameters) -> Result<Value, Failure> {
        let mut ids = sent.numbers("application_id")?;
        for name in sent.list("application_name") {
            let found = self.application_named(name);
            ids.push(found.ok_or_else(|| Failure::argument("application_name", "is unknown"))?);
        }
        if ids.is_empty() {
            return Err(Failure::argument("application_id", "is missing"));
        }
        for id in ids {
            own(self.has_application(id, "application_id")?)?;
            let belongs = |object: &Object| match object {
                Object::Rule(rule) => rule.application_id == id,
                Object::Secret(secret) => secret.application_id == id,
                Object::Counter { .. }
                | Object::Application(_)
                | Object::Scenario(_)
                | Object::User(_) => false,
            };
            let gone = self.objects.iter().filter(|(_, object)| belongs(object));
            for gone in gone.map(|(id, _)| *id).collect::<Vec<_>>() {
                self.remove(gone);
            }
            self.remove(id);
        }
        Ok(json!({"result": 1}))
    }

    /// `GetApplications`
    pub(crate) fn get_applications(&self, sent: &Parameters) -> Result<Value, Failure> {
        let id = sent.number("application_id")?;
        let name = sent.text("application_name").map(short);
        let fits = |(own, app): &(u64, Application)| {
            id.is_none_or(|id| id == *own) && name.is_none_or(|name| app.name.contains(name))
        };
        let rows = self.applications().into_iter().filter(fits);
        let shown = rows.map(|(id, app)| {
            json!({
                "application_id": id, "application_name": app.name,
                "extended_application_name": format!("{}.{}", app.name, account::NAME),
                "modified": date(app.modified_ms), "secure_record_storage": false,
            })
        });
        page(shown.collect(), sent)
    }

    /// The application that `application_id` or `application_name` names, if one does.
    pub(crate) fn application_of(&self, sent: &Parameters) -> Result<Option<u64>, Failure> {
        if let Some(id) = sent.number("application_id")? {
            return self.has_application(id, "application_id").map(Some);
        }
        let Some(name) = sent.text("application_name") else {
            return Ok(None);
        };
        let found = self.application_named(name);
        found
            .map(Some)
            .ok_or_else(|| Failure::argument("application_name", "is unknown"))
    }

    /// Its name, if it is still there.
    pub(crate) fn application_name(&self, id: u64) -> Option<String> {
        let mut known = self.applications().into_iter();
        known.find(|(own, _)| *own == id).map(|(_, app)| app.name)
    }

    /// The same where one must be named.
    pub(super) fn application_needed(&self, sent: &Parameters) -> Result<u64, Failure> {
        self.application_of(sent)?
            .ok_or_else(|| Failure::argument("application_id", "is missing"))
    }

    fn has_application(&self, id: u64, key: &'static str) -> Result<u64, Failure> {
        let known =
            id == MAIN_APPLICATION || matches!(self.objects.get(&id), Some(Object::Application(_)));
        if known {
            return Ok(id);
        }
        Err(Failure::argument(key, "is unknown"))
    }

    pub(super) fn application_named(&self, name: &str) -> Option<u64> {
        let name = short(name);
        let mut all = self.applications().into_iter();
        all.find(|(_, app)| app.name == name).map(|(id, _)| id)
    }

    fn applications(&self) -> Vec<(u64, Application)> {
        let main = Application {
            name: MAIN_NAME.into(),
            modified_ms: 0,
        };
        let mut all = vec![(MAIN_APPLICATION, main)];
        for (id, object) in &self.objects {
            if let Object::Application(app) = object {
                all.push((*id, app.clone()));
            }
        }
        all
    }
}

fn own(id: u64) -> Result<(), Failure> {
    if id == MAIN_APPLICATION {
        let why = "the application of the configuration file cannot be changed";
        return Err(Failure::forbidden(why));
    }
    Ok(())
}

/// The cloud's clients write `app.account.voximplant.com` for `app`.
fn short(name: &str) -> &str {
    name.strip_suffix(".voximplant.com")
        .and_then(|rest| rest.rsplit_once('.'))
        .map_or(name, |(app, _account)| app)
}
