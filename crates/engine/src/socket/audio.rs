//! Audio between the media threads and the text of a WebSocket.

use scenario::host::AudioEncoding;
use voice::convert::Converter;
use voice::opus::{OpusDecoder, OpusEncoder, OpusError};
use voice::{Law, Rate, g711};

/// The rate at which a far end's audio is fed to the media threads, whatever its
/// own is: one feed serves every stream that comes.
pub(crate) const FEED_RATE: Rate = Rate::Wide;

/// The rate of the frames that are encoded.
pub(crate) fn rate_of(encoding: AudioEncoding) -> Rate {
    match encoding {
        AudioEncoding::Pcm8 | AudioEncoding::Alaw | AudioEncoding::Ulaw => Rate::Narrow,
        // Speech has nothing above; a decoder at any rate can play the packets.
        AudioEncoding::Pcm16 | AudioEncoding::Opus => Rate::Wide,
    }
}

/// Encodes frames of 20 ms at [`rate_of`].
#[derive(Debug)]
pub(crate) enum Encoder {
    Samples,
    G711(Law),
    Opus(Box<OpusEncoder>),
}

impl Encoder {
    pub(crate) fn new(encoding: AudioEncoding) -> Result<Self, OpusError> {
        Ok(match encoding {
            AudioEncoding::Pcm8 | AudioEncoding::Pcm16 => Self::Samples,
            AudioEncoding::Alaw => Self::G711(Law::A),
            AudioEncoding::Ulaw => Self::G711(Law::Mu),
            AudioEncoding::Opus => Self::Opus(Box::new(OpusEncoder::new(rate_of(encoding))?)),
        })
    }

    pub(crate) fn encode(&mut self, samples: &[i16]) -> Result<Vec<u8>, OpusError> {
        match self {
            Self::Samples => Ok(samples.iter().flat_map(|s| s.to_le_bytes()).collect()),
            Self::G711(law) => Ok(g711::encode(*law, samples)),
            Self::Opus(encoder) => encoder.encode(samples),
        }
    }
}

/// Decodes pieces of any length into samples at [`FEED_RATE`].
#[derive(Debug)]
pub(crate) struct Decoder {
    encoding: AudioEncoding,
    opus: Option<OpusDecoder>,
    /// The half of a sample whose other half has not come yet.
    half: Option<u8>,
    up: Converter,
}

impl Decoder {
    pub(crate) fn new(encoding: AudioEncoding) -> Result<Self, OpusError> {
        let opus = match encoding {
            AudioEncoding::Opus => Some(OpusDecoder::new(FEED_RATE)?),
            AudioEncoding::Pcm8
            | AudioEncoding::Pcm16
            | AudioEncoding::Alaw
            | AudioEncoding::Ulaw => None,
        };
        Ok(Self {
            encoding,
            opus,
            half: None,
            up: Converter::new(Rate::Narrow, FEED_RATE),
        })
    }

    pub(crate) fn decode(&mut self, payload: &[u8]) -> Result<Vec<i16>, OpusError> {
        match (self.encoding, &mut self.opus) {
            (AudioEncoding::Opus, Some(decoder)) => decoder.decode(payload),
            (AudioEncoding::Pcm16, _) => Ok(self.samples(payload)),
            (AudioEncoding::Alaw, _) => Ok(self.raise(&g711::decode(Law::A, payload))),
            (AudioEncoding::Ulaw, _) => Ok(self.raise(&g711::decode(Law::Mu, payload))),
            (AudioEncoding::Pcm8 | AudioEncoding::Opus, _) => {
                let samples = self.samples(payload);
                Ok(self.raise(&samples))
            }
        }
    }

    fn samples(&mut self, payload: &[u8]) -> Vec<i16> {
        let mut samples = Vec::with_capacity(payload.len() / 2 + 1);
        for byte in payload {
            match self.half.take() {
                Some(low) => samples.push(i16::from_le_bytes([low, *byte])),
                None => self.half = Some(*byte),
            }
        }
        samples
    }

    fn raise(&mut self, samples: &[i16]) -> Vec<i16> {
        let factor = FEED_RATE.frame_samples() / Rate::Narrow.frame_samples();
        let mut out = vec![0; samples.len() * factor];
        self.up.convert(samples, &mut out);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [AudioEncoding; 5] = [
        AudioEncoding::Pcm8,
        AudioEncoding::Pcm16,
        AudioEncoding::Alaw,
        AudioEncoding::Ulaw,
        AudioEncoding::Opus,
    ];

    fn tone(rate: Rate, at: usize) -> Vec<i16> {
        let sample = |i: usize| {
            let t = (at * rate.frame_samples() + i) as f64 / f64::from(rate.hz());
            ((std::f64::consts::TAU * 500.0 * t).sin() * 8_000.0) as i16
        };
        (0..rate.frame_samples()).map(sample).collect()
    }

    /// Crossings of zero from below: 500 a second for the tone.
    fn crossings(samples: &[i16]) -> usize {
        samples.windows(2).filter(|w| w[0] < 0 && w[1] >= 0).count()
    }

    #[test]
    fn every_encoding_gives_the_tone_back_at_the_rate_of_the_feed() {
        for encoding in ALL {
            let mut encoder = Encoder::new(encoding).unwrap();
            let mut decoder = Decoder::new(encoding).unwrap();
            let mut heard = Vec::new();
            for at in 0..50 {
                let bytes = encoder.encode(&tone(rate_of(encoding), at)).unwrap();
                heard.extend(decoder.decode(&bytes).unwrap());
            }
            assert_eq!(heard.len(), 50 * FEED_RATE.frame_samples(), "{encoding:?}");
            let second_half = crossings(&heard[heard.len() / 2..]);
            assert!(
                (248..=252).contains(&second_half),
                "{encoding:?}: {second_half}"
            );
            let loudest = heard.iter().map(|s| s.unsigned_abs()).max().unwrap();
            assert!(
                (6_500..10_500).contains(&loudest),
                "{encoding:?}: {loudest}"
            );
        }
    }

    #[test]
    fn samples_cut_in_the_middle_are_put_together() {
        let mut whole = Decoder::new(AudioEncoding::Pcm8).unwrap();
        let mut cut = Decoder::new(AudioEncoding::Pcm8).unwrap();
        let bytes = Encoder::Samples.encode(&tone(Rate::Narrow, 0)).unwrap();
        let expected = whole.decode(&bytes).unwrap();
        let mut got = cut.decode(&bytes[..101]).unwrap();
        got.extend(cut.decode(&bytes[101..]).unwrap());
        assert_eq!(got, expected);
    }
}
