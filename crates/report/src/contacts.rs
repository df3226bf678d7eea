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
        let known = segments
            .iter()
            .filter_map(|segment| self.is_served_at_first(segment, within_ms));
        let mut ratio = Ratio::default();
        for is_served in known {
            ratio = ratio.with(u64::from(is_served));
        }
        ratio
    }

    /// Whether an answered caller did not call again within `within_ms`; `None`
    /// while that is not known, and of calls that were not answered.
    pub(crate) fn is_served_at_first(&self, segment: &Segment, within_ms: u64) -> Option<bool> {
        let end = segment.queued_at.saturating_add(within_ms);
        let calls = self.calls.get(segment.caller_number.as_str())?;
        if segment.outcome != Outcome::Answered || end > self.known_until {
            return None;
        }
        let after = calls.partition_point(|(at, _)| *at <= segment.queued_at);
        let mut again = calls[after..].iter().take_while(|(at, _)| *at <= end);
        Some(again.all(|(_, call)| *call == segment.call))
    }
}
