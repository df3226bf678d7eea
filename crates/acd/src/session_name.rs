//! The name of a session, as the key of a map.

use crate::input::NewCall;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Borrow;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// A session's name where the session said it, so that it is not written down twice
/// for each call; by itself where it comes from elsewhere.
#[derive(Clone, Debug)]
pub(crate) enum SessionName {
    Told(Arc<NewCall>),
    Kept(Box<str>),
}

impl Borrow<str> for SessionName {
    fn borrow(&self) -> &str {
        match self {
            Self::Told(details) => &details.session_id,
            Self::Kept(name) => name,
        }
    }
}

impl PartialEq for SessionName {
    fn eq(&self, other: &Self) -> bool {
        let (own, other): (&str, &str) = (self.borrow(), other.borrow());
        own == other
    }
}

impl Eq for SessionName {}

/// As of the bare name, by which it is looked for.
impl Hash for SessionName {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        let name: &str = self.borrow();
        name.hash(hasher);
    }
}

impl Serialize for SessionName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.borrow())
    }
}

impl<'de> Deserialize<'de> for SessionName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::Kept(Deserialize::deserialize(deserializer)?))
    }
}
