//! Reading what earlier versions kept.

use acd::Fact;

/// The reasons of the first versions did not name who was passed over.
pub(crate) fn without_names(mut fact: Fact) -> Fact {
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
