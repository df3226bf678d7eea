//! Feeds: sources whose audio is pushed from outside, such as a WebSocket's.

use super::{Frames, Graph, WIDE_FRAME_SAMPLES, Wanted, any_is_wide, give};
use crate::graph::taps::{FRAME_SAMPLES, Tap};
use crate::leg::{Hears, LegIndex};
use crate::schedule::Tick;
use crate::{FEED_S_MAX, FeedId};
use std::collections::VecDeque;
use voice::Rate;

/// Frames that wait before a feed begins to sound, unless it has waited that
/// long itself: audio from a network comes unevenly.
const START_FRAMES: usize = 3;

/// Whether a feed sounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flow {
    /// Nothing is there, or too little so far; ticks since the first samples.
    Waiting {
        ticks: usize,
    },
    Sounding,
}

/// A feed and who hears it.
pub(super) struct FeedNode {
    pub(super) group: u64,
    rate: Rate,
    /// Samples at `rate`, at most [`FEED_S_MAX`] of them.
    buffer: VecDeque<i16>,
    flow: Flow,
    pub(super) listeners: Vec<LegIndex>,
    pub(super) tap: Tap,
}

impl FeedNode {
    fn new(group: u64, rate: Rate) -> Self {
        let mut tap = Tap::new(rate);
        // For the legs that hear it, which are many or none. Those that hear it at
        // 16 kHz are counted when it sounds.
        tap.add(Rate::Narrow);
        Self {
            group,
            rate,
            buffer: VecDeque::new(),
            flow: Flow::Waiting { ticks: 0 },
            listeners: Vec::new(),
            tap,
        }
    }

    /// Takes what fits; returns how many samples did not.
    fn push(&mut self, samples: &[i16]) -> usize {
        let max = FEED_S_MAX as usize * self.rate.hz() as usize;
        let room = max.saturating_sub(self.buffer.len());
        self.buffer.extend(samples.iter().take(room));
        samples.len().saturating_sub(room)
    }

    /// Whether there is a frame for this tick.
    fn flows(&mut self) -> bool {
        if let Flow::Waiting { ticks } = self.flow {
            if self.buffer.is_empty() {
                return false;
            }
            let enough = START_FRAMES * self.rate.frame_samples();
            if self.buffer.len() < enough && ticks < START_FRAMES {
                self.flow = Flow::Waiting { ticks: ticks + 1 };
                return false;
            }
        }
        self.flow = if self.buffer.is_empty() {
            Flow::Waiting { ticks: 0 }
        } else {
            Flow::Sounding
        };
        self.flow == Flow::Sounding
    }

    /// Leaves out what belonged to ticks that the thread has missed.
    fn skip(&mut self, frames: u64) {
        if self.flow == Flow::Sounding {
            let samples = frames.saturating_mul(self.rate.frame_samples() as u64);
            let samples = usize::try_from(samples).unwrap_or(usize::MAX);
            self.buffer.drain(..samples.min(self.buffer.len()));
        }
    }

    /// Puts the next frame into the tap.
    fn read(&mut self) {
        let buffer = &mut self.buffer;
        self.tap.fill(|frame| {
            let count = frame.len().min(buffer.len());
            frame.fill(0);
            for (to, from) in frame.iter_mut().zip(buffer.drain(..count)) {
                *to = from;
            }
            true
        });
    }
}

impl Graph {
    pub(crate) fn create_feed(&mut self, id: FeedId, group: u64, rate: Rate) {
        self.feeds.insert(id, FeedNode::new(group, rate));
    }

    pub(crate) fn feed(&mut self, id: FeedId, samples: &[i16]) {
        if let Some(node) = self.feeds.by_id_mut(id) {
            let dropped = node.push(samples);
            if dropped > 0 {
                tracing::debug!(?id, dropped, "a feed runs too far ahead: samples dropped");
            }
        }
    }

    pub(crate) fn clear_feed(&mut self, id: FeedId) {
        if let Some(node) = self.feeds.by_id_mut(id) {
            node.buffer.clear();
        }
    }

    /// Removes a feed; true if it was there. Its listeners hear silence.
    pub(crate) fn close_feed(&mut self, id: FeedId) -> bool {
        let Some(index) = self.feeds.index_of(id) else {
            return false;
        };
        self.leave_everywhere(Hears::Feed(index));
        let Some(node) = self.feeds.remove(id) else {
            return false;
        };
        for listener in node.listeners {
            self.silence(listener);
        }
        true
    }

    /// Gives out the next frame of a feed.
    pub(super) fn tick_feed(&mut self, index: usize, tick: Tick, now: u32) {
        let Some(node) = self.feeds.get_mut(index) else {
            return;
        };
        node.skip(tick.skipped);
        let sounded = node.flow == Flow::Sounding;
        if !node.flows() {
            node.tap.silence();
            if sounded {
                for listener in &node.listeners {
                    if let Some(leg) = self.legs.get_mut(*listener) {
                        leg.outgoing.pause();
                    }
                }
            }
            return;
        }
        let heard_wide = any_is_wide(&self.legs, &node.listeners);
        node.tap.listen_for_legs(Rate::Wide, heard_wide);
        node.read();
        let silence = [0; WIDE_FRAME_SAMPLES];
        let (silent, _) = silence.split_at(FRAME_SAMPLES);
        let narrow = node.tap.frame(Rate::Narrow).unwrap_or(silent);
        let wide = node.tap.frame(Rate::Wide).unwrap_or(&silence);
        let mut frames = Frames::default();
        for listener in &node.listeners {
            if let Some(leg) = self.legs.get_mut(*listener) {
                frames.send(leg, now, |wanted| match wanted {
                    Wanted::Bytes(..) => give(narrow, wanted),
                    Wanted::Wide(_) => give(wide, wanted),
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticks(node: &mut FeedNode, count: usize) -> Vec<Option<i16>> {
        let mut heard = Vec::new();
        for _ in 0..count {
            let flows = node.flows();
            if flows {
                node.read();
            } else {
                node.tap.silence();
            }
            let frame = node.tap.frame(Rate::Narrow);
            heard.push(frame.and_then(|frame| frame.first().copied()));
        }
        heard
    }

    #[test]
    fn a_feed_waits_a_little_and_then_sounds_to_its_end() {
        let mut node = FeedNode::new(1, Rate::Narrow);
        assert_eq!(ticks(&mut node, 2), [None, None]);
        node.push(&[5; 200]);
        let heard = ticks(&mut node, 7);
        assert_eq!(heard, [None, None, None, Some(5), Some(5), None, None]);
        node.push(&[6; 480]);
        assert_eq!(ticks(&mut node, 4), [Some(6), Some(6), Some(6), None]);
    }

    #[test]
    fn what_runs_further_ahead_than_the_limit_is_dropped() {
        let mut node = FeedNode::new(1, Rate::Wide);
        let max = FEED_S_MAX as usize * 16_000;
        assert_eq!(node.push(&vec![1; max + 7]), 7);
        assert_eq!(node.buffer.len(), max);
        node.flows();
        node.skip(2);
        assert_eq!(node.buffer.len(), max - 640);
    }
}
