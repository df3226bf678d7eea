//! Conferences: mixers that calls, players and sockets speak into and hear.

use super::media_units::{Attached, Sink};
use super::{Control, Told};
use crate::outside::Outside;
use media::{MIXER_MEMBERS_MAX, Source};
use scenario::host::{Input, Unit, UnitId};
use voice::Rate;

/// The code of `ConferenceEvents.ConferenceError` for one member too many.
const TOO_MANY_MEMBERS: u16 = 403;

impl Control {
    /// `hd` mixes at 16 kHz, all that a codec of ours or a recogniser can carry.
    pub(super) fn create_conference(
        &mut self,
        conference: UnitId,
        hd: bool,
        out: &mut dyn Outside,
    ) -> Told {
        let rate = if hd { Rate::Wide } else { Rate::Narrow };
        let mixer = out.create_mixer(rate);
        let attached = Attached {
            source: Some(Source::Mixer(mixer)),
            sink: Some(Sink::Mixer(mixer)),
        };
        self.attach(Unit::Conference(conference), attached, out);
        Told::one(Input::ConferenceStarted { conference })
    }

    pub(super) fn destroy_conference(&mut self, conference: UnitId, out: &mut dyn Outside) -> Told {
        let attached = self.detach(Unit::Conference(conference));
        let Some(Sink::Mixer(mixer)) = attached.and_then(|attached| attached.sink) else {
            return Told::default();
        };
        out.close_mixer(mixer);
        Told::one(Input::ConferenceStopped { conference })
    }

    /// The error of a conference that has all the members it may have, if `to` is one.
    pub(super) fn conference_is_full(&self, from: Unit, to: Unit) -> Option<Told> {
        let Unit::Conference(conference) = to else {
            return None;
        };
        let members = self.links.sources_of(to);
        if members.len() < MIXER_MEMBERS_MAX || members.contains(&from) {
            return None;
        }
        Some(Told::one(Input::ConferenceFailed {
            conference,
            code: TOO_MANY_MEMBERS,
            error: format!("more than {MIXER_MEMBERS_MAX} members: {from} is not heard"),
        }))
    }
}
