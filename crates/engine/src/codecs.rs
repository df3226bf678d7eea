//! Which codecs are used with whom, in the order of preference.

use sip::Target;
use std::collections::BTreeMap;
use voice::Codec;

/// The codecs of an engine and of its trunks.
#[derive(Clone, Debug)]
pub struct Codecs {
    /// With everybody for whom nothing else is said.
    pub usual: Vec<Codec>,
    /// With trunks that have a list of their own, by name.
    pub of_trunks: BTreeMap<String, Vec<Codec>>,
    /// The trunk that `callPSTN` goes to.
    pub first_trunk: Option<String>,
}

impl Codecs {
    /// With a caller who comes in by a trunk, or by none.
    pub(crate) fn of_source(&self, source: &sip::Source) -> Vec<Codec> {
        match source {
            sip::Source::Trunk(name) => self.of_trunk(Some(name)),
            sip::Source::User(_) | sip::Source::Open => self.usual.clone(),
        }
    }

    /// With whom we call.
    pub(crate) fn of_target(&self, target: &Target) -> Vec<Codec> {
        match target {
            Target::Trunk { trunk, .. } => {
                self.of_trunk(trunk.as_deref().or(self.first_trunk.as_deref()))
            }
            Target::User(_) | Target::Uri { .. } => self.usual.clone(),
        }
    }

    fn of_trunk(&self, name: Option<&str>) -> Vec<Codec> {
        let own = name.and_then(|name| self.of_trunks.get(name));
        own.unwrap_or(&self.usual).clone()
    }
}

/// A list with one codec brought to its front, if it is in it.
pub(crate) fn with_first(mut codecs: Vec<Codec>, first: Option<Codec>) -> Vec<Codec> {
    if let Some(first) = first {
        codecs.sort_by_key(|codec| *codec != first);
    }
    codecs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trunk_with_a_list_of_its_own_is_asked_for_nothing_else() {
        let usual = vec![Codec::Pcmu, Codec::G722];
        let codecs = Codecs {
            usual: usual.clone(),
            of_trunks: BTreeMap::from([("provider".to_owned(), vec![Codec::Pcma])]),
            first_trunk: Some("provider".to_owned()),
        };
        let number = |trunk: Option<&str>| Target::Trunk {
            trunk: trunk.map(str::to_owned),
            number: "74950000000".into(),
        };
        assert_eq!(codecs.of_target(&number(None)), [Codec::Pcma]);
        assert_eq!(codecs.of_target(&number(Some("other"))), usual);
        assert_eq!(codecs.of_target(&Target::User("anna".into())), usual);
        let came_by = |name: &str| codecs.of_source(&sip::Source::Trunk(name.into()));
        assert_eq!(came_by("provider"), [Codec::Pcma]);
        assert_eq!(came_by("other"), usual);
        assert_eq!(codecs.of_source(&sip::Source::Open), usual);
    }

    #[test]
    fn the_first_of_a_list_is_one_that_is_in_it() {
        let list = vec![Codec::Pcmu, Codec::Pcma];
        let first = |codec| with_first(list.clone(), codec);
        assert_eq!(first(Some(Codec::Pcma)), [Codec::Pcma, Codec::Pcmu]);
        assert_eq!(first(Some(Codec::G722)), list);
        assert_eq!(first(None), list);
    }
}
