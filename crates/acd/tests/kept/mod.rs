//! Reading what earlier versions kept.

use acd::Fact;

/// A fact as the first versions told it: their reasons did not name who was
/// passed over, and a call that was not let in had no number.
pub(crate) fn as_first_told(mut fact: Fact) -> Fact {
    if let Fact::CallBlocked { dialed_number, .. } = &mut fact {
        dialed_number.clear();
    }
    if let Fact::OfferMade { why, .. } = &mut fact
        && let Some(at) = why.find("; passed over: ")
    {
        let named = why.split_off(at);
        let mut rest = named.as_str();
        while let Some((text, names)) = rest.split_once(" (") {
            why.push_str(text);
            rest = names.split_once(')').map_or("", |(_, rest)| rest);
        }
        why.push_str(rest);
    }
    fact
}
