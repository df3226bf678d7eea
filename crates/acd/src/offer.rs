//! One attempt to reach somebody for one call, and the talk it may lead to.

use crate::id::{Millis, OfferId};
use crate::input::OfferFailure;
use crate::limits::{RETRY_DELAY_MS_MIN, RING_MARGIN_MS, SETBACK_DELAY_MS, SETBACK_DELAY_MS_MAX};
use crate::target::Target;
use crate::transfer::{Consult, PastConsult};
use serde::{Deserialize, Serialize};

/// A live offer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Offer {
    pub(crate) id: OfferId,
    #[serde(rename = "agent")]
    pub(crate) target: Target,
    /// Nobody else is rung for the caller meanwhile.
    #[serde(default)]
    pub(crate) alone: bool,
    pub(crate) made_at: Millis,
    pub(crate) ring_timeout_ms: Millis,
    pub(crate) rings: Option<Rings>,
    /// When the core gives the offer up by itself.
    pub(crate) deadline: Millis,
    /// The centre slept over the deadline and has asked the session.
    pub(crate) doubted: bool,
}

/// Since when a phone rings.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Rings {
    /// By our clock.
    pub(crate) since: Millis,
    /// By the session's clock.
    pub(crate) at: Millis,
}

impl Offer {
    pub(crate) fn deadline_from(start: Millis, ring_timeout_ms: Millis) -> Millis {
        start
            .saturating_add(ring_timeout_ms)
            .saturating_add(RING_MARGIN_MS)
    }

    /// When the phone stops ringing if nobody answers.
    pub(crate) fn ring_until(&self) -> Millis {
        let start = self.rings.map_or(self.made_at, |rings| rings.since);
        start.saturating_add(self.ring_timeout_ms)
    }

    /// How long it has rung, by our clock.
    pub(crate) fn rang_ms(&self, now: Millis) -> Millis {
        self.rings
            .map_or(0, |rings| now.saturating_sub(rings.since))
    }

    /// From ring to answer. By the session's clock where both moments are
    /// known, since that does not count the way to us, but never more than
    /// the offer is old.
    pub(crate) fn answer_speed_ms(&self, now: Millis, answered_at: Millis) -> Millis {
        let age_ms = now.saturating_sub(self.made_at);
        self.rings.map_or(age_ms, |rings| {
            answered_at.saturating_sub(rings.at).min(age_ms)
        })
    }
}

/// A talk.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Talk {
    pub(crate) offer: OfferId,
    #[serde(rename = "agent")]
    pub(crate) target: Target,
    pub(crate) offered_at: Millis,
    pub(crate) ring_until: Millis,
    pub(crate) since: Millis,
    /// Caller and agent were reported to be joined.
    pub(crate) joined: bool,
    /// A colleague who is asked about the call.
    #[serde(default)]
    pub(crate) consult: Option<Box<Consult>>,
    /// The last one who was.
    #[serde(default)]
    pub(crate) past_consult: Option<Box<PastConsult>>,
}

impl Talk {
    /// Whether this offer is the colleague's who is asked.
    pub(crate) fn asks(&self, offer: OfferId) -> bool {
        self.consult
            .as_ref()
            .is_some_and(|consult| consult.offer.id == offer)
    }

    /// The offer of this talk, if a colleague was asked by the other one.
    pub(crate) fn asked_before(&self, offer: OfferId) -> Option<OfferId> {
        let past = self.past_consult.as_ref()?;
        (past.offer == offer).then_some(self.offer)
    }

    /// When a colleague whose phone rings is given up.
    pub(crate) fn consult_deadline(&self) -> Option<Millis> {
        let consult = self.consult.as_ref()?;
        consult.joined.is_none().then_some(consult.offer.deadline)
    }

