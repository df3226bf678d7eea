//! Codecs that keep a state from packet to packet, and sound between their rates.
//!
//! A bridge of one codec, or of both laws of G.711, needs nothing of this.

use voice::convert::Converter;
use voice::{Codec, Rate, g711, g722};

/// Decodes the packets of one stream, whatever codec each of them is of, to 8 kHz
/// and to 16 kHz.
#[derive(Debug)]
pub(crate) struct Decoding {
    g722: g722::Decoder,
    /// The rate of the last packet, and what was in it at both rates; at the
    /// other rate only once that was asked for.
    native: Rate,
    converted: bool,
    narrow: Vec<i16>,
    wide: Vec<i16>,
    up: Converter,
    down: Converter,
}

impl Default for Decoding {
    fn default() -> Self {
        Self {
            g722: g722::Decoder::default(),
            native: Rate::Narrow,
            converted: false,
            narrow: Vec::new(),
            wide: Vec::new(),
            up: Converter::new(Rate::Narrow, Rate::Wide),
            down: Converter::new(Rate::Wide, Rate::Narrow),
        }
    }
}

impl Decoding {
    /// Takes the next packet of the stream.
    pub(crate) fn take(&mut self, codec: Codec, payload: &[u8]) {
        self.native = codec.rate();
        self.converted = false;
        match codec.law() {
            Some(law) => {
                self.narrow.resize(payload.len(), 0);
                g711::decode_to(law, payload, &mut self.narrow);
            }
            None => {
                self.wide.resize(payload.len() * 2, 0);
                self.g722.decode_to(payload, &mut self.wide);
            }
        }
    }

    /// What was in the packet, at 8 kHz or, for every other rate, at 16 kHz.
    pub(crate) fn samples(&mut self, rate: Rate) -> &[i16] {
        if !self.converted {
            match (self.native, rate) {
                (Rate::Narrow, Rate::Wide | Rate::Full) => {
                    self.converted = true;
                    self.wide.resize(self.narrow.len() * 2, 0);
                    self.up.convert(&self.narrow, &mut self.wide);
                }
                (Rate::Wide | Rate::Full, Rate::Narrow) => {
                    self.converted = true;
                    self.narrow.resize(self.wide.len() / 2, 0);
                    self.down.convert(&self.wide, &mut self.narrow);
                }
                (Rate::Narrow, Rate::Narrow)
                | (Rate::Wide | Rate::Full, Rate::Wide | Rate::Full) => {}
            }
        }
        match rate {
            Rate::Narrow => &self.narrow,
            Rate::Wide | Rate::Full => &self.wide,
        }
    }
}

/// Makes the stream to one leg, when that takes more than copying bytes.
#[derive(Debug, Default)]
pub(crate) struct Encoding {
    g722: g722::Encoder,
    /// Of the leg that is heard.
    decoding: Decoding,
}

impl Encoding {
    /// Rewrites a payload of one codec as one of another, in place: every codec of
    /// ours has one byte for each step of the RTP clock.
    pub(crate) fn transcode(&mut self, from: Codec, to: Codec, body: &mut [u8]) {
        self.decoding.take(from, body);
        let samples = self.decoding.samples(to.rate());
        match to.law() {
            Some(law) => g711::encode_to(law, samples, body),
            None => self.g722.encode_to(samples, body),
        }
    }

    /// Another source is heard from now on.
    pub(crate) fn forget_source(&mut self) {
        self.decoding = Decoding::default();
    }

    /// Encodes samples at 16 kHz by G.722.
    pub(crate) fn encode_wide(&mut self, samples: &[i16], body: &mut [u8]) {
        self.g722.encode_to(samples, body);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use voice::Law;
    use voice::tone::{power_at, sine};

    #[test]
    fn a_tone_survives_every_pair_of_codecs() {
        let all = [Codec::Pcmu, Codec::Pcma, Codec::G722];
        for from in all {
            for to in all {
                let hz = from.rate().hz();
                let tone = sine(1_000.0, 0.3, hz, hz as usize);
                let mut there = Encoding::default();
                let mut between = Encoding::default();
                let mut back = Decoding::default();
                let mut heard = Vec::new();
                for frame in tone.chunks(from.rate().frame_samples()) {
                    let mut body = [0; 160];
                    match from.law() {
                        Some(law) => g711::encode_to(law, frame, &mut body),
                        None => there.encode_wide(frame, &mut body),
                    }
                    between.transcode(from, to, &mut body);
                    back.take(to, &body);
                    heard.extend_from_slice(back.samples(Rate::Narrow));
                }
                assert_eq!(heard.len(), 8_000, "{from:?} to {to:?}");
                let steady = &heard[800..];
                let share = power_at(steady, 1_000.0, 8_000);
                assert!(share > 0.99, "{from:?} to {to:?}: {share}");
                let peak = steady.iter().map(|s| s.abs()).max().unwrap();
                assert!(
                    (9_000..10_600).contains(&peak),
                    "{from:?} to {to:?}: {peak}"
                );
            }
        }
    }

    #[test]
    fn both_rates_of_one_packet_can_be_asked_for_in_any_order() {
        let bytes = g711::encode(Law::Mu, &sine(500.0, 0.3, 8_000, 160));
        let (mut a, mut b) = (Decoding::default(), Decoding::default());
        for _ in 0..3 {
            a.take(Codec::Pcmu, &bytes);
            b.take(Codec::Pcmu, &bytes);
            let narrow = a.samples(Rate::Narrow).to_vec();
            let wide = a.samples(Rate::Wide).to_vec();
            assert_eq!(a.samples(Rate::Wide), wide, "asked for twice");
            assert_eq!(b.samples(Rate::Wide), wide);
            assert_eq!(b.samples(Rate::Narrow), narrow);
            assert_eq!((narrow.len(), wide.len()), (160, 320));
        }
    }
}
