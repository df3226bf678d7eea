//! Mixers: conferences of legs and players, in which everybody hears the others.

use super::{Frames, Graph, send_frame};
use crate::graph::taps::FRAME_SAMPLES;
use crate::leg::{Hears, LegIndex};
use crate::{MIXER_MEMBERS_MAX, MixerId, Source};
use voice::g711;
use voice::mix::Mix;

/// A mixer, who speaks into it and who hears it.
pub(super) struct MixerNode {
    pub(super) group: u64,
    mix: Mix,
    /// Legs and players.
    pub(super) members: Vec<Hears>,
    pub(super) listeners: Vec<LegIndex>,
    /// The sum of all members in this tick.
    said: [i16; FRAME_SAMPLES],
}

impl MixerNode {
    /// The sum of this tick; `None` when nobody said anything.
    pub(super) fn said(&self) -> Option<&[i16; FRAME_SAMPLES]> {
        (self.mix.members() > 0).then_some(&self.said)
    }
}

impl Graph {
    pub(crate) fn create_mixer(&mut self, id: MixerId, group: u64) {
        let node = MixerNode {
            group,
            mix: Mix::new(FRAME_SAMPLES),
            members: Vec::new(),
            listeners: Vec::new(),
            said: [0; FRAME_SAMPLES],
        };
        self.mixers.insert(id, node);
    }

    pub(crate) fn join_mixer(&mut self, mixer: MixerId, member: Source) {
        let Some(node) = self.mixers.by_id(mixer) else {
            tracing::debug!(?mixer, "join: no such mixer");
            return;
        };
        let found = self.find(node.group, member);
        if node.members.contains(&found) {
            return;
        }
        if matches!(found, Hears::Silence | Hears::Mixer(_)) {
            tracing::debug!(?mixer, ?member, "only legs and players join a mixer");
            return;
        }
        if node.members.len() >= MIXER_MEMBERS_MAX {
            tracing::warn!(?mixer, ?member, "the mixer is full: not heard in it");
            return;
        }
        self.tap(found);
        if let Some(node) = self.mixers.by_id_mut(mixer) {
            node.members.push(found);
        }
    }

    pub(crate) fn leave_mixer(&mut self, mixer: MixerId, member: Source) {
        let Some(node) = self.mixers.by_id(mixer) else {
            return;
        };
        let found = self.find(node.group, member);
        let Some(node) = self.mixers.by_id_mut(mixer) else {
            return;
        };
        if let Some(place) = node.members.iter().position(|m| *m == found) {
            node.members.remove(place);
            self.untap(found);
        }
    }

    /// Removes a mixer; true if it was there. Its listeners hear silence.
    pub(crate) fn close_mixer(&mut self, id: MixerId) -> bool {
        let Some(index) = self.mixers.index_of(id) else {
            return false;
        };
        self.leave_everywhere(Hears::Mixer(index));
        let Some(node) = self.mixers.remove(id) else {
            return false;
        };
        for member in node.members {
            self.untap(member);
        }
        for listener in node.listeners {
            self.silence(listener);
        }
        true
    }

    /// Adds up what the members say and sends it to the listeners, to each without its own.
    pub(super) fn tick_mixer(&mut self, index: usize, now: u32) {
        let Some(mut node) = self.mixers.take(index) else {
            return;
        };
        node.mix.begin();
        for member in &node.members {
            if let Some(frame) = self.tapped_frame(*member) {
                node.mix.add(frame);
            }
        }
        node.mix.limit();
        node.mix.all(&mut node.said);
        let mut common = Frames::default();
        for listener in &node.listeners {
            let is_member = node.members.contains(&Hears::Leg(*listener));
            let own = self.own_frame(*listener).filter(|_| is_member);
            let Some(leg) = self.legs.get_mut(*listener) else {
                continue;
            };
            match own {
                // Whoever says nothing hears what all the other silent ones hear.
                None => common.send(leg, now, |codec, frame| {
                    g711::encode_to(codec, &node.said, frame);
                }),
                Some(own) => {
                    let mut heard = [0; FRAME_SAMPLES];
                    node.mix.without(&own, &mut heard);
                    send_frame(leg, now, |codec, frame| {
                        g711::encode_to(codec, &heard, frame);
                    });
                }
            }
        }
        self.mixers.put_back(index, node);
    }
}
