//! The numbers by which the management API calls users, and what only it keeps
//! of them. The users themselves are rows of the store.

use super::super::failure::Failure;
use super::{Catalogue, Object};
use serde::{Deserialize, Serialize};

/// What is kept of a user.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct PlatformUser {
    pub(crate) name: String,
    pub(crate) custom_data: String,
}

impl Catalogue {
    /// The number of a user; one is given at the first use.
    pub(crate) fn user_id(&mut self, name: &str) -> u64 {
        if let Some((id, _)) = self.platform_users().find(|(_, user)| user.name == name) {
            return id;
        }
        let id = self.new_id();
        let user = PlatformUser {
            name: name.to_owned(),
            custom_data: String::new(),
        };
        self.put(id, Object::User(user));
        id
    }

    /// The name behind a number.
    pub(crate) fn user_name(&self, id: u64) -> Result<String, Failure> {
        match self.objects.get(&id) {
            Some(Object::User(user)) => Ok(user.name.clone()),
            Some(_) | None => Err(Failure::argument("user_id", format!("{id} is unknown"))),
        }
    }

    /// `user_custom_data`
    pub(crate) fn custom_data(&self, id: u64) -> &str {
        match self.objects.get(&id) {
            Some(Object::User(user)) => &user.custom_data,
            Some(_) | None => "",
        }
    }

    /// Sets `user_custom_data`.
    pub(crate) fn set_custom_data(&mut self, id: u64, text: &str) {
        if let Some(Object::User(user)) = self.objects.get(&id) {
            let user = PlatformUser {
                custom_data: text.to_owned(),
                ..user.clone()
            };
            self.put(id, Object::User(user));
        }
    }

    fn platform_users(&self) -> impl Iterator<Item = (u64, &PlatformUser)> {
        self.objects.iter().filter_map(|(id, object)| match object {
            Object::User(user) => Some((*id, user)),
            Object::Counter { .. }
            | Object::Application(_)
            | Object::Scenario(_)
            | Object::Rule(_)
            | Object::Secret(_) => None,
        })
    }
}
