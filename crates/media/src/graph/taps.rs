//! Taps: what legs, players, feeds and mixers say, as samples of this tick, for
//! mixers, recorders and streams. Only what is tapped is decoded, and brought
//! only to the rates that somebody listens at.

use super::Graph;
use crate::leg::{Hears, LegIndex};
use crate::schedule::Tick;
use voice::Rate;
use voice::convert::Converter;
use voice::jitter::JitterBuffer;

/// Samples of a frame of 20 ms at 8 kHz.
pub(crate) const FRAME_SAMPLES: usize = crate::player::FRAME_BYTES;

/// One rate at which somebody listens.
#[derive(Clone, Debug)]
struct Outlet {
    /// Mixers, recorders and streams that listen.
    users: usize,
    /// `None` at the rate of the source itself.
    converter: Option<Converter>,
    frame: Vec<i16>,
}

/// What one source says in this tick.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tap {
    native: Rate,
    /// One place a rate.
    outlets: [Option<Box<Outlet>>; Rate::ALL.len()],
    /// Used to read into while nobody listens at the rate of the source.
    scratch: Vec<i16>,
    /// One of the users at a rate stands for all legs that hear the source.
    for_legs: [bool; Rate::ALL.len()],
    /// Whether the frames are more than silence.
    sounding: bool,
}

impl Tap {
    /// A tap of a source that gives samples at `native`.
    pub(crate) fn new(native: Rate) -> Self {
        Self {
            native,
            ..Self::default()
        }
    }

    /// One more listens at `rate`.
    pub(crate) fn add(&mut self, rate: Rate) {
        let native = self.native;
        if let Some(slot) = self.outlets.get_mut(rate as usize) {
            let outlet = slot.get_or_insert_with(|| {
                Box::new(Outlet {
                    users: 0,
                    converter: (rate != native).then(|| Converter::new(native, rate)),
                    frame: vec![0; rate.frame_samples()],
                })
            });
            outlet.users += 1;
        }
    }

    /// One less listens at `rate`. True when nobody listens any more.
    pub(crate) fn remove(&mut self, rate: Rate) -> bool {
        if let Some(slot) = self.outlets.get_mut(rate as usize)
            && let Some(outlet) = slot
        {
            outlet.users = outlet.users.saturating_sub(1);
            if outlet.users == 0 {
                *slot = None;
            }
        }
        self.outlets.iter().all(Option::is_none)
    }

    /// Legs hear the source at `rate`, or none does any more.
    pub(crate) fn listen_for_legs(&mut self, rate: Rate, wanted: bool) {
        if let Some(listened) = self.for_legs.get_mut(rate as usize)
            && *listened != wanted
        {
            *listened = wanted;
            if wanted {
                self.add(rate);
            } else {
                self.remove(rate);
            }
        }
    }

    /// The rate of the source itself.
    pub(crate) fn native(&self) -> Rate {
        self.native
    }

    /// The source gives samples at another rate from now on.
    fn set_native(&mut self, native: Rate) {
        self.native = native;
        self.sounding = false;
        for (rate, outlet) in Rate::ALL.into_iter().zip(&mut self.outlets) {
            if let Some(outlet) = outlet {
                outlet.converter = (rate != native).then(|| Converter::new(native, rate));
            }
        }
    }

    /// The frame of this tick at a rate that was asked for, or `None` for silence.
    pub(crate) fn frame(&self, rate: Rate) -> Option<&[i16]> {
        let outlet = self.outlets.get(rate as usize)?.as_ref()?;
        self.sounding.then_some(outlet.frame.as_slice())
    }

    /// Sets the frame by `read`, which says whether there is sound in it.
    pub(crate) fn fill(&mut self, read: impl FnOnce(&mut [i16]) -> bool) {
        let mut native = match self.outlets.get_mut(self.native as usize) {
            Some(Some(outlet)) => std::mem::take(&mut outlet.frame),
            Some(None) | None => std::mem::take(&mut self.scratch),
        };
        native.resize(self.native.frame_samples(), 0);
        let sounded = std::mem::replace(&mut self.sounding, read(&mut native));
        for outlet in self.outlets.iter_mut().flatten() {
            if let Some(converter) = &mut outlet.converter {
                if self.sounding {
                    converter.convert(&native, &mut outlet.frame);
                } else if sounded {
                    converter.reset();
                }
            }
        }
        match self.outlets.get_mut(self.native as usize) {
            Some(Some(outlet)) => outlet.frame = native,
            Some(None) | None => self.scratch = native,
        }
    }

