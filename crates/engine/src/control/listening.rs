//! Ears in calls: voices, beeps and levels are listened for on the media thread.

use super::{Control, Told};
use crate::outside::Outside;
use media::{FrameSink, LegStats, Source, StreamId};
use scenario::host::{CallId, Input, MediaSample};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use voice::Rate;

/// What is listened for in a call; one of each at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Ear {
    Voice,
    Beep,
    ProgressTone,
    VoicemailTone,
    Level,
}

/// All of them.
const EARS: [Ear; 5] = [
    Ear::Voice,
    Ear::Beep,
    Ear::ProgressTone,
    Ear::VoicemailTone,
    Ear::Level,
];

/// An ear, and whether it hears already.
#[derive(Debug)]
pub(crate) enum Listening {
    /// The call has no audio yet.
    Waiting(FrameSink),
    Hearing(StreamId),
}

/// Loudest mean square of one frame that is counted, of a full scale of 32,768.
const FULL_SCALE_SQUARED: f64 = 32_768.0 * 32_768.0;

/// The level of what was said since somebody last asked.
#[derive(Debug, Default)]
pub(crate) struct Level {
    /// Sum of the mean squares of the frames.
    squares: AtomicU64,
    frames: AtomicU64,
}

impl Level {
    fn hear(&self, frame: &[i16]) {
        let sum: u64 = frame
            .iter()
            .map(|s| u64::from(s.unsigned_abs()).pow(2))
            .sum();
        let mean = sum / frame.len().max(1) as u64;
        self.squares.fetch_add(mean, Ordering::Relaxed);
        self.frames.fetch_add(1, Ordering::Relaxed);
    }

    /// In dB below full scale; nothing for silence.
    fn take_dbfs(&self) -> Option<i32> {
        let squares = self.squares.swap(0, Ordering::Relaxed);
        let frames = self.frames.swap(0, Ordering::Relaxed);
        if squares == 0 || frames == 0 {
            return None;
        }
        let mean = squares as f64 / frames as f64 / FULL_SCALE_SQUARED;
        Some((10.0 * mean.log10()).round() as i32)
    }
}

impl Control {
    /// What the call says goes to `frames` too, at 8 kHz, in place of what the same
    /// ear heard before.
    pub(crate) fn open_ear(
        &mut self,
        call: CallId,
        ear: Ear,
        frames: FrameSink,
        out: &mut dyn Outside,
    ) {
        self.close_ear(call, ear, out);
        if !self.legs.contains_key(&call) {
            return;
        }
        self.ears.insert((call, ear), Listening::Waiting(frames));
        self.join_ears(call, out);
    }

    /// The ear is closed.
    pub(crate) fn close_ear(&mut self, call: CallId, ear: Ear, out: &mut dyn Outside) {
        if let Some(Listening::Hearing(stream)) = self.ears.remove(&(call, ear)) {
            out.close_stream(stream);
        }
    }

    /// The call has audio now: its ears hear, and its statistics are told.
    pub(super) fn ears_opened(&mut self, call: CallId, out: &mut dyn Outside) {
        if let Some(leg) = self.legs.get(&call)
            && let Some(media) = &leg.media
            && leg.monitor_every_s.is_some()
        {
            out.report_stats(media.id, leg.monitor_every_s);
        }
        self.join_ears(call, out);
    }

    /// Joins the ears that wait with the audio of their call, if it has any.
    fn join_ears(&mut self, call: CallId, out: &mut dyn Outside) {
        let Some(media) = self.legs.get(&call).and_then(|leg| leg.media.as_ref()) else {
            return;
        };
        let source = Source::Leg(media.id);
        for ear in EARS {
            match self.ears.remove(&(call, ear)) {
                Some(Listening::Waiting(frames)) => {
                    let stream = out.create_stream(Rate::Narrow, frames);
                    out.stream(stream, source);
                    self.ears.insert((call, ear), Listening::Hearing(stream));
                }
                Some(hearing @ Listening::Hearing(_)) => {
                    self.ears.insert((call, ear), hearing);
                }
                None => {}
            }
        }
    }

    /// The call has no audio any more.
    pub(super) fn close_ears(&mut self, call: CallId, out: &mut dyn Outside) {
        for ear in EARS {
            self.close_ear(call, ear, out);
        }
    }

    /// `call.monitorMediaStatistics()`.
    pub(crate) fn monitor(&mut self, call: CallId, every_s: Option<u32>, out: &mut dyn Outside) {
        let Some(leg) = self.legs.get_mut(&call) else {
            return;
        };
        leg.monitor_every_s = every_s;
        let level = every_s.map(|_| Arc::new(Level::default()));
        leg.level = level.clone();
        if let Some(media) = &leg.media {
            out.report_stats(media.id, every_s);
        }
        match level {
            Some(level) => {
                let frames = FrameSink::new(move |frame| level.hear(frame.samples));
                self.open_ear(call, Ear::Level, frames, out);
            }
            None => self.close_ear(call, Ear::Level, out),
        }
    }

    /// Statistics that were asked for.
    pub(super) fn statistics(&self, leg: media::LegId, stats: &LegStats) -> Told {
        let Some(call) = self.call_of_media(leg) else {
            return Told::default();
        };
        let level = self.legs.get(&call).and_then(|leg| leg.level.as_ref());
        let received = MediaSample {
            packets: stats.packets_in,
            bytes: stats.bytes_in,
            lost: Some(stats.lost_in),
            jitter_us: Some(stats.jitter_in_us),
            round_trip_us: None,
            level_dbfs: level.and_then(|level| level.take_dbfs()),
        };
        let sent = MediaSample {
            packets: stats.packets_out,
            bytes: stats.bytes_out,
            lost: stats.lost_out,
            jitter_us: stats.jitter_out_us,
            round_trip_us: stats.round_trip_us,
            level_dbfs: None,
        };
        Told::one(Input::CallStatistics {
            call,
            received,
            sent,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_is_that_of_all_frames_since_the_last_question() {
        let level = Level::default();
        assert_eq!(level.take_dbfs(), None);
        level.hear(&[16_384; 160]);
        level.hear(&[-16_384; 160]);
        assert_eq!(level.take_dbfs(), Some(-6));
        level.hear(&[0; 160]);
        assert_eq!(level.take_dbfs(), None);
        level.hear(&[328; 160]);
        assert_eq!(level.take_dbfs(), Some(-40));
    }
}
