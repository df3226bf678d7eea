//! A player: a place in a shared tune that moves on with the ticks. Pure.

use crate::schedule::TICK_SAMPLES;
use std::sync::Arc;
use voice::convert::Converter;
use voice::{Law, Rate, Tune, g711};

/// Bytes of a frame of 20 ms of G.711.
pub(crate) const FRAME_BYTES: usize = TICK_SAMPLES as usize;

/// Silence after the last sample before the end is told, at 8 kHz: 80 ms. A phone plays
/// what it has buffered with about such a delay, and whoever hangs up at the end must
/// not cut the last word.
const PLAYOUT_SAMPLES: usize = 640;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Running,
    Paused,
    Finished,
}

/// One player.
#[derive(Debug)]
pub(crate) struct Player {
    tune: Arc<Tune>,
    looped: bool,
    state: State,
    /// Next sample to play.
    position: usize,
    /// A frame was played since the start or the last pause.
    begun: bool,
    /// The tune in each law that a listener needed so far.
    pcmu: Option<Arc<[u8]>>,
    pcma: Option<Arc<[u8]>>,
    /// To 16 kHz, of a tune that has no more than 8 kHz, once a listener needs it.
    up: Option<Box<Converter>>,
}

impl Player {
    pub(crate) fn new(tune: Arc<Tune>, looped: bool, paused: bool) -> Self {
        let state = if paused {
            State::Paused
        } else {
            State::Running
        };
        Self {
            tune,
            looped,
            state,
            position: 0,
            begun: false,
            pcmu: None,
            pcma: None,
            up: None,
        }
    }

    pub(crate) fn is_running(&self) -> bool {
        self.state == State::Running
    }

    /// Pauses or resumes; a finished player stays finished.
    pub(crate) fn pause(&mut self, paused: bool) {
        self.begun &= !paused;
        self.state = match (self.state, paused) {
            (State::Finished, _) => State::Finished,
            (State::Running | State::Paused, true) => State::Paused,
            (State::Running | State::Paused, false) => State::Running,
        };
    }