    /// The talk that an answered offer leads to.
    pub(crate) fn begin(offer: &Offer, now: Millis) -> Self {
        Self {
            offer: offer.id,
            target: offer.target,
            offered_at: offer.made_at,
            ring_until: offer.ring_until(),
            since: now,
            joined: false,
            consult: None,
            past_consult: None,
        }
    }

    /// A talk that is found, or handed over, at this moment.
    pub(crate) fn found(offer: OfferId, target: Target, now: Millis) -> Self {
        Self {
            offer,
            target,
            offered_at: now,
            ring_until: now,
            since: now,
            joined: true,
            consult: None,
            past_consult: None,
        }
    }
}

/// How an offer that was not answered ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    NoAnswer,
    Busy,
    Rejected,
    Unreachable,
    Unregistered,
    Cancelled,
    AnsweredElsewhere,
    NotDelivered,
}

impl Outcome {
    #[cfg(test)]
    pub(crate) const ALL: [Self; 8] = [
        Self::NoAnswer,
        Self::Busy,
        Self::Rejected,
        Self::Unreachable,
        Self::Unregistered,
        Self::Cancelled,
        Self::AnsweredElsewhere,
        Self::NotDelivered,
    ];

    /// Whether whoever was rung is passed over for a while; an agent goes to
    /// the end of the idle order as well. Otherwise the agent is free at once
    /// and keeps the place.
    pub(crate) fn is_the_targets(self) -> bool {
        match self {
            Self::NoAnswer
            | Self::Busy
            | Self::Rejected
            | Self::Unreachable
            | Self::Unregistered => true,
            Self::Cancelled | Self::AnsweredElsewhere | Self::NotDelivered => false,
        }
    }

    /// Several of them in a row, behind their number, in words of the record; nothing for
    /// those that are not the agent's doing.
    pub(crate) fn in_a_row(self) -> &'static str {
        match self {
            Self::NoAnswer => "offers missed in a row",
            Self::Busy => "offers in a row to a busy phone",
            Self::Rejected => "offers declined in a row",
            Self::Unreachable => "offers in a row to a phone out of reach",
            Self::Unregistered => "offers in a row without a registered phone",
            Self::Cancelled | Self::AnsweredElsewhere | Self::NotDelivered => "",
        }
    }

    /// The word in the record.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::NoAnswer => "no_answer",
            Self::Busy => "busy",
            Self::Rejected => "rejected",
            Self::Unreachable => "unreachable",
            Self::Unregistered => "unregistered",
            Self::Cancelled => "cancelled",
            Self::AnsweredElsewhere => "answered_elsewhere",
            Self::NotDelivered => "not_delivered",
        }
    }
}

impl From<OfferFailure> for Outcome {
    fn from(reason: OfferFailure) -> Self {
        match reason {
            OfferFailure::NoAnswer => Self::NoAnswer,
            OfferFailure::Busy => Self::Busy,
            OfferFailure::Rejected => Self::Rejected,
            OfferFailure::Unreachable => Self::Unreachable,
            OfferFailure::Unregistered => Self::Unregistered,
            OfferFailure::Cancelled => Self::Cancelled,
        }
    }
}

/// How long an agent who did not take an offer is passed over.
pub(crate) fn retry_delay_ms(configured_ms: Millis) -> Millis {
    configured_ms.max(RETRY_DELAY_MS_MIN)
}

/// How long a call pauses after its `setbacks`-th offer (from 1) that failed
/// without an agent's fault.
pub(crate) fn setback_delay_ms(setbacks: u32) -> Millis {
    let doublings = setbacks.saturating_sub(1).min(16);
    (SETBACK_DELAY_MS << doublings).min(SETBACK_DELAY_MS_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_after_setbacks_double_up_to_the_limit() {
        let pauses: Vec<_> = [1, 2, 3, 7, 8, u32::MAX]
            .into_iter()
            .map(setback_delay_ms)
            .collect();
        assert_eq!(pauses, [500, 1_000, 2_000, 30_000, 30_000, 30_000]);
    }
}
