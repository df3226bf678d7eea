//! Taps: what legs and players say, as samples of this tick, for mixers and
//! recorders. Only what is tapped is decoded.

use super::Graph;
use crate::leg::{Hears, LegIndex};
use crate::player::FRAME_BYTES;
use crate::schedule::{TICK_SAMPLES, Tick};
use voice::jitter::JitterBuffer;

/// Samples of a frame of 20 ms at 8 kHz.
pub(crate) const FRAME_SAMPLES: usize = FRAME_BYTES;

/// What one leg or player says in this tick.
#[derive(Clone, Debug)]
pub(crate) struct Tap {
    /// Mixers and recorders that listen.
    users: usize,
    frame: [i16; FRAME_SAMPLES],
    /// Whether `frame` is more than silence.
    sounding: bool,
}

impl Default for Tap {
    fn default() -> Self {
        Self {
            users: 0,
            frame: [0; FRAME_SAMPLES],
            sounding: false,
        }
    }
}

impl Tap {
    /// The frame of this tick, or `None` for silence.
    pub(crate) fn frame(&self) -> Option<&[i16; FRAME_SAMPLES]> {
        self.sounding.then_some(&self.frame)
    }

    /// Sets the frame by `read`, which says whether there is sound in it.
    pub(crate) fn fill(&mut self, read: impl FnOnce(&mut [i16; FRAME_SAMPLES]) -> bool) {
        self.sounding = read(&mut self.frame);
    }

    /// Nothing is said in this tick.
    pub(crate) fn silence(&mut self) {
        self.sounding = false;
    }
}

/// The tap of a leg, with the buffer that makes an even stream of its packets.
#[derive(Clone, Debug, Default)]
pub(crate) struct LegTap {
    pub(crate) jitter: JitterBuffer,
    pub(crate) tap: Tap,
}

impl Graph {
    /// One more mixer or recorder listens to `of`.
    pub(super) fn tap(&mut self, of: Hears) {
        match of {
            Hears::Leg(index) => {
                if let Some(leg) = self.legs.get_mut(index) {
                    let tap = leg.tap.get_or_insert_default();
                    tap.tap.users += 1;
                    if tap.tap.users == 1 {
                        self.tapped.push(index);
                    }
                }
            }
            Hears::Player(index) => {
                if let Some(node) = self.players.get_mut(index) {
                    node.tap.get_or_insert_default().users += 1;
                }
            }
            // What a mixer gives out is there in any case.
            Hears::Mixer(_) | Hears::Silence => {}
        }
    }

    /// One less listens to `of`; with the last the decoding stops.
    pub(super) fn untap(&mut self, of: Hears) {
        match of {
            Hears::Leg(index) => {
                if let Some(leg) = self.legs.get_mut(index)
                    && let Some(tap) = &mut leg.tap
                {
                    tap.tap.users = tap.tap.users.saturating_sub(1);
                    if tap.tap.users == 0 {
                        leg.tap = None;
                        self.tapped.retain(|i| *i != index);
                    }
                }
            }
            Hears::Player(index) => {
                if let Some(node) = self.players.get_mut(index)
                    && let Some(tap) = &mut node.tap
                {
                    tap.users = tap.users.saturating_sub(1);
                    if tap.users == 0 {
                        node.tap = None;
                    }
                }
            }
            Hears::Mixer(_) | Hears::Silence => {}
        }
    }

    /// Nobody can listen to `of` any more: it is going.
    pub(super) fn leave_everywhere(&mut self, of: Hears) {
        for index in 0..self.mixers.capacity() {
            if let Some(node) = self.mixers.get_mut(index) {
                node.members.retain(|member| *member != of);
            }
        }
        for index in 0..self.recorders.capacity() {
            if let Some(node) = self.recorders.get_mut(index) {
                node.forget(of);
            }
        }
        if let Hears::Leg(index) = of {
            self.tapped.retain(|i| *i != index);
        }
    }

    /// Takes the frame of this tick from every tapped leg.
    pub(super) fn tick_taps(&mut self, tick: Tick) {
        let missed = tick.skipped.saturating_mul(u64::from(TICK_SAMPLES));
        let missed = usize::try_from(missed).unwrap_or(usize::MAX);
        for index in &self.tapped {
            let leg = self.legs.get_mut(*index);
            if let Some(LegTap { jitter, tap }) = leg.and_then(|leg| leg.tap.as_deref_mut()) {
                jitter.skip(missed);
                tap.fill(|frame| jitter.pull(frame));
            }
        }
    }

    /// What `of` says in this tick; `None` for silence.
    pub(super) fn tapped_frame(&self, of: Hears) -> Option<&[i16; FRAME_SAMPLES]> {
        match of {
            Hears::Leg(index) => self.legs.get(index)?.tap.as_ref()?.tap.frame(),
            Hears::Player(index) => self.players.get(index)?.tap.as_ref()?.frame(),
            Hears::Mixer(index) => self.mixers.get(index)?.said(),
            Hears::Silence => None,
        }
    }

    /// What a leg itself says in this tick.
    pub(super) fn own_frame(&self, index: LegIndex) -> Option<[i16; FRAME_SAMPLES]> {
        self.tapped_frame(Hears::Leg(index)).copied()
    }
}
