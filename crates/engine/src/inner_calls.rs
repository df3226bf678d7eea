//! Calls between two sessions of this engine (`callConference`): signalling
//! without a wire. What one end does is an event at the other, in the words of
//! the SIP stack, so that call control knows no difference. Media goes by RTP
//! over this machine's own addresses, as between phones.

use crate::control::cause;
use parking_lot::Mutex;
use sip::{Headers, LegId, SipEvent};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};

/// Marks legs of these calls; the stack counts its own up from 1.
const INNER: u64 = 1 << 63;
/// SIP statuses said by this file.
const TIMEOUT: u16 = 408;
const CANCELLED: u16 = 487;
const NOT_ACCEPTABLE: u16 = 488;
const PENDING: u16 = 491;
const NOT_IMPLEMENTED: u16 = 501;

/// Calls between sessions. Bounded by the outgoing calls that sessions may have.
#[derive(Debug, Default)]
pub(crate) struct InnerCalls {
    calls: Mutex<HashMap<u64, State>>,
    next: AtomicU64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct State {
    is_answered: bool,
    /// Which end waits for the answer to its re-INVITE.
    reoffered_by: Option<LegId>,
}

/// Whether a leg is one end of such a call.
pub(crate) fn is_inner(leg: LegId) -> bool {
    leg.0 & INNER != 0
}

fn peer(leg: LegId) -> LegId {
    LegId(leg.0 ^ 1)
}

fn call_of(leg: LegId) -> u64 {
    leg.0 & !1
}

fn is_caller(leg: LegId) -> bool {
    leg.0 & 1 == 0
}

impl InnerCalls {
    /// A new call: the caller's end and the callee's.
    pub(crate) fn open(&self) -> (LegId, LegId) {
        let number = self.next.fetch_add(2, Ordering::Relaxed);
        let caller = LegId(INNER | number);
        self.calls.lock().insert(call_of(caller), State::default());
        (caller, peer(caller))
    }

    /// 180 or 183 of the callee.
    pub(crate) fn progress(
        &self,
        leg: LegId,
        code: u16,
        headers: Headers,
        sdp: Vec<u8>,
    ) -> Vec<SipEvent> {
        if is_caller(leg) || self.state(leg).is_none_or(|state| state.is_answered) {
            return Vec::new();
        }
        vec![SipEvent::Progress {
            leg: peer(leg),
            code,
            headers: travelling(headers),
            sdp,
        }]
    }

    /// 200 of the callee, and the ACK for it.
    pub(crate) fn answer(&self, leg: LegId, headers: Headers, sdp: Vec<u8>) -> Vec<SipEvent> {
        let fresh = self.change(leg, |state| {
            !is_caller(leg) && !std::mem::replace(&mut state.is_answered, true)
        });
        if fresh != Some(true) {
            return Vec::new();
        }
        vec![
            SipEvent::Answered {
                leg: peer(leg),
                headers: travelling(headers),
                sdp,
            },
            SipEvent::Answered {
                leg,
                headers: Vec::new(),
                sdp: Vec::new(),
            },
        ]
    }

    /// The callee refuses.
    pub(crate) fn reject(
        &self,
        leg: LegId,
        code: u16,
        headers: Headers,
        reason: Option<String>,
    ) -> Vec<SipEvent> {
        if is_caller(leg) || self.close(leg, |state| !state.is_answered).is_none() {
            return Vec::new();
        }
        let mut headers = travelling(headers);
        headers.extend(reason.map(|reason| ("Reason".to_owned(), reason)));
        vec![
            failed(peer(leg), code, "Rejected", headers),
            ended(leg, true, cause::of_status(code), Vec::new()),
        ]
    }

    /// Either end leaves: CANCEL, BYE or a refusal, whichever fits.
    pub(crate) fn hangup(
        &self,
        leg: LegId,
        headers: Headers,
        reason: Option<String>,
    ) -> Vec<SipEvent> {
        let Some(state) = self.state(leg) else {
            return Vec::new();
        };
        if !state.is_answered && !is_caller(leg) {
            return self.reject(leg, 480, headers, reason);
        }
        if self.close(leg, |_| true).is_none() {
            return Vec::new();
        }
        let cause = reason.as_deref().and_then(cause::cause_in);
        let cause = cause.unwrap_or(cause::NORMAL);
        let mut headers = travelling(headers);
        headers.extend(reason.map(|reason| ("Reason".to_owned(), reason)));
        let own = if state.is_answered {
            ended(leg, true, cause, Vec::new())
        } else {
            failed(leg, CANCELLED, "Request Terminated", Vec::new())
        };
        vec![ended(peer(leg), false, cause, headers), own]
    }

