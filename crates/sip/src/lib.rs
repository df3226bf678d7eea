//! SIP signalling: transports, dialogs, registrar, trunks and the policy gate,
//! over the SIP library. Nothing of the library shows through this border.
//!
//! The library is used up to its *transaction* layer (retransmissions, timers,
//! ACK of INVITE answers, RFC 6026). Dialogs and calls are ours, because we
//! promise things the library's dialogs do not: exactly one final event for a
//! leg, commands that never block, events in wire order, credentials only where
//! the owner said so.
//!
//! # Invariants
//! 1. A leg is an actor: everything about it (orders, wire, timers) passes one
//!    mailbox and one pure machine, [`call::leg::Leg`]; its events leave in that
//!    order.
//! 2. Every leg ends with exactly one `Failed` or `Ended`, and then nothing.
//! 3. No request from outside reaches a call before `policy::gate` passed it.
//! 4. Nothing we send carries a control character from the owner or the wire.
#![forbid(unsafe_code)]

mod auth;
mod call;
mod config;
mod digest;
mod event;
mod guard;
mod headers;
mod listen;
mod message;
mod policy;
mod registrar;
mod serve;
mod stack;
mod trunk;
mod uri;

pub use config::{
    Directory, Ha1, ListenerConfig, SipConfig, StartError, Transport, TrunkConfig,
    TrunkCredentials, futures_free,
};
pub use digest::ha1;
pub use event::{DialRequest, EventSink, Headers, LegId, ReferTo, SipEvent, Source, Target};
pub use stack::{Sip, Timing};
