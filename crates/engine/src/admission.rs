//! Where a call that came in goes: into a session of its own, or into the
//! session of its conference.

use crate::choice::Choice;
use crate::conferences::{ConferenceKey, Entrance, HOPS_MAX, NAME_CHARS_MAX};
use crate::control::Arrival;
use crate::outside::ConferenceCall;
use crate::shared::{Owner, Shared};
use crate::worker::{Incoming, Mail, NO_SUCH_CALL, Origin, Succession};
use sip::{Headers, LegId};
use std::net::IpAddr;
use std::sync::atomic::Ordering;

/// SIP status when no further session may start.
const FULL: u16 = 503;
/// For a conference id that no rule matches.
const NOT_FOUND: u16 = 404;
/// For one that is too long.
const TOO_LONG: u16 = 414;
/// For conferences that call each other in a row.
const TOO_MANY_HOPS: u16 = 483;

impl Shared {
    /// Sends a call to the worker of its session. Does not block.
    pub(crate) fn admit(&self, mut incoming: Incoming) {
        if incoming.choice.is_none() {
            incoming.choice = Choice::by_number(self, &incoming.destination);
        }
        let meeting = incoming
            .choice
            .as_ref()
            .filter(|choice| incoming.into_conference || choice.is_conference)
            .map(|choice| choice.conference(&incoming.destination));
        match meeting {
            Some(key) => self.admit_to_conference(key, incoming),
            None => match self.open_owner() {
                Some(owner) => {
                    incoming.session = owner.session;
                    self.post(owner.worker, Mail::Incoming(Box::new(incoming)));
                }
                None => self.refuse_full(&incoming),
            },
        }
    }

    /// The same for a call whose conference is known.
    pub(crate) fn admit_to_conference(&self, key: ConferenceKey, mut incoming: Incoming) {
        self.conferences.enter(
            &key.clone(),
            || self.open_owner(),
            |entrance| match entrance {
                Entrance::Open(owner) => {
                    incoming.session = owner.session;
                    incoming.conference = Some(key);
                    self.post(owner.worker, Mail::Incoming(Box::new(incoming)));
                }
                Entrance::Join(owner) => {
                    incoming.session = owner.session;
                    incoming.conference = Some(key);
                    self.post(owner.worker, Mail::Join(Box::new(incoming)));
                }
                Entrance::Full => self.refuse_full(&incoming),
            },
        );
    }

    /// Leads a call of a session to a conference; what cannot be is refused.
    pub(crate) fn call_conference(&self, call: ConferenceCall, leg: LegId, hops: u8, ip: IpAddr) {
        let name_chars = call.conference.chars().count();
        let choice = Choice::by_number(self, &call.conference);
        let refusal = match &choice {
            _ if hops >= HOPS_MAX => Some(TOO_MANY_HOPS),
            _ if name_chars > NAME_CHARS_MAX => Some(TOO_LONG),
            None => Some(NOT_FOUND),
            Some(_) => None,
        };
        if let Some(code) = refusal {
            self.counters.calls_refused.fetch_add(1, Ordering::Relaxed);
            tracing::info!(code, "call to a conference refused");
            return self.reject(leg, code, Vec::new(), None);
        }
        self.admit(Incoming {
            session: 0,
            choice,
            into_conference: true,
            conference: None,
            hops: hops + 1,
            arrival: Arrival {
                leg,
                sdp: call.sdp,
                local_ip: ip,
                codecs: self.config.codecs.usual.clone(),
            },
            source: Origin::Session,
            from_uri: format!("sip:{}@{ip}", call.caller),
            to_uri: format!("sip:{}@{ip}", call.conference),
            destination: call.conference,
            caller: call.caller,
            display_name: call.display_name,
            headers: call.headers,
            sip_call_id: String::new(),
        });
    }

    /// Leads a new leg to the call whose place it is to take; there is none: 481.
    pub(crate) fn lead_to_place(&self, of: LegId, arrival: Arrival, headers: Headers) {
        match self.sip_board.owner(of) {
            Some(owner) => {
                let session = owner.session;
                let successor = Box::new(Succession {
                    of,
                    arrival,
                    headers,
                });
                self.post(owner.worker, Mail::TakeOver { session, successor });
            }
            None => self.reject(arrival.leg, NO_SUCH_CALL, Vec::new(), None),
        }
    }

    /// A session that may start now, if one may.
    pub(crate) fn open_owner(&self) -> Option<Owner> {
        if self.is_full() {
            return None;
        }
        let session = self.new_session_id();
        Some(Owner {
            worker: self.next_worker(),
            session,
        })
    }

    fn refuse_full(&self, incoming: &Incoming) {
        let counters = &self.counters;
        counters.calls_refused.fetch_add(1, Ordering::Relaxed);
        tracing::warn!("call refused: engine.sessions_max is reached");
        self.reject(incoming.arrival.leg, FULL, Vec::new(), None);
    }
}
