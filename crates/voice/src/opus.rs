//! Opus (RFC 6716) in packets of 20 ms, mono, over the reference library.

use crate::Rate;

/// Longest packet that is made, bytes: far above what speech needs at [`BITS_PER_S`].
const PACKET_BYTES_MAX: usize = 1_275;
/// Good speech at wideband.
const BITS_PER_S: i32 = 24_000;
/// Of 10: half the cost of the highest, hardly worse for speech.
const COMPLEXITY: i32 = 5;
/// Longest packet that there is, milliseconds (RFC 6716 §2.1.4).
const PACKET_MS_MAX: usize = 120;

/// A packet or a stream that Opus cannot handle.
#[derive(Debug, thiserror::Error)]
#[error("opus: {0}")]
pub struct OpusError(#[from] opus::Error);

/// Encodes one stream.
#[derive(Debug)]
pub struct OpusEncoder {
    inner: opus::Encoder,
}

impl OpusEncoder {
    /// An encoder of frames at `rate`.
    ///
    /// # Errors
    /// When there is no memory for it.
    pub fn new(rate: Rate) -> Result<Self, OpusError> {
        let mut inner =
            opus::Encoder::new(rate.hz(), opus::Channels::Mono, opus::Application::Voip)?;
        inner.set_bitrate(opus::Bitrate::Bits(BITS_PER_S))?;
        inner.set_complexity(COMPLEXITY)?;
        Ok(Self { inner })
    }

    /// One packet of a frame of 20 ms.
    ///
    /// # Errors
    /// When `frame` is not as long as that.
    pub fn encode(&mut self, frame: &[i16]) -> Result<Vec<u8>, OpusError> {
        Ok(self.inner.encode_vec(frame, PACKET_BYTES_MAX)?)
    }
}

/// Decodes one stream.
#[derive(Debug)]
pub struct OpusDecoder {
    inner: opus::Decoder,
    samples_max: usize,
}

impl OpusDecoder {
    /// A decoder that gives samples at `rate`, whatever the sender's was.
    ///
    /// # Errors
    /// When there is no memory for it.
    pub fn new(rate: Rate) -> Result<Self, OpusError> {
        Ok(Self {
            inner: opus::Decoder::new(rate.hz(), opus::Channels::Mono)?,
            samples_max: rate.frame_samples() * PACKET_MS_MAX / 20,
        })
    }

    /// The samples of one packet.
    ///
    /// # Errors
    /// When it is not an Opus packet.
    pub fn decode(&mut self, packet: &[u8]) -> Result<Vec<i16>, OpusError> {
        let mut samples = vec![0; self.samples_max];
        let count = self.inner.decode(packet, &mut samples, false)?;
        samples.truncate(count);
        Ok(samples)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Loudness of `hz` in the samples (Goertzel), relative to the loudest possible.
    fn level(samples: &[i16], hz: f64, rate: Rate) -> f64 {
        let step = std::f64::consts::TAU * hz / f64::from(rate.hz());
        let (mut re, mut im) = (0.0, 0.0);
        for (i, sample) in samples.iter().enumerate() {
            let angle = step * i as f64;
            re += f64::from(*sample) * angle.cos();
            im += f64::from(*sample) * angle.sin();
        }
        (re * re + im * im).sqrt() * 2.0 / samples.len() as f64
    }

    #[test]
    fn a_tone_survives_at_every_rate() {
        for rate in Rate::ALL {
            let (mut encoder, mut decoder) = (
                OpusEncoder::new(rate).unwrap(),
                OpusDecoder::new(rate).unwrap(),
            );
            let mut heard = Vec::new();
            for frame in 0..50 {
                let samples: Vec<i16> = (0..rate.frame_samples())
                    .map(|i| {
                        let at = (frame * rate.frame_samples() + i) as f64 / f64::from(rate.hz());
                        ((std::f64::consts::TAU * 500.0 * at).sin() * 8_000.0) as i16
                    })
                    .collect();
                let packet = encoder.encode(&samples).unwrap();
                assert!(packet.len() < 200, "{} bytes", packet.len());
                heard.extend(decoder.decode(&packet).unwrap());
            }
            assert_eq!(heard.len(), 50 * rate.frame_samples());
            let steady = &heard[heard.len() / 2..];
            assert!(level(steady, 500.0, rate) > 5_000.0, "{rate:?}");
            assert!(level(steady, 1_300.0, rate) < 500.0, "{rate:?}");
        }
    }

    #[test]
    fn what_is_no_packet_is_an_error() {
        let mut decoder = OpusDecoder::new(Rate::Wide).unwrap();
        assert!(decoder.decode(&[0xff; 3]).is_err());
        assert!(
            OpusEncoder::new(Rate::Wide)
                .unwrap()
                .encode(&[0; 7])
                .is_err()
        );
    }
}
