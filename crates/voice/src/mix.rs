//! Mixing: every member hears the sum of all the others (n minus one).
//!
//! One sum is made a frame, and each member's own part is taken out of it, so
//! the work grows with the number of members and not with its square. Frames
//! may be of any length, so the same code mixes at 8, 16 and 48 kHz.

/// Loudest sample that is given out: what G.711 µ-law carries at most, so that
/// the law adds no clipping of its own.
pub const PEAK_MAX: i32 = 32_124;

/// How fast the gain comes back after a loud moment, a frame of 20 ms: from half
/// to whole in about a second, slow enough not to be heard as pumping.
const RELEASE_A_FRAME: f32 = 0.01;

/// Sums one frame after the other. All frames of one mixer have one length.
#[derive(Clone, Debug)]
pub struct Mix {
    sum: Vec<i32>,
    members: usize,
    /// The gain at the end of the last frame, 0 to 1.
    gain: f32,
    /// The gain at the end of this one.
    next_gain: f32,
}

impl Mix {
    /// A mixer of frames of `frame_samples` (160 for 20 ms at 8 kHz).
    pub fn new(frame_samples: usize) -> Self {
        Self {
            sum: vec![0; frame_samples],
            members: 0,
            gain: 1.0,
            next_gain: 1.0,
        }
    }

    /// Begins a frame.
    pub fn begin(&mut self) {
        self.sum.fill(0);
        self.members = 0;
        self.gain = self.next_gain;
    }

    /// Adds what a member says. A frame that is too short counts as silence after its end.
    pub fn add(&mut self, frame: &[i16]) {
        self.members += 1;
        for (sum, sample) in self.sum.iter_mut().zip(frame) {
            *sum += i32::from(*sample);
        }
    }

    /// Ends the adding: sets the gain that keeps the sum in bounds. It falls at
    /// once and rises slowly; within a frame it changes evenly.
    pub fn limit(&mut self) {
        let peak = self.sum.iter().map(|s| s.abs()).max().unwrap_or(0);
        let bound = if peak > PEAK_MAX {
            PEAK_MAX as f32 / peak as f32
        } else {
            1.0
        };
        self.next_gain = bound.min(self.gain + RELEASE_A_FRAME);
        // A fall begins at the first sample: one that came in evenly would let
        // the start of the loud moment through.
        self.gain = self.gain.min(bound);
    }

    /// Members that were added to this frame.
    pub fn members(&self) -> usize {
        self.members
    }

    /// Writes what somebody hears who says nothing himself.
    pub fn all(&self, out: &mut [i16]) {
        self.without_part(out, std::iter::repeat(&0));
    }

    /// Writes what the member hears who said `own`, which must have been added.
    pub fn without(&self, own: &[i16], out: &mut [i16]) {
        self.without_part(out, own.iter().chain(std::iter::repeat(&0)));
    }

    fn without_part<'a>(&self, out: &mut [i16], own: impl Iterator<Item = &'a i16>) {
        out.fill(0);
        let exact = self.gain >= 1.0 && self.next_gain >= 1.0;
        let step = (self.next_gain - self.gain) / self.sum.len().max(1) as f32;
        let mut gain = self.gain;
        for ((out, sum), own) in out.iter_mut().zip(&self.sum).zip(own) {
            let mut value = sum - i32::from(*own);
            if !exact {
                value = (value as f32 * gain) as i32;
                gain += step;
            }
            *out = value.clamp(-PEAK_MAX, PEAK_MAX) as i16;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tone::{power_at, sine};

    /// The frame lengths of 20 ms at the rates that we mix.
    const RATES: [(u32, usize); 3] = [(8_000, 160), (16_000, 320), (48_000, 960)];

    /// What each of the members hears, and what a listener does.
    fn mixed(voices: &[Vec<i16>], frame: usize) -> (Vec<Vec<i16>>, Vec<i16>) {
        let mut mix = Mix::new(frame);
        let mut heard = vec![Vec::new(); voices.len()];
        let mut all = Vec::new();
        let mut out = vec![0; frame];
        for start in (0..voices[0].len()).step_by(frame) {
            mix.begin();
            for voice in voices {
                mix.add(&voice[start..start + frame]);
            }
            mix.limit();
            for (voice, heard) in voices.iter().zip(&mut heard) {
                mix.without(&voice[start..start + frame], &mut out);
                heard.extend_from_slice(&out);
            }
            mix.all(&mut out);
            all.extend_from_slice(&out);
        }
        (heard, all)
    }

    #[test]
    fn each_of_three_hears_the_other_two_and_not_itself_at_every_rate() {
        for (rate, frame) in RATES {
            let tones = [400.0, 700.0, 1_100.0];
            let voices = tones.map(|hz| sine(hz, 0.2, rate, frame * 50));
            let (heard, all) = mixed(&voices, frame);
            for (member, heard) in heard.iter().enumerate() {
                for (of, hz) in tones.iter().enumerate() {
                    let power = power_at(heard, *hz, rate);
                    if of == member {
                        assert!(power < 1e-6, "{member} hears itself: {power}");
                    } else {
                        assert!((power - 0.5).abs() < 0.01, "{member} of {of}: {power}");
                    }
                }
            }
            for hz in tones {
                assert!((power_at(&all, hz, rate) - 1.0 / 3.0).abs() < 0.01);
            }
        }
    }

    #[test]
    fn quiet_voices_are_added_to_the_sample() {
        let (a, b) = (sine(400.0, 0.3, 8_000, 320), sine(900.0, 0.3, 8_000, 320));
        let (heard, all) = mixed(&[a.clone(), b.clone()], 160);
        assert_eq!(heard, [b.clone(), a.clone()]);
        let sum: Vec<i16> = a.iter().zip(&b).map(|(a, b)| a + b).collect();
        assert_eq!(all, sum);
    }

    #[test]
    fn a_hundred_loud_members_are_limited_and_stay_a_tone() {
        let voices = vec![sine(500.0, 0.9, 8_000, 1_600); 100];
        let (_, all) = mixed(&voices, 160);
        let peak = all.iter().map(|s| i32::from(s.abs())).max().unwrap();
        assert!((PEAK_MAX - 400..=PEAK_MAX).contains(&peak), "{peak}");
        // Cut off at the top instead, it would be a square wave of 0.81.
        assert!(power_at(&all, 500.0, 8_000) > 0.99);
    }

    #[test]
    fn the_gain_comes_back_after_a_loud_moment() {
        let mut voices = vec![sine(500.0, 0.9, 8_000, 160 * 100); 3];
        for voice in &mut voices[1..] {
            voice[160 * 10..].fill(0);
        }
        let (_, all) = mixed(&voices, 160);
        let peak_in = |frames: std::ops::Range<usize>| {
            let part = &all[frames.start * 160..frames.end * 160];
            part.iter().map(|s| s.abs()).max().unwrap()
        };
        assert!(peak_in(11..12) < 13_000, "still turned down");
        assert_eq!(peak_in(95..100), 29_490, "as loud as it was said");
        // And in between it never falls.
        let rising: Vec<i16> = (11..95).map(|f| peak_in(f..f + 1)).collect();
        assert!(rising.windows(2).all(|w| w[1] >= w[0]));
    }

    #[test]
    fn a_short_frame_is_silence_after_its_end() {
        let mut mix = Mix::new(160);
        mix.begin();
        mix.add(&[1_000; 80]);
        mix.add(&[500; 160]);
        mix.limit();
        let mut out = [7; 160];
        mix.without(&[1_000; 80], &mut out);
        assert_eq!(out, [500; 160]);
        assert_eq!(mix.members(), 2);
    }
}
