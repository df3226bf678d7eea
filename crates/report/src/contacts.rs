//! Who called again.

use crate::{Ledger, Outcome, Ratio, Segment};
use acd::CallId;
use std::collections::HashMap;

/// When each number called, and up to when that is known.
pub(crate) struct Contacts<'a> {
    /// Moment and call, in order of the moments.
    calls: HashMap<&'a str, Vec<(u64, CallId)>>,
    known_until: u64,
}

impl<'a> Contacts<'a> {
    pub(crate) fn of(ledger: &'a Ledger) -> Self {
        let mut calls: HashMap<&str, Vec<(u64, CallId)>> = HashMap::new();
        // A caller without a number is nobody in particular, and who is called
        // back has not called again.
        let known = |segment: &&Segment| !segment.caller_number.is_empty() && !segment.is_continued;
        for segment in ledger.segments().iter().filter(known) {
            let number = calls.entry(&segment.caller_number).or_default();
            number.push((segment.queued_at, segment.call));
        }
        for number in calls.values_mut() {
            number.sort_unstable();
        }
        Self {
            calls,
            known_until: ledger.known_until(),
        }
    }

    /// Answered callers who did not call again within `within_ms`, over the
    /// answered ones for whom that time is over.
    pub(crate) fn first_contact(&self, segments: &[&Segment], within_ms: u64) -> Ratio {
        let mut of_them = 0;
        let mut served = 0;
        let answered = segments
            .iter()
            .filter(|own| own.outcome == Outcome::Answered);
        for segment in answered {
            let end = segment.queued_at.saturating_add(within_ms);
            let Some(calls) = self.calls.get(segment.caller_number.as_str()) else {
                continue;
            };
            if end > self.known_until {
                continue;
            }
            of_them += 1;
            let after = calls.partition_point(|(at, _)| *at <= segment.queued_at);
            let again = calls[after..].iter().take_while(|(at, _)| *at <= end);
            let is_again = again.into_iter().any(|(_, call)| *call != segment.call);
            served += u64::from(!is_again);
        }
        Ratio::of(served, of_them)
    }
}
