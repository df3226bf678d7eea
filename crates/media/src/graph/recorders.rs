//! Recorders: what each side says, written to a file by the writer thread.

use super::Graph;
use crate::command::CreateRecorder;
use crate::leg::{Hears, LegIndex};
use crate::recording::{Format, Order};
use crate::schedule::Tick;
use crate::{MIXER_MEMBERS_MAX, MediaEvent, RecorderId, Side, Source};
use crossbeam_channel::Sender;
use std::path::PathBuf;
use std::time::Duration;
use voice::Rate;
use voice::convert::Converter;
use voice::mix::Mix;

/// Frames handed over at a time: 200 ms, so that the writer does few and large writes.
const BLOCK_FRAMES: usize = 10;

/// No leg has this place: what stands for one that is gone until the next tick.
const GONE: LegIndex = LegIndex::MAX;

/// How long a full queue of the writer is waited for when the thread stops.
const STOP_WAIT: Duration = Duration::from_secs(1);

/// One side of a recording: everything that is heard on it.
struct Channel {
    mix: Mix,
    inputs: Vec<Hears>,
}

/// The leg of which everything is recorded: what it says and what it hears.
struct Whole {
    leg: LegIndex,
    /// What it hears at the moment, and we listen to.
    heard: Hears,
    /// From the rate of a mixer that it hears without itself to that of the recording.
    converter: Option<(Rate, Converter)>,
}

/// Where a recorder is in its life.
enum Stage {
    /// The writer does not know it yet: its queue was full.
    New(PathBuf),
    Recording,
    /// Stopped; the writer is still to be told.
    Stopping,
    Done,
}

/// A recorder.
pub(super) struct RecorderNode {
    id: RecorderId,
    group: u64,
    format: Format,
    left: Channel,
    right: Channel,
    whole: Option<Whole>,
    muted: bool,
    stage: Stage,
    /// Samples of all channels that are not handed over yet.
    block: Vec<i16>,
    /// Moments that were lost before `block`.
    gap: u64,
    /// Moments so far, lost ones among them.
    moments: u64,
}

impl RecorderNode {
    fn new(id: RecorderId, group: u64, path: PathBuf, format: Format) -> Self {
        let channel = || Channel {
            mix: Mix::new(format.rate.frame_samples()),
            inputs: Vec::new(),
        };
        Self {
            id,
            group,
            format,
            left: channel(),
            right: channel(),
            whole: None,
            muted: false,
            stage: Stage::New(path),
            block: Vec::new(),
            gap: 0,
            moments: 0,
        }
    }

    /// The channel of a side; there is only one of a recording that is not stereo.
    fn channel_mut(&mut self, side: Side) -> &mut Channel {
        match side {
            Side::Right if self.format.stereo => &mut self.right,
            Side::Left | Side::Right => &mut self.left,
        }
    }

    /// Samples of a block of all channels.
    fn block_samples(&self) -> usize {
        BLOCK_FRAMES * self.format.rate.frame_samples() * usize::from(self.format.channels())
    }

    /// Forgets an input that is going.
    pub(super) fn forget(&mut self, of: Hears) {
        self.left.inputs.retain(|input| *input != of);
        self.right.inputs.retain(|input| *input != of);
        if let Some(whole) = &mut self.whole {
            if whole.heard == of {
                whole.heard = Hears::Silence;
            }
            if Hears::Leg(whole.leg) == of {
                whole.leg = GONE;
            }
        }
    }

    /// Hands over what it can, by `send`, which gives an order back that the
    /// writer has no room for.
    fn hand_over(&mut self, mut send: impl FnMut(Order) -> Result<(), Order>) {
        let recorder = self.id;
        if let Stage::New(path) = &self.stage {
            let path = path.clone();
            let format = self.format;
            let open = Order::Open {
                recorder,
                path,
                format,
            };
            if send(open).is_ok() {
                self.stage = Stage::Recording;
            }
        }
        let stopping = matches!(self.stage, Stage::Stopping);
        if let Stage::New(_) = self.stage
            && self.block.len() >= self.block_samples()
        {
            self.lose_block();
        }
        if self.block.len() >= self.block_samples() || (stopping && !self.block.is_empty()) {
            let order = Order::Write {
                recorder,
                gap: self.gap,
                samples: std::mem::take(&mut self.block),
            };
            match send(order) {
                Ok(()) => self.gap = 0,
                Err(Order::Write { samples, .. }) => {
                    self.block = samples;
                    // One that is stopping waits for room, any other goes on.
                    if !stopping {
                        self.lose_block();
                    }
                }
                Err(Order::Open { .. } | Order::Finish { .. }) => {}
            }
        }
        if stopping && self.block.is_empty() && send(Order::Finish { recorder }).is_ok() {
            self.stage = Stage::Done;
        }
    }

    /// What is in the block becomes silence.
    fn lose_block(&mut self) {
        self.gap += (self.block.len() / usize::from(self.format.channels())) as u64;
        self.block.clear();
    }
}

