//! Streams: what one source says, given out frame by frame, such as to a
//! WebSocket or a recogniser.

use super::Graph;
use crate::leg::Hears;
use crate::schedule::Tick;
use crate::{FrameSink, Source, StreamFrame, StreamId};
use voice::Rate;

/// A stream, what it hears and who takes it.
pub(super) struct StreamNode {
    group: u64,
    rate: Rate,
    hears: Hears,
    sink: FrameSink,
    silence: Vec<i16>,
}

impl StreamNode {
    /// Forgets a source that is going.
    pub(super) fn forget(&mut self, of: Hears) {
        if self.hears == of {
            self.hears = Hears::Silence;
        }
    }
}

impl Graph {
    pub(crate) fn create_stream(&mut self, id: StreamId, group: u64, rate: Rate, sink: FrameSink) {
        let node = StreamNode {
            group,
            rate,
            hears: Hears::Silence,
            sink,
            silence: vec![0; rate.frame_samples()],
        };
        self.streams.insert(id, node);
    }

    pub(crate) fn stream(&mut self, id: StreamId, source: Source) {
        let Some(node) = self.streams.by_id(id) else {
            tracing::debug!(?id, "stream: no such stream");
            return;
        };
        let (found, rate) = (self.find(node.group, source), node.rate);
        self.set_streamed(id, found, rate);
    }

    pub(crate) fn unstream(&mut self, id: StreamId, source: Source) {
        let Some(node) = self.streams.by_id(id) else {
            return;
        };
        let rate = node.rate;
        if self.find(node.group, source) == node.hears {
            self.set_streamed(id, Hears::Silence, rate);
        }
    }

    fn set_streamed(&mut self, id: StreamId, hears: Hears, rate: Rate) {
        let Some(node) = self.streams.by_id_mut(id) else {
            return;
        };
        let before = std::mem::replace(&mut node.hears, hears);
        if before != hears {
            self.untap(before, rate);
            self.tap(hears, rate);
        }
    }

    /// Removes a stream; true if it was there.
    pub(crate) fn close_stream(&mut self, id: StreamId) -> bool {
        let Some(node) = self.streams.remove(id) else {
            return false;
        };
        self.untap(node.hears, node.rate);
        true
    }

    /// Gives out what is said in this tick, and silence for ticks that were missed.
    pub(super) fn tick_stream(&mut self, index: usize, tick: Tick) {
        let Some(mut node) = self.streams.take(index) else {
            return;
        };
        if node.hears != Hears::Silence {
            let silent = StreamFrame {
                samples: &node.silence,
                sounding: false,
            };
            for _ in 0..tick.skipped.min(MISSED_FRAMES_MAX) {
                node.sink.give(silent);
            }
            let said = self.tapped_frame(node.hears, node.rate);
            node.sink.give(match said {
                Some(samples) => StreamFrame {
                    samples,
                    sounding: true,
                },
                None => silent,
            });
        }
        self.streams.put_back(index, node);
    }
}

/// Missed frames that are made good as silence: a second. A thread that stood
/// still for longer has lost more than the time of a stream.
const MISSED_FRAMES_MAX: u64 = 50;
