//! Which sources each sink of a session was given, whether their media is
//! there already or not. Pure bookkeeping.

use scenario::host::Unit;
use std::collections::BTreeMap;

/// Joins of one session. A hundred members in each of a few conferences fit;
/// a scenario that joins without end does not fill the engine.
const LINKS_MAX: usize = 2_000;

/// The joins of one session.
#[derive(Debug, Default)]
pub(super) struct Links {
    /// By sink; sources in the order in which they came.
    sources: BTreeMap<Unit, Vec<Unit>>,
}

/// What a join did.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Joined {
    /// The sink hears the source now, or did already.
    Yes,
    /// There are too many joins.
    Full,
}

impl Links {
    /// `to` hears `from`: besides others if it mixes, instead of them if not.
    pub(super) fn join(&mut self, from: Unit, to: Unit) -> Joined {
        let count: usize = self.sources.values().map(Vec::len).sum();
        let sources = self.sources.entry(to).or_default();
        if !to.mixes() {
            sources.clear();
        }
        if sources.contains(&from) {
            return Joined::Yes;
        }
        if count >= LINKS_MAX {
            return Joined::Full;
        }
        sources.push(from);
        Joined::Yes
    }

    /// `to` no longer hears `from`; true if it did.
    pub(super) fn part(&mut self, from: Unit, to: Unit) -> bool {
        let Some(sources) = self.sources.get_mut(&to) else {
            return false;
        };
        let before = sources.len();
        sources.retain(|source| *source != from);
        let parted = sources.len() < before;
        if sources.is_empty() {
            self.sources.remove(&to);
        }
        parted
    }

    /// A unit can neither hear nor be heard any more.
    pub(super) fn forget(&mut self, unit: Unit) {
        self.sources.remove(&unit);
        self.forget_source(unit);
    }

    /// A unit can no longer be heard.
    pub(super) fn forget_source(&mut self, unit: Unit) {
        self.sources.retain(|_, sources| {
            sources.retain(|source| *source != unit);
            !sources.is_empty()
        });
    }

    /// What `to` hears.
    pub(super) fn sources_of(&self, to: Unit) -> Vec<Unit> {
        self.sources.get(&to).cloned().unwrap_or_default()
    }

    /// Who hears `from`.
    pub(super) fn sinks_of(&self, from: Unit) -> Vec<Unit> {
        let hears = |(to, sources): (&Unit, &Vec<Unit>)| sources.contains(&from).then_some(*to);
        self.sources.iter().filter_map(hears).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_hears_the_last_source_and_a_conference_all() {
        let mut links = Links::default();
        let (a, b) = (Unit::Call(1), Unit::Player(2));
        for from in [a, b, a] {
            links.join(from, Unit::Call(9));
            links.join(from, Unit::Conference(9));
        }
        assert_eq!(links.sources_of(Unit::Call(9)), [a]);
        assert_eq!(links.sources_of(Unit::Conference(9)), [a, b]);
        assert_eq!(links.sinks_of(b), [Unit::Conference(9)]);
        assert!(!links.part(b, Unit::Call(9)));
        assert!(links.part(a, Unit::Conference(9)));
        links.forget(b);
        assert_eq!(links.sources_of(Unit::Conference(9)), []);
        assert_eq!(links.sources.len(), 1, "nothing empty is kept");
    }

    #[test]
    fn joins_are_bounded() {
        let mut links = Links::default();
        for id in 0..LINKS_MAX as u32 {
            assert_eq!(links.join(Unit::Call(id), Unit::Conference(1)), Joined::Yes);
        }
        let more = links.join(Unit::Player(1), Unit::Conference(1));
        assert_eq!(more, Joined::Full);
    }
}