impl Graph {
    pub(crate) fn create_recorder(&mut self, create: CreateRecorder) {
        let CreateRecorder {
            recorder,
            group,
            spec,
        } = create;
        let format = Format {
            rate: spec.rate,
            stereo: spec.stereo,
        };
        let mut node = RecorderNode::new(recorder, group, spec.path, format);
        if let Some(of) = spec.of {
            match self.find(group, Source::Leg(of)) {
                Hears::Leg(leg) => {
                    self.tap(Hears::Leg(leg), format.rate);
                    node.whole = Some(Whole {
                        leg,
                        heard: Hears::Silence,
                        converter: None,
                    });
                }
                _ => tracing::debug!(?recorder, ?of, "record: no such leg"),
            }
        }
        node.hand_over(to(&self.writer));
        self.recorders.insert(recorder, node);
    }

    pub(crate) fn record(&mut self, recorder: RecorderId, side: Side, input: Source) {
        let Some(node) = self.recorders.by_id(recorder) else {
            tracing::debug!(?recorder, "record: no such recorder");
            return;
        };
        let found = self.find(node.group, input);
        let Some(node) = self.recorders.by_id_mut(recorder) else {
            return;
        };
        let inputs = &mut node.channel_mut(side).inputs;
        if found == Hears::Silence || inputs.contains(&found) {
            return;
        }
        if inputs.len() >= MIXER_MEMBERS_MAX {
            tracing::warn!(?recorder, ?input, "the recorder is full: not recorded");
            return;
        }
        inputs.push(found);
        let rate = node.format.rate;
        self.tap(found, rate);
    }

    pub(crate) fn unrecord(&mut self, recorder: RecorderId, side: Side, input: Source) {
        let Some(node) = self.recorders.by_id(recorder) else {
            return;
        };
        let found = self.find(node.group, input);
        let Some(node) = self.recorders.by_id_mut(recorder) else {
            return;
        };
        let inputs = &mut node.channel_mut(side).inputs;
        if let Some(place) = inputs.iter().position(|i| *i == found) {
            inputs.remove(place);
            let rate = node.format.rate;
            self.untap(found, rate);
        }
    }

    pub(crate) fn mute_recorder(&mut self, recorder: RecorderId, muted: bool) {
        if let Some(node) = self.recorders.by_id_mut(recorder) {
            node.muted = muted;
        }
    }

    /// Ends a recording. It is gone once the writer knows.
    pub(crate) fn stop_recorder(&mut self, recorder: RecorderId) {
        let Some(node) = self.recorders.by_id_mut(recorder) else {
            return;
        };
        let inputs = std::mem::take(&mut node.left.inputs);
        let more = std::mem::take(&mut node.right.inputs);
        let whole = node.whole.take();
        let of_whole = whole.map(|whole| [Hears::Leg(whole.leg), whole.heard]);
        let rate = node.format.rate;
        node.stage = match std::mem::replace(&mut node.stage, Stage::Done) {
            Stage::New(path) => {
                // The writer never heard of it, so there is nothing to finish.
                let why = format!("cannot write {}: the disk is too slow", path.display());
                (self.sink)(MediaEvent::RecorderFailed { recorder, why });
                Stage::Done
            }
            Stage::Recording | Stage::Stopping => Stage::Stopping,
            Stage::Done => Stage::Done,
        };
        let all = inputs.into_iter().chain(more);
        for input in all.chain(of_whole.into_iter().flatten()) {
            self.untap(input, rate);
        }
    }

    /// Adds what both sides say in this tick to their recordings. Returns how
    /// many recorders are done and gone.
    pub(super) fn tick_recorders(&mut self, tick: Tick) -> usize {
        let mut done = Vec::new();
        for index in 0..self.recorders.capacity() {
            let Some(mut node) = self.recorders.take(index) else {
                continue;
            };
            if let Stage::New(_) | Stage::Recording = node.stage {
                self.record_frame(&mut node, tick);
            }
            node.hand_over(to(&self.writer));
            if matches!(node.stage, Stage::Done) {
                done.push(node.id);
            }
            let too_long = node.moments > node.format.moments_max();
            let id = node.id;
            self.recorders.put_back(index, node);
            if too_long {
                self.stop_recorder(id);
            }
        }
        for id in &done {
            self.recorders.remove(*id);
        }
        done.len()
    }

    fn record_frame(&mut self, node: &mut RecorderNode, tick: Tick) {
        let Format { rate, stereo } = node.format;
        let samples = rate.frame_samples();
        if tick.skipped > 0 {
            let missed = tick.skipped.saturating_mul(samples as u64);
            // The gap is before the block: what the block has so far moves on with it.
            node.gap += missed;
            node.moments += missed;
        }
        self.follow(node);
        for channel in [&mut node.left, &mut node.right] {
            channel.mix.begin();
            for input in &channel.inputs {
                if let Some(frame) = self.tapped_frame(*input, rate) {
                    channel.mix.add(frame);
                }
            }
        }
        self.add_whole(node);
        let mut sides = [vec![0; samples], vec![0; samples]];
        for (channel, out) in [&mut node.left, &mut node.right]
            .into_iter()
            .zip(&mut sides)
        {
            channel.mix.limit();
            if !node.muted {
                channel.mix.all(out);
            }
        }
        let [left, right] = &sides;
        if stereo {
            let pairs = left.iter().zip(right);
            node.block.extend(pairs.flat_map(|(l, r)| [*l, *r]));
        } else {
            node.block.extend(left);
        }
        node.moments += samples as u64;
    }

