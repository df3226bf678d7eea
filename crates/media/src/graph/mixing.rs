//! Mixers: conferences of legs and players, in which everybody hears the others.

use super::{Frames, Graph, WIDE_FRAME_SAMPLES, Wanted, any_is_wide, give};
use crate::graph::taps::{FRAME_SAMPLES, Tap};
use crate::leg::{Hears, LegIndex};
use crate::{MIXER_MEMBERS_MAX, MixerId, Source};
use std::collections::HashMap;
use voice::Rate;
use voice::convert::Converter;
use voice::mix::Mix;

/// A mixer, who speaks into it and who hears it.
pub(super) struct MixerNode {
    pub(super) group: u64,
    rate: Rate,
    mix: Mix,
    /// Legs, players and feeds.
    pub(super) members: Vec<Hears>,
    pub(super) listeners: Vec<LegIndex>,
    /// The sum of all members in this tick.
    pub(super) said: Tap,
    /// From the rate of the mixer to that of a leg, for those who speak and so
    /// hear what nobody else does.
    converters: HashMap<LegIndex, (Rate, Converter)>,
}

impl Graph {
    pub(crate) fn create_mixer(&mut self, id: MixerId, group: u64, rate: Rate) {
        let mut said = Tap::new(rate);
        // For the legs that say nothing, which all hear the same.
        said.add(Rate::Narrow);
        let node = MixerNode {
            group,
            rate,
            mix: Mix::new(rate.frame_samples()),
            members: Vec::new(),
            listeners: Vec::new(),
            said,
            converters: HashMap::new(),
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
            tracing::debug!(?mixer, ?member, "a mixer does not join a mixer");
            return;
        }
        if node.members.len() >= MIXER_MEMBERS_MAX {
            tracing::warn!(?mixer, ?member, "the mixer is full: not heard in it");
            return;
        }
        let rate = node.rate;
        self.tap(found, rate);
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
            let rate = node.rate;
            self.untap(found, rate);
        }
    }

    /// What a member that speaks hears of a mixer in this tick, and at which rate;
    /// `None` for one that says nothing, who hears what all hear.
    pub(super) fn said_without(&self, mixer: usize, leg: LegIndex) -> Option<(Rate, Vec<i16>)> {
        let node = self.mixers.get(mixer)?;
        if !node.members.contains(&Hears::Leg(leg)) {
            return None;
        }
        let own = self.own_frame(leg, node.rate)?;
        let mut heard = vec![0; node.rate.frame_samples()];
        node.mix.without(own, &mut heard);
        Some((node.rate, heard))
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
            self.untap(member, node.rate);
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
        let rate = node.rate;
        node.mix.begin();
        for member in &node.members {
            if let Some(frame) = self.tapped_frame(*member, rate) {
                node.mix.add(frame);
            }
        }
        node.mix.limit();
        let heard_wide = any_is_wide(&self.legs, &node.listeners);
        node.said.listen_for_legs(Rate::Wide, heard_wide);
        let MixerNode { mix, said, .. } = &mut node;
        said.fill(|out| {
            mix.all(out);
            mix.members() > 0
        });
        let silence = [0; WIDE_FRAME_SAMPLES];
        let (silent, _) = silence.split_at(FRAME_SAMPLES);
        let narrow = node.said.frame(Rate::Narrow).unwrap_or(silent);
        let wide = node.said.frame(Rate::Wide).unwrap_or(&silence);
        let mut common = Frames::default();
        let mut heard = vec![0; rate.frame_samples()];
        for listener in &node.listeners {
            let is_member = node.members.contains(&Hears::Leg(*listener));
            let own = self.own_frame(*listener, rate).filter(|_| is_member);
            let Some(own) = own else {
                // Whoever says nothing hears what all the other silent ones hear.
                node.converters.remove(listener);
                if let Some(leg) = self.legs.get_mut(*listener) {
                    common.send(leg, now, |wanted| match wanted {
                        Wanted::Bytes(..) => give(narrow, wanted),
                        Wanted::Wide(_) => give(wide, wanted),
                    });
                }
                continue;
            };
            node.mix.without(own, &mut heard);
            let converters = &mut node.converters;
            let Some(leg) = self.legs.get_mut(*listener) else {
                continue;
            };
            let to = leg.rate();
            let mut converted = [0; WIDE_FRAME_SAMPLES];
            let samples = if rate == to {
                heard.as_slice()
            } else {
                let known = converters
                    .entry(*listener)
                    .or_insert_with(|| (to, Converter::new(rate, to)));
                if known.0 != to {
                    *known = (to, Converter::new(rate, to));
                }
                let (out, _) = converted.split_at_mut(to.frame_samples());
                known.1.convert(&heard, out);
                out
            };
            Frames::default().send(leg, now, |wanted| give(samples, wanted));
        }
        if node.converters.len() > node.listeners.len() {
            let MixerNode {
                converters,
                listeners,
                ..
            } = &mut node;
            converters.retain(|leg, _| listeners.contains(leg));
        }
        self.mixers.put_back(index, node);
    }
}
