//! Single-use tickets: browsers cannot send a header with a WebSocket, and a
//! long-lived token has no place in a URL.

use crate::token;
use acd::Millis;
use parking_lot::Mutex;
use std::collections::HashMap;

/// How long a ticket is good for: the time to open one socket on a bad line.
pub(crate) const LIFETIME_MS: u64 = 30_000;

/// Tickets outstanding at once: one for each page of the largest centre.
const OUTSTANDING_MAX: usize = 20_000;

/// Tickets of one user outstanding at once: a page that reconnects in a hurry
/// needs a few.
const OUTSTANDING_PER_USER_MAX: usize = 8;

/// Which link a ticket opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Opens {
    /// The agent's own.
    Agent,
    /// The supervisors', of all agents and queues.
    Supervisor,
}

struct Ticket {
    opens: Opens,
    user: String,
    until: Millis,
}

/// Tickets that were given out and not used.
#[derive(Default)]
pub(crate) struct Tickets {
    /// By digest: even memory does not hold the secret.
    outstanding: Mutex<HashMap<String, Ticket>>,
}

impl Tickets {
    /// A new ticket; `None` when the user, or everybody, has too many.
    pub(crate) fn issue(&self, opens: Opens, user: &str, now: Millis) -> Option<String> {
        let mut outstanding = self.outstanding.lock();
        outstanding.retain(|_, ticket| ticket.until > now);
        let own = outstanding
            .values()
            .filter(|ticket| ticket.user == user)
            .count();
        if own >= OUTSTANDING_PER_USER_MAX || outstanding.len() >= OUTSTANDING_MAX {
            return None;
        }
        let secret = token::generate();
        outstanding.insert(
            token::digest(&secret),
            Ticket {
                opens,
                user: user.to_owned(),
                until: now + LIFETIME_MS,
            },
        );
        Some(secret)
    }

    /// Uses a ticket up; gives its user. One for another link is used up too,
    /// and opens nothing.
    pub(crate) fn redeem(&self, opens: Opens, secret: &str, now: Millis) -> Option<String> {
        let ticket = self.outstanding.lock().remove(&token::digest(secret))?;
        (ticket.until > now && ticket.opens == opens).then_some(ticket.user)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_is_good_once_and_for_half_a_minute() {
        let tickets = Tickets::default();
        let one = tickets.issue(Opens::Agent, "anna", 0).unwrap();
        assert_eq!(
            tickets.redeem(Opens::Agent, &one, 29_999).as_deref(),
            Some("anna")
        );
        assert_eq!(tickets.redeem(Opens::Agent, &one, 29_999), None);
        let late = tickets.issue(Opens::Agent, "anna", 0).unwrap();
        assert_eq!(tickets.redeem(Opens::Agent, &late, 30_000), None);
        assert_eq!(tickets.redeem(Opens::Agent, "guess", 0), None);
        let other = tickets.issue(Opens::Supervisor, "olga", 0).unwrap();
        assert_eq!(tickets.redeem(Opens::Agent, &other, 1), None);
    }

    #[test]
    fn one_user_cannot_hoard_tickets() {
        let tickets = Tickets::default();
        for _ in 0..OUTSTANDING_PER_USER_MAX {
            tickets.issue(Opens::Agent, "anna", 0).unwrap();
        }
        assert_eq!(tickets.issue(Opens::Agent, "anna", 0), None);
        assert!(tickets.issue(Opens::Agent, "boris", 0).is_some());
        assert!(tickets.issue(Opens::Agent, "anna", LIFETIME_MS).is_some());
    }
}