    /// A recording of a whole leg listens to what that leg hears now, and to
    /// nothing once the leg is gone.
    fn follow(&mut self, node: &mut RecorderNode) {
        let rate = node.format.rate;
        let Some(whole) = &mut node.whole else {
            return;
        };
        let leg = self.legs.get(whole.leg);
        let gone = leg.is_none_or(|leg| leg.tap.is_none());
        let now = leg
            .filter(|_| !gone)
            .map_or(Hears::Silence, |leg| leg.hears);
        if now != whole.heard {
            let before = std::mem::replace(&mut whole.heard, now);
            self.untap(before, rate);
            self.tap(now, rate);
        }
        if gone {
            node.whole = None;
        }
    }

    /// Adds what a leg says on the left and what it hears on the right. In a mixer
    /// it does not hear itself.
    fn add_whole(&self, node: &mut RecorderNode) {
        let rate = node.format.rate;
        let Some(mut whole) = node.whole.take() else {
            return;
        };
        let said = Hears::Leg(whole.leg);
        if let Some(frame) = self.tapped_frame(said, rate) {
            node.channel_mut(Side::Left).mix.add(frame);
        }
        let without = match whole.heard {
            Hears::Mixer(index) => self.said_without(index, whole.leg),
            _ => None,
        };
        match without {
            Some((of, frame)) => {
                let (_, converter) = match &mut whole.converter {
                    Some(known) if known.0 == of => known,
                    other => other.insert((of, Converter::new(of, rate))),
                };
                let mut heard = vec![0; rate.frame_samples()];
                converter.convert(&frame, &mut heard);
                node.channel_mut(Side::Right).mix.add(&heard);
            }
            None => {
                if let Some(frame) = self.tapped_frame(whole.heard, rate) {
                    node.channel_mut(Side::Right).mix.add(frame);
                }
            }
        }
        node.whole = Some(whole);
    }

    /// Finishes every recording when the thread stops. Returns how many there were.
    pub(super) fn finish_recorders(&mut self) -> usize {
        let nodes = self.recorders.drain();
        let count = nodes.len();
        for mut node in nodes {
            if let Stage::Recording = node.stage {
                node.stage = Stage::Stopping;
            }
            node.hand_over(|order| {
                let sent = self.writer.send_timeout(order, STOP_WAIT);
                sent.map_err(crossbeam_channel::SendTimeoutError::into_inner)
            });
        }
        count
    }
}

/// Gives orders to the writer without waiting.
fn to(writer: &Sender<Order>) -> impl FnMut(Order) -> Result<(), Order> {
    |order| {
        let sent = writer.try_send(order);
        sent.map_err(crossbeam_channel::TrySendError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLOCK_SAMPLES: usize = 3_200;

    fn node() -> RecorderNode {
        let format = Format {
            rate: Rate::Narrow,
            stereo: true,
        };
        RecorderNode::new(RecorderId(1), 1, "a.wav".into(), format)
    }

    /// Hands over to a writer that has room or not, and returns what it got.
    fn given(node: &mut RecorderNode, room: bool) -> Vec<String> {
        let mut got = Vec::new();
        node.hand_over(|order| {
            if !room {
                return Err(order);
            }
            got.push(match order {
                Order::Open { .. } => "open".into(),
                Order::Write { gap, samples, .. } => format!("write {gap} {}", samples.len()),
                Order::Finish { .. } => "finish".into(),
            });
            Ok(())
        });
        got
    }

    #[test]
    fn blocks_that_a_full_queue_refuses_become_a_gap_of_their_length() {
        let mut node = node();
        assert_eq!(given(&mut node, true), ["open"]);
        for _ in 0..3 {
            node.block = vec![1; BLOCK_SAMPLES];
            assert_eq!(given(&mut node, false), [""; 0]);
        }
        node.block = vec![1; BLOCK_SAMPLES];
        assert_eq!(given(&mut node, true), ["write 4800 3200"]);
        node.block = vec![1; BLOCK_SAMPLES];
        assert_eq!(given(&mut node, true), ["write 0 3200"]);
    }

    #[test]
    fn a_recording_that_begins_with_a_full_queue_has_a_gap_first() {
        let mut node = node();
        node.block = vec![1; BLOCK_SAMPLES];
        assert_eq!(given(&mut node, false), [""; 0]);
        node.block = vec![1; BLOCK_SAMPLES];
        assert_eq!(given(&mut node, true), ["open", "write 1600 3200"]);
    }

    #[test]
    fn the_end_of_a_recording_waits_for_room() {
        let mut node = node();
        given(&mut node, true);
        node.block = vec![1; 320];
        node.stage = Stage::Stopping;
        assert_eq!(given(&mut node, false), [""; 0]);
        assert_eq!(given(&mut node, true), ["write 0 320", "finish"]);
        assert!(matches!(node.stage, Stage::Done));
    }
}
