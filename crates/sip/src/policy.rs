//! The gate: which request from where is served, and after what proof. Pure.
//! Default deny (promises: toll fraud, unauthenticated methods).

use crate::event::Source;
use rsipstack::sip::Method;

/// What is known about a request before any password is looked at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Facts<'a> {
    /// Its method.
    pub(crate) method: Method,
    /// It has a To tag.
    pub(crate) in_dialog: bool,
    /// The trunk whose source address it came from.
    pub(crate) trunk: Option<&'a str>,
    /// The listener takes calls from anyone.
    pub(crate) open: bool,
    /// It says that it comes from one of our users: From carries our realm, or
    /// names a user who is registered from that very address, or it brings
    /// credentials.
    pub(crate) claims_user: bool,
}

/// What happens to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Passage {
    /// Belongs to a dialog; 481 if there is none.
    Dialog,
    /// 200 with what we can do.
    Capabilities,
    /// To the registrar, after digest.
    Register,
    /// A call, no proof needed.
    Call(Source),
    /// A call of a user, after digest.
    UserCall,
    /// Refused with this status.
    Refused(u16),
}

/// Decides.
pub(crate) fn gate(facts: Facts<'_>) -> Passage {
    if facts.in_dialog {
        return Passage::Dialog;
    }
    match facts.method {
        Method::Options => Passage::Capabilities,
        Method::Register => Passage::Register,
        Method::Invite => match facts.trunk {
            Some(trunk) => Passage::Call(Source::Trunk(trunk.to_string())),
            None if facts.open && !facts.claims_user => Passage::Call(Source::Open),
            None => Passage::UserCall,
        },
        Method::Bye | Method::Cancel | Method::Info | Method::Update | Method::PRack => {
            Passage::Refused(481)
        }
        Method::Refer | Method::Subscribe | Method::Notify | Method::Message | Method::Publish => {
            Passage::Refused(405)
        }
        // Nothing answers an ACK; the driver drops it.
        Method::Ack => Passage::Refused(481),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRUNK: Option<&str> = Some("acme");

    fn passage(method: Method, trunk: Option<&str>, open: bool, claims_user: bool) -> Passage {
        gate(Facts {
            method,
            in_dialog: false,
            trunk,
            open,
            claims_user,
        })
    }

    #[test]
    fn every_method_from_every_source_has_its_one_passage() {
        for (trunk, open, claims_user) in [
            (None, false, false),
            (None, false, true),
            (None, true, false),
            (None, true, true),
            (TRUNK, false, false),
            (TRUNK, true, true),
        ] {
            for method in Method::all() {
                let expected = match method {
                    Method::Options => Passage::Capabilities,
                    Method::Register => Passage::Register,
                    Method::Invite if trunk.is_some() => {
                        Passage::Call(Source::Trunk("acme".into()))
                    }
                    Method::Invite if open && !claims_user => Passage::Call(Source::Open),
                    Method::Invite => Passage::UserCall,
                    Method::Refer
                    | Method::Subscribe
                    | Method::Notify
                    | Method::Message
                    | Method::Publish => Passage::Refused(405),
                    Method::Ack
                    | Method::Bye
                    | Method::Cancel
                    | Method::Info
                    | Method::PRack
                    | Method::Update => Passage::Refused(481),
                };
                let found = passage(method, trunk, open, claims_user);
                assert_eq!(found, expected, "{method} {trunk:?} {open} {claims_user}");
            }
        }
    }

    #[test]
    fn a_request_inside_a_dialog_needs_a_dialog_wherever_it_comes_from() {
        for method in Method::all() {
            let facts = Facts {
                method,
                in_dialog: true,
                trunk: None,
                open: false,
                claims_user: false,
            };
            assert_eq!(gate(facts), Passage::Dialog, "{method}");
        }
    }
}