    /// Copies the frame at the current place into `frame`. A loop runs on from
    /// its first sample inside the frame; an end is padded with silence.
    pub(crate) fn read(&mut self, law: Law, frame: &mut [u8; FRAME_BYTES]) {
        let slot = match law {
            Law::Mu => &mut self.pcmu,
            Law::A => &mut self.pcma,
        };
        let bytes = slot.get_or_insert_with(|| self.tune.encoded(law));
        let mut filled = 0;
        let mut position = self.position;
        while let Some(rest) = frame.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            let piece = bytes.get(position..).unwrap_or_default();
            let count = piece.len().min(rest.len());
            if count == 0 {
                if self.looped && !bytes.is_empty() {
                    position = 0;
                    continue;
                }
                rest.fill(g711::silence(law));
                return;
            }
            for (to, from) in rest.iter_mut().zip(piece) {
                *to = *from;
            }
            filled += count;
            position += count;
        }
    }

    /// The rate of the tune itself.
    pub(crate) fn rate(&self) -> Rate {
        self.tune.rate()
    }

    /// Copies the samples at the current place, at the rate of the tune itself, as
    /// [`Player::read`] does the bytes.
    pub(crate) fn read_samples(&self, frame: &mut [i16]) {
        match self.tune.wide_samples() {
            Some(wide) => self.copy(wide, 2, frame),
            None => self.copy(self.tune.samples(), 1, frame),
        }
    }

    /// The same at 16 kHz; to be called once a tick.
    pub(crate) fn read_wide(&mut self, frame: &mut [i16]) {
        if self.tune.wide_samples().is_some() {
            return self.read_samples(frame);
        }
        let mut narrow = [0; FRAME_BYTES];
        self.read_samples(&mut narrow);
        let up = self
            .up
            .get_or_insert_with(|| Box::new(Converter::new(Rate::Narrow, Rate::Wide)));
        up.convert(&narrow, frame);
    }

    /// Copies from `samples`, of which there are `factor` for each at 8 kHz.
    fn copy(&self, samples: &[i16], factor: usize, frame: &mut [i16]) {
        let length = self.tune.samples().len() * factor;
        for (i, sample) in frame.iter_mut().enumerate() {
            let place = self.position * factor + i;
            let place = if self.looped && length > 0 {
                place % length
            } else {
                place
            };
            *sample = samples.get(place).copied().unwrap_or(0);
        }
    }

    /// Moves on by one frame; true when that was the end, which is [`PLAYOUT_SAMPLES`]
    /// after that of the tune.
    pub(crate) fn advance(&mut self) -> bool {
        self.begun = true;
        self.forward(1)
    }

    /// Leaves out frames for which the thread was too late; true when that was
    /// the end. One that has not begun yet loses nothing of its start.
    pub(crate) fn skip(&mut self, frames: u64) -> bool {
        frames > 0 && self.begun && self.forward(frames)
    }

    fn forward(&mut self, frames: u64) -> bool {
        let length = self.tune.samples().len();
        let step =
            usize::try_from(frames.saturating_mul(u64::from(TICK_SAMPLES))).unwrap_or(usize::MAX);
        let next = self.position.saturating_add(step);
        if self.looped && length > 0 {
            self.position = next % length;
            return false;
        }
        let end = length + PLAYOUT_SAMPLES;
        self.position = next.min(end);
        let ended = next >= end && self.state == State::Running;
        if ended {
            self.state = State::Finished;
        }
        ended
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A tune whose samples encode to different bytes, so that order shows.
    fn tune(length: usize) -> Arc<Tune> {
        let byte = |i: usize| g711::decode_sample(Law::A, i as u8);
        Arc::new(Tune::from_samples((0..length).map(byte).collect()))
    }

    fn played(player: &mut Player, ticks: usize) -> Vec<u8> {
        let mut all = Vec::new();
        for _ in 0..ticks {
            let mut frame = [0; FRAME_BYTES];
            player.read(Law::A, &mut frame);
            all.extend_from_slice(&frame);
            player.advance();
        }
        all
    }

    #[test]
    fn a_loop_has_no_gap() {
        let mut player = Player::new(tune(201), true, false);
        let expected: Vec<u8> = (0..1_600usize).map(|i| (i % 201) as u8).collect();
        assert_eq!(played(&mut player, 10), expected);
    }

    #[test]
    fn a_loop_shorter_than_a_frame_fills_it() {
        let mut player = Player::new(tune(7), true, false);
        let expected: Vec<u8> = (0..320usize).map(|i| (i % 7) as u8).collect();
        assert_eq!(played(&mut player, 2), expected);
    }

    #[test]
    fn the_end_is_padded_with_silence_and_told_once() {
        let mut player = Player::new(tune(200), false, false);
        assert!(!player.advance());
        let mut frame = [0; FRAME_BYTES];
        player.read(Law::A, &mut frame);
        assert!(frame[40..].iter().all(|b| *b == 0xd5));
        assert_eq!(frame[39], 199);
        // What the phone has buffered is played in the meantime.
        for _ in 0..4 {
            assert!(!player.advance(), "told before it was heard");
            player.read(Law::A, &mut frame);
            assert!(frame.iter().all(|b| *b == 0xd5));
        }
        assert!(player.advance());
        assert!(!player.is_running());
        assert!(!player.advance(), "told twice");
        player.pause(false);
        assert!(!player.is_running(), "a finished player stays finished");
    }

    #[test]
    fn late_ticks_are_left_out_only_of_what_has_begun() {
        let mut player = Player::new(tune(1_600), false, false);
        assert!(!player.skip(50));
        assert_eq!(played(&mut player, 1)[0], 0);
        player.skip(2);
        assert_eq!(played(&mut player, 1)[0], (3 * 160 % 256) as u8);
        player.pause(true);
        player.pause(false);
        assert!(!player.skip(50), "a resumed one starts as a new one");
        assert!(!player.advance());
        assert!(player.skip(50), "past the end");
    }

    #[test]
    fn a_wide_tune_is_read_in_step_with_its_narrow_self() {
        let ramp: Vec<i16> = (0..32_000).map(|i| (i / 2) as i16).collect();
        let wav = voice::wav::write(16_000, 1, &ramp);
        let tune = Arc::new(Tune::decode(&wav).unwrap());
        let mut player = Player::new(tune, true, false);
        assert_eq!(player.rate(), Rate::Wide);
        for tick in 0..150 {
            let mut wide = [0; 2 * FRAME_BYTES];
            player.read_wide(&mut wide);
            let expected = (tick * 320 % 32_000 / 2) as i16;
            assert!((wide[0] - expected).abs() < 4, "tick {tick}: {}", wide[0]);
            player.advance();
        }
    }

    #[test]
    fn a_narrow_tune_is_brought_up_to_16_khz() {
        let tone = voice::tone::sine(500.0, 0.5, 8_000, 8_000);
        let mut player = Player::new(Arc::new(Tune::from_samples(tone)), false, false);
        let mut heard = Vec::new();
        for _ in 0..50 {
            let mut wide = [0; 2 * FRAME_BYTES];
            player.read_wide(&mut wide);
            heard.extend(wide);
            player.advance();
        }
        assert!(voice::tone::power_at(&heard[320..], 500.0, 16_000) > 0.999);
    }

    #[test]
    fn an_empty_loop_is_silence_and_ends() {
        let mut player = Player::new(tune(0), true, false);
        let mut frame = [0; FRAME_BYTES];
        player.read(Law::Mu, &mut frame);
        assert!(frame.iter().all(|b| *b == 0xff));
        assert!((0..4).any(|_| player.advance()));
    }

    #[test]
    fn all_listeners_share_one_encoding() {
        let tune = tune(800);
        let mut a = Player::new(Arc::clone(&tune), true, false);
        let mut b = Player::new(Arc::clone(&tune), true, false);
        let mut frame = [0; FRAME_BYTES];
        a.read(Law::Mu, &mut frame);
        b.read(Law::Mu, &mut frame);
        let (a, b) = (a.pcmu.unwrap(), b.pcmu.unwrap());
        assert!(Arc::ptr_eq(&a, &b) && Arc::ptr_eq(&a, &tune.encoded(Law::Mu)));
    }
}
