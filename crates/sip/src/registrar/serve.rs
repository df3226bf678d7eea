//! REGISTER on the wire.

use super::{Denial, Wish, WishedContact};
use crate::auth::{self, Proof};
use crate::call::dialog::Flow;
use crate::call::server::serve;
use crate::event::SipEvent;
use crate::message::{Extra, call_id, cseq, to_party, value};
use crate::stack::Core;
use parking_lot::Mutex;
use rsipstack::sip::{Header, Request, typed::Contact};
use rsipstack::transaction::transaction::Transaction;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Notify;

/// How often expired contacts are looked for.
const SWEEP_EVERY: Duration = Duration::from_secs(1);
/// Contacts read from one REGISTER before it is refused as malformed.
const CONTACTS_READ_MAX: usize = 32;

/// Answers a REGISTER.
pub(crate) async fn register(core: Arc<Core>, transaction: Transaction) {
    let connection = transaction.connection.clone();
    let flow = Flow::of(connection.as_ref());
    let reply = serve(&core, transaction);
    let request = reply.request.clone();
    let user = match auth::prove(&core, &request, connection.as_ref()).await {
        Proof::User(user) => user,
        Proof::Missing { stale } => {
            let headers = auth::challenge(&core, stale);
            return reply.send(
                401,
                Extra {
                    headers,
                    ..Extra::default()
                },
            );
        }
        Proof::Wrong => return reply.status(403),
    };
    // A user registers himself only (RFC 3261 §10.3 step 4).
    if to_party(&request).is_none_or(|to| to.user != user) {
        return reply.status(403);
    }
    let Some(wish) = wish_of(&request, flow) else {
        return reply.status(400);
    };
    let now = Instant::now();
    let outcome = core.registrar.lock().register(now, &user, &wish);
    match outcome {
        Ok(registered) => {
            let headers = registered.contacts.iter().map(|(uri, expires_s)| {
                Header::Contact(format!("<{uri}>;expires={expires_s}").into())
            });
            reply.send(
                200,
                Extra {
                    headers: headers.collect(),
                    ..Extra::default()
                },
            );
            if registered.changed {
                core.presence.changed(user);
            }
        }
        Err(denial) => {
            let (code, headers) = match denial {
                Denial::TooBrief { min_s } => {
                    (423, vec![Header::MinExpires(min_s.to_string().into())])
                }
                Denial::OutOfOrder => (500, vec![]),
                Denial::BadStar => (400, vec![]),
                Denial::TooMany => (403, vec![]),
            };
            reply.send(
                code,
                Extra {
                    headers,
                    ..Extra::default()
                },
            );
        }
    }
}

/// Whose contacts changed and was not told yet. A set, so that it is never
/// larger than the number of users, however fast phones come and go.
#[derive(Default)]
pub(crate) struct Presence {
    users: Mutex<BTreeSet<String>>,
    wake: Notify,
}

impl Presence {
    fn changed(&self, user: String) {
        self.users.lock().insert(user);
        self.wake.notify_one();
    }
}

/// Tells the owner of changes until the stack stops: one task, outside all
/// locks, so that the last event of a user is the newest and the owner may call
/// us back.
pub(crate) async fn tell(core: Arc<Core>) {
    loop {
        tokio::select! {
            () = core.stop.cancelled() => return,
            () = core.presence.wake.notified() => {}
        }
        let users = std::mem::take(&mut *core.presence.users.lock());
        for user in users {
            let now = Instant::now();
            let contacts = core.registrar.lock().contacts(now, &user).len();
            (core.sink)(SipEvent::Registered { user, contacts });
        }
    }
}

/// Looks for contacts that run out, until the stack stops.
pub(crate) async fn sweep(core: Arc<Core>) {
    let mut clock = tokio::time::interval(SWEEP_EVERY);
    clock.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = core.stop.cancelled() => return,
            _ = clock.tick() => {}
        }
        let expired = core.registrar.lock().expire(Instant::now());
        for (user, _) in expired {
            core.presence.changed(user);
        }
    }
}

/// Reads what a REGISTER asks for; `None` when it is malformed.
fn wish_of(request: &Request, flow: Flow) -> Option<Wish> {
    let mut wish = Wish {
        contacts: Vec::new(),
        all: false,
        expires_s: None,
        call_id: call_id(request),
        cseq: cseq(request),
        flow,
    };
    if let Some(expires) = value(&request.headers, "Expires") {
        wish.expires_s = Some(seconds(expires)?);
    }
    for header in request.headers.iter() {
        let Header::Contact(contact) = header else {
            continue;
        };
        if contact.value().trim() == "*" {
            wish.all = true;
            continue;
        }
        for contact in Contact::parse_header_list(contact.value()).ok()? {
            // Checked once more as a URI: it becomes a request line of ours.
            let uri = crate::uri::checked(&contact.uri.to_string()).ok()?;
            let expires_s = contact.expires();
            wish.contacts.push(WishedContact { uri, expires_s });
        }
        if wish.contacts.len() > CONTACTS_READ_MAX {
            return None;
        }
    }
    Some(wish)
}

/// Delta seconds; what does not fit is "very long" (RFC 3261 §20.19).
fn seconds(text: &str) -> Option<u32> {
    let text = text.trim();
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse().unwrap_or(u32::MAX))
}