    /// Nobody answered in time.
    pub(crate) fn expire(&self, caller: LegId) -> Vec<SipEvent> {
        if self.close(caller, |state| !state.is_answered).is_none() {
            return Vec::new();
        }
        vec![
            ended(peer(caller), false, cause::of_status(TIMEOUT), Vec::new()),
            failed(caller, TIMEOUT, "Request Timeout", Vec::new()),
        ]
    }

    /// INFO to the other end.
    pub(crate) fn info(
        &self,
        leg: LegId,
        mime_type: String,
        body: Vec<u8>,
        headers: Headers,
    ) -> Vec<SipEvent> {
        if self.state(leg).is_none() {
            return Vec::new();
        }
        vec![SipEvent::Info {
            leg: peer(leg),
            mime_type,
            body,
            headers: travelling(headers),
        }]
    }

    /// A re-INVITE to the other end.
    pub(crate) fn reoffer(&self, leg: LegId, headers: Headers, sdp: Vec<u8>) -> Vec<SipEvent> {
        let free = self.change(leg, |state| {
            let free = state.is_answered && state.reoffered_by.is_none();
            if free {
                state.reoffered_by = Some(leg);
            }
            free
        });
        match free {
            Some(true) => vec![SipEvent::Reoffer {
                leg: peer(leg),
                headers: travelling(headers),
                sdp,
            }],
            Some(false) => vec![reoffer_answered(leg, PENDING, Vec::new(), Vec::new())],
            None => Vec::new(),
        }
    }

    /// The answer to one; without SDP it is refused with 488.
    pub(crate) fn answer_reoffer(
        &self,
        leg: LegId,
        headers: Headers,
        sdp: Vec<u8>,
    ) -> Vec<SipEvent> {
        let code = if sdp.is_empty() { NOT_ACCEPTABLE } else { 200 };
        self.end_reoffer(leg, code, headers, sdp)
    }

    /// A refusal of one.
    pub(crate) fn refuse_reoffer(&self, leg: LegId, code: u16, headers: Headers) -> Vec<SipEvent> {
        self.end_reoffer(leg, code, headers, Vec::new())
    }

    fn end_reoffer(&self, leg: LegId, code: u16, headers: Headers, sdp: Vec<u8>) -> Vec<SipEvent> {
        let asked = self.change(leg, |state| {
            let asked = state.reoffered_by == Some(peer(leg));
            if asked {
                state.reoffered_by = None;
            }
            asked
        });
        if asked != Some(true) {
            return Vec::new();
        }
        vec![reoffer_answered(peer(leg), code, headers, sdp)]
    }

    /// A session cannot be asked to call somebody else.
    pub(crate) fn refer(&self, leg: LegId) -> Vec<SipEvent> {
        if self.state(leg).is_none() {
            return Vec::new();
        }
        vec![SipEvent::Transferred {
            leg,
            code: NOT_IMPLEMENTED,
            reason: "Not Implemented".to_owned(),
            headers: Vec::new(),
        }]
    }

    /// Calls that stand.
    pub(crate) fn len(&self) -> usize {
        self.calls.lock().len()
    }

    fn state(&self, leg: LegId) -> Option<State> {
        self.calls.lock().get(&call_of(leg)).copied()
    }

    fn change<T>(&self, leg: LegId, act: impl FnOnce(&mut State) -> T) -> Option<T> {
        self.calls.lock().get_mut(&call_of(leg)).map(act)
    }

    /// Takes a call out if it is as wanted: whoever gets it says the last word.
    fn close(&self, leg: LegId, wanted: impl FnOnce(&State) -> bool) -> Option<State> {
        let mut calls = self.calls.lock();
        let call = call_of(leg);
        calls
            .get(&call)
            .is_some_and(wanted)
            .then(|| calls.remove(&call))?
    }
}

/// The headers that may cross from session to session, as over the wire.
fn travelling(mut headers: Headers) -> Headers {
    headers.retain(|(name, _)| {
        let name = name.to_ascii_lowercase();
        name.starts_with("x-") || name == "user-to-user"
    });
    headers
}

fn failed(leg: LegId, code: u16, reason: &str, headers: Headers) -> SipEvent {
    SipEvent::Failed {
        leg,
        code,
        reason: reason.to_owned(),
        headers,
    }
}

fn ended(leg: LegId, by_us: bool, cause: u16, headers: Headers) -> SipEvent {
    SipEvent::Ended {
        leg,
        by_us,
        cause,
        reason: String::new(),
        headers,
    }
}

fn reoffer_answered(leg: LegId, code: u16, headers: Headers, sdp: Vec<u8>) -> SipEvent {
    let reason = match code {
        200 => "OK",
        PENDING => "Request Pending",
        _ => "Not Acceptable Here",
    };
    SipEvent::ReofferAnswered {
        leg,
        code,
        reason: reason.to_owned(),
        headers: travelling(headers),
        sdp,
    }
}

#[cfg(test)]
mod tests;