    /// Nothing is said in this tick.
    pub(crate) fn silence(&mut self) {
        if self.sounding {
            self.fill(|_| false);
        }
    }
}

/// The tap of a leg, with the buffer that makes an even stream of its packets.
#[derive(Clone, Debug)]
pub(crate) struct LegTap {
    pub(crate) jitter: JitterBuffer,
    pub(crate) tap: Tap,
}

impl LegTap {
    /// The tap of a leg whose sound is at `rate`.
    pub(crate) fn new(rate: Rate) -> Self {
        Self {
            jitter: JitterBuffer::new(rate),
            tap: Tap::new(rate),
        }
    }

    /// The sound of the leg is at `rate` from now on.
    pub(crate) fn be_at(&mut self, rate: Rate) {
        if rate != self.tap.native() {
            self.jitter = JitterBuffer::new(rate);
            self.tap.set_native(rate);
        }
    }
}

impl Graph {
    /// One more mixer, recorder or stream listens to `of`, at `rate`.
    pub(super) fn tap(&mut self, of: Hears, rate: Rate) {
        match of {
            Hears::Leg(index) => {
                if let Some(leg) = self.legs.get_mut(index) {
                    if leg.tap.is_none() {
                        self.tapped.push(index);
                    }
                    let native = leg.rate();
                    let tap = leg.tap.get_or_insert_with(|| Box::new(LegTap::new(native)));
                    tap.tap.add(rate);
                }
            }
            Hears::Player(index) => {
                if let Some(node) = self.players.get_mut(index) {
                    let native = node.player.rate();
                    let tap = node.tap.get_or_insert_with(|| Box::new(Tap::new(native)));
                    tap.add(rate);
                }
            }
            Hears::Feed(index) => {
                if let Some(node) = self.feeds.get_mut(index) {
                    node.tap.add(rate);
                }
            }
            Hears::Mixer(index) => {
                if let Some(node) = self.mixers.get_mut(index) {
                    node.said.add(rate);
                }
            }
            Hears::Silence => {}
        }
    }

    /// One less listens to `of` at `rate`; with the last the decoding stops.
    pub(super) fn untap(&mut self, of: Hears, rate: Rate) {
        match of {
            Hears::Leg(index) => {
                if let Some(leg) = self.legs.get_mut(index)
                    && let Some(tap) = &mut leg.tap
                    && tap.tap.remove(rate)
                {
                    leg.tap = None;
                    self.tapped.retain(|i| *i != index);
                }
            }
            Hears::Player(index) => {
                if let Some(node) = self.players.get_mut(index)
                    && let Some(tap) = &mut node.tap
                    && tap.remove(rate)
                {
                    node.tap = None;
                }
            }
            Hears::Feed(index) => {
                if let Some(node) = self.feeds.get_mut(index) {
                    node.tap.remove(rate);
                }
            }
            Hears::Mixer(index) => {
                if let Some(node) = self.mixers.get_mut(index) {
                    node.said.remove(rate);
                }
            }
            Hears::Silence => {}
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
        for index in 0..self.streams.capacity() {
            if let Some(node) = self.streams.get_mut(index) {
                node.forget(of);
            }
        }
        if let Hears::Leg(index) = of {
            self.tapped.retain(|i| *i != index);
        }
    }

    /// Takes the frame of this tick from every tapped leg.
    pub(super) fn tick_taps(&mut self, tick: Tick) {
        let skipped = usize::try_from(tick.skipped).unwrap_or(usize::MAX);
        for index in &self.tapped {
            let leg = self.legs.get_mut(*index);
            if let Some(LegTap { jitter, tap }) = leg.and_then(|leg| leg.tap.as_deref_mut()) {
                jitter.skip(skipped.saturating_mul(tap.native().frame_samples()));
                tap.fill(|frame| jitter.pull(frame));
            }
        }
    }

    /// What `of` says in this tick at a rate that it is tapped at; `None` for silence.
    pub(super) fn tapped_frame(&self, of: Hears, rate: Rate) -> Option<&[i16]> {
        match of {
            Hears::Leg(index) => self.legs.get(index)?.tap.as_ref()?.tap.frame(rate),
            Hears::Player(index) => self.players.get(index)?.tap.as_ref()?.frame(rate),
            Hears::Feed(index) => self.feeds.get(index)?.tap.frame(rate),
            Hears::Mixer(index) => self.mixers.get(index)?.said.frame(rate),
            Hears::Silence => None,
        }
    }

    /// What a leg itself says in this tick.
    pub(super) fn own_frame(&self, index: LegIndex, rate: Rate) -> Option<&[i16]> {
        self.tapped_frame(Hears::Leg(index), rate)
    }
}
