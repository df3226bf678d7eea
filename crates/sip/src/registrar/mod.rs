//! Who is registered where (RFC 3261 §10). Pure: time comes in.

pub(crate) mod serve;

use crate::call::dialog::Flow;
use rsipstack::sip::Uri;
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// Contacts of one user: a desk phone, a mobile, a browser and some left behind
/// by restarts. More than that: the one that would expire first gives way.
const CONTACTS_MAX: usize = 8;
/// Longest registration granted, seconds: a phone that vanished is rung in vain
/// for at most this long.
const EXPIRES_S_MAX: u32 = 3600;
/// Granted when the phone does not ask for a time, seconds.
const EXPIRES_S_DEFAULT: u32 = 300;

/// One live contact.
#[derive(Clone)]
pub(crate) struct Binding {
    pub(crate) uri: Uri,
    /// How it is reached really.
    pub(crate) flow: Flow,
    expires: Instant,
    call_id: String,
    cseq: u32,
}

/// What one REGISTER asks for.
pub(crate) struct Wish {
    pub(crate) contacts: Vec<WishedContact>,
    /// `Contact: *`.
    pub(crate) all: bool,
    /// The Expires header.
    pub(crate) expires_s: Option<u32>,
    pub(crate) call_id: String,
    pub(crate) cseq: u32,
    pub(crate) flow: Flow,
}

/// One Contact of a REGISTER.
pub(crate) struct WishedContact {
    pub(crate) uri: Uri,
    pub(crate) expires_s: Option<u32>,
}

/// Why a REGISTER is refused; the phone's owner can fix each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Denial {
    /// 423: too short; `Min-Expires` says what would do.
    TooBrief { min_s: u32 },
    /// 500: older than what is registered (RFC 3261 §10.3 step 7).
    OutOfOrder,
    /// 400: `*` beside other contacts or without `Expires: 0`.
    BadStar,
    /// 403: more contacts at once than a user may have.
    TooMany,
}

/// What a REGISTER led to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Registered {
    /// Live contacts and the seconds left to each, for the 200.
    pub(crate) contacts: Vec<(Uri, u32)>,
    /// The set of contacts is another one than before.
    pub(crate) changed: bool,
}

/// All bindings.
pub(crate) struct Registrar {
    users: HashMap<String, Vec<Binding>>,
    expires_s_min: u32,
}

impl Registrar {
    /// An empty one that grants nothing shorter than this.
    pub(crate) fn new(expires_s_min: u32) -> Self {
        Self {
            users: HashMap::new(),
            expires_s_min,
        }
    }

    /// Carries out a REGISTER of an authenticated user, wholly or not at all.
    pub(crate) fn register(
        &mut self,
        now: Instant,
        user: &str,
        wish: &Wish,
    ) -> Result<Registered, Denial> {
        let mut bindings = self.users.get(user).cloned().unwrap_or_default();
        bindings.retain(|binding| binding.expires > now);
        let before = names(&bindings);
        if wish.all {
            if !wish.contacts.is_empty() || wish.expires_s != Some(0) {
                return Err(Denial::BadStar);
            }
            if bindings.iter().any(|binding| wish.is_older_than(binding)) {
                return Err(Denial::OutOfOrder);
            }
            bindings.clear();
        }
        if wish.contacts.len() > CONTACTS_MAX {
            return Err(Denial::TooMany);
        }
        for contact in &wish.contacts {
            self.bind(now, &mut bindings, wish, contact)?;
        }
        while bindings.len() > CONTACTS_MAX {
            let first = (0..bindings.len()).min_by_key(|at| bindings.get(*at).map(|b| b.expires));
            bindings.remove(first.unwrap_or(0));
        }
        let changed = names(&bindings) != before;
        let left = |binding: &Binding| binding.expires.saturating_duration_since(now).as_secs();
        let contacts = bindings
            .iter()
            .map(|b| (b.uri.clone(), left(b) as u32))
            .collect();
        if bindings.is_empty() {
            self.users.remove(user);
        } else {
            self.users.insert(user.to_string(), bindings);
        }
        Ok(Registered { contacts, changed })
    }

    fn bind(
        &self,
        now: Instant,
        bindings: &mut Vec<Binding>,
        wish: &Wish,
        contact: &WishedContact,
    ) -> Result<(), Denial> {
        let asked = contact
            .expires_s
            .or(wish.expires_s)
            .unwrap_or(EXPIRES_S_DEFAULT);
        if asked > 0 && asked < self.expires_s_min {
            return Err(Denial::TooBrief {
                min_s: self.expires_s_min,
            });
        }
        let known = bindings
            .iter()
            .position(|binding| same(&binding.uri, &contact.uri));
        if let Some(at) = known {
            if bindings
                .get(at)
                .is_some_and(|binding| wish.is_older_than(binding))
            {
                return Err(Denial::OutOfOrder);
            }
            bindings.remove(at);
        }
        if asked > 0 {
            let granted = Duration::from_secs(asked.min(EXPIRES_S_MAX).into());
            bindings.push(Binding {
                uri: contact.uri.clone(),
                flow: wish.flow.clone(),
                expires: now + granted,
                call_id: wish.call_id.clone(),
                cseq: wish.cseq,
            });
        }
        Ok(())
    }

    /// Live contacts of a user.
    pub(crate) fn contacts(&self, now: Instant, user: &str) -> Vec<Binding> {
        let bindings = self.users.get(user).into_iter().flatten();
        bindings
            .filter(|binding| binding.expires > now)
            .cloned()
            .collect()
    }

    /// Whether a user has a live contact at this address.
    pub(crate) fn is_at(&self, now: Instant, user: &str, ip: std::net::IpAddr) -> bool {
        self.users.get(user).into_iter().flatten().any(|binding| {
            binding.expires > now && binding.flow.source.is_some_and(|source| source.ip() == ip)
        })
    }

    /// Removes what ran out (and contacts whose connection is gone); returns
    /// whose contacts changed and how many are left.
    pub(crate) fn expire(&mut self, now: Instant) -> Vec<(String, usize)> {
        let mut changed = Vec::new();
        self.users.retain(|user, bindings| {
            let before = bindings.len();
            bindings.retain(|binding| {
                let is_stranded =
                    binding.flow.connection.is_some() && binding.flow.live().is_none();
                binding.expires > now && !is_stranded
            });
            if bindings.len() != before {
                changed.push((user.clone(), bindings.len()));
            }
            !bindings.is_empty()
        });
        changed
    }

    /// Users with a live contact.
    pub(crate) fn users(&self, now: Instant) -> Vec<String> {
        let mut users: Vec<_> = self
            .users
            .iter()
            .filter(|(_, bindings)| bindings.iter().any(|binding| binding.expires > now))
            .map(|(user, _)| user.clone())
            .collect();
        users.sort();
        users
    }
}

impl Wish {
    fn is_older_than(&self, binding: &Binding) -> bool {
        self.call_id == binding.call_id && self.cseq <= binding.cseq
    }
}

fn names(bindings: &[Binding]) -> Vec<String> {
    let mut names: Vec<_> = bindings.iter().map(|binding| name(&binding.uri)).collect();
    names.sort();
    names
}

/// What makes two Contacts the same: user, host and port (RFC 3261 §19.1.4
/// asks for more parameters; phones vary them between refreshes).
fn name(uri: &Uri) -> String {
    let user = uri.user().unwrap_or("");
    format!(
        "{user}@{}",
        uri.host_with_port.to_string().to_ascii_lowercase()
    )
}

fn same(one: &Uri, other: &Uri) -> bool {
    name(one) == name(other)
}

#[cfg(test)]
mod tests;
