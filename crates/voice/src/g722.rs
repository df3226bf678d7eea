//! G.722 at 64 kbit/s (ITU-T G.722): 16 kHz sound in the bits of G.711.
//!
//! Two bands, each a predictor whose error is sent: six bits a pair of samples
//! for the lower, two for the upper. Names and block numbers are those of the
//! Recommendation; all arithmetic is that of its fixed-point description, so
//! the result is exact to the bit. In RTP its clock is said to be 8,000 Hz though
//! it is sampled at 16,000 (RFC 3551 §4.5.2).

/// Coefficients of the quadrature mirror filter (table 11/G.722), every other one.
const QMF: [i32; 12] = [3, -11, 12, 32, -210, 951, 3_876, -805, 362, -156, 53, -11];

/// Decision levels of the lower band's quantizer (table 14/G.722).
const Q6: [i32; 30] = [
    0, 35, 72, 110, 150, 190, 233, 276, 323, 370, 422, 473, 530, 587, 650, 714, 786, 858, 940,
    1_023, 1_121, 1_219, 1_339, 1_458, 1_612, 1_765, 1_980, 2_195, 2_557, 2_919,
];

/// Output of the lower band's inverse quantizer by its code of 6 bits (table 15/G.722).
const QM6: [i32; 64] = [
    -136, -136, -136, -136, -24_808, -21_904, -19_008, -16_704, -14_984, -13_512, -12_280, -11_192,
    -10_232, -9_360, -8_576, -7_856, -7_192, -6_576, -6_000, -5_456, -4_944, -4_464, -4_008,
    -3_576, -3_168, -2_776, -2_400, -2_032, -1_688, -1_360, -1_040, -728, 24_808, 21_904, 19_008,
    16_704, 14_984, 13_512, 12_280, 11_192, 10_232, 9_360, 8_576, 7_856, 7_192, 6_576, 6_000,
    5_456, 4_944, 4_464, 4_008, 3_576, 3_168, 2_776, 2_400, 2_032, 1_688, 1_360, 1_040, 728, 432,
    136, -432, -136,
];

/// The same by the upper 4 bits, which adapt the predictor.
const QM4: [i32; 16] = [
    0, -20_456, -12_896, -8_968, -6_288, -4_240, -2_584, -1_200, 20_456, 12_896, 8_968, 6_288,
    4_240, 2_584, 1_200, 0,
];

/// Output of the upper band's inverse quantizer by its code of 2 bits.
const QM2: [i32; 4] = [-7_408, -1_616, 7_408, 1_616];

/// Logarithmic steps of the lower band's scale by the upper 4 bits of its code.
const WL: [i32; 16] = [
    -60, 3_042, 1_198, 538, 334, 172, 58, -30, 3_042, 1_198, 538, 334, 172, 58, -30, -60,
];

/// Logarithmic steps of the upper band's scale by its code.
const WH: [i32; 4] = [798, -214, 798, -214];

/// Powers of two in steps of 1/32 (table 17/G.722), 2,048 being one.
const ILB: [i32; 32] = [
    2_048, 2_093, 2_139, 2_186, 2_233, 2_282, 2_332, 2_383, 2_435, 2_489, 2_543, 2_599, 2_656,
    2_714, 2_774, 2_834, 2_896, 2_960, 3_025, 3_091, 3_158, 3_228, 3_298, 3_371, 3_444, 3_520,
    3_597, 3_676, 3_756, 3_838, 3_922, 4_008,
];

/// What tells the two bands apart when they adapt.
#[derive(Clone, Copy, Debug)]
struct Scaling {
    /// Largest logarithmic scale.
    nb_max: i32,
    /// How far the power is shifted less.
    shift: i32,
}

const LOWER: Scaling = Scaling {
    nb_max: 18_432,
    shift: 8,
};
const UPPER: Scaling = Scaling {
    nb_max: 22_528,
    shift: 10,
};

fn saturate(value: i32) -> i32 {
    value.clamp(-32_768, 32_767)
}

/// One band: its scale and its predictor of two poles and six zeros.
#[derive(Clone, Copy, Debug)]
struct Band {
    /// Scale and its logarithm.
    det: i32,
    nb: i32,
    /// Prediction, and its part by the zeros.
    s: i32,
    sz: i32,
    /// The last two reconstructed and partially reconstructed samples.
    r: [i32; 2],
    p: [i32; 2],
    /// Poles and zeros, and the last six quantized differences.
    a: [i32; 2],
    b: [i32; 6],
    d: [i32; 6],
}

impl Band {
    fn new(det: i32) -> Self {
        Self {
            det,
            nb: 0,
            s: 0,
            sz: 0,
            r: [0; 2],
            p: [0; 2],
            a: [0; 2],
            b: [0; 6],
            d: [0; 6],
        }
    }

    /// Adapts the scale (blocks 3L and 3H).
    fn scale(&mut self, step: i32, by: Scaling) {
        self.nb = (((self.nb * 127) >> 7) + step).clamp(0, by.nb_max);
        let fraction = ILB.get(((self.nb >> 6) & 31) as usize);
        let whole = by.shift - (self.nb >> 11);
        let value = fraction.copied().unwrap_or(0);
        let power = if whole < 0 {
            value << -whole
        } else {
            value >> whole
        };
        self.det = power << 2;
    }

    /// Adapts the predictor to the quantized difference `d` and predicts the
    /// next sample (blocks 4L and 4H).
    fn predict(&mut self, d: i32) {
        let [p1, p2] = self.p;
        let [a1, a2] = self.a;
        let p0 = saturate(self.sz + d);
        let r0 = saturate(self.s + d);

        // UPPOL2 and UPPOL1: the poles, kept where the filter is stable.
        let raised = saturate(a1 << 2);
        let turned = (if (p0 ^ p1) < 0 { raised } else { -raised }).min(32_767);
        let mut second = if (p0 ^ p2) < 0 { -128 } else { 128 };
        second += (turned >> 7) + ((a2 * 32_512) >> 15);
        let second = second.clamp(-12_288, 12_288);
        let step = if (p0 ^ p1) < 0 { -192 } else { 192 };
        let bound = saturate(15_360 - second);
        let first = saturate(step + ((a1 * 32_640) >> 15)).clamp(-bound, bound);

        // UPZERO: the zeros.
        let step = if d == 0 { 0 } else { 128 };
        for (b, past) in self.b.iter_mut().zip(self.d) {
            let signed = if (past ^ d) < 0 { -step } else { step };
            *b = saturate(signed + ((*b * 32_640) >> 15));
        }

        // DELAYA, FILTEP, FILTEZ and PREDIC.
        let [d1, d2, d3, d4, d5, _] = self.d;
        self.d = [d, d1, d2, d3, d4, d5];
        self.r = [r0, self.r[0]];
        self.p = [p0, p1];
        self.a = [first, second];
        let [r1, r2] = self.r;
        let poles =
            saturate(((first * saturate(r1 + r1)) >> 15) + ((second * saturate(r2 + r2)) >> 15));
        let zeros = self.b.iter().zip(self.d);
        self.sz = saturate(zeros.map(|(b, d)| (b * saturate(d + d)) >> 15).sum());
        self.s = saturate(poles + self.sz);
    }

    /// Adapts the lower band to its code of 6 bits.
    fn adapt_lower(&mut self, code: usize) {
        let upper = code >> 2;
        let d = (self.det * QM4.get(upper).copied().unwrap_or(0)) >> 15;
        self.scale(WL.get(upper).copied().unwrap_or(0), LOWER);
        self.predict(d);
    }

    /// Adapts the upper band to its code of 2 bits.
    fn adapt_upper(&mut self, code: usize) -> i32 {
        let d = (self.det * QM2.get(code).copied().unwrap_or(0)) >> 15;
        let r = saturate(self.s + d);
        self.scale(WH.get(code).copied().unwrap_or(0), UPPER);
        self.predict(d);
        r
    }
}

/// The last 24 samples of the mirror filter, newest last.
#[derive(Clone, Copy, Debug)]
struct Mirror([i32; 24]);

impl Mirror {
    /// Takes two samples and gives the sums over the odd and over the even ones.
    fn turn(&mut self, first: i32, second: i32) -> (i32, i32) {
        self.0.copy_within(2.., 0);
        if let Some(newest) = self.0.last_chunk_mut() {
            *newest = [first, second];
        }
        let (pairs, _) = self.0.as_chunks::<2>();
        let forward = pairs.iter().zip(QMF).map(|([even, _], c)| even * c).sum();
        let backward = pairs.iter().zip(QMF.iter().rev());
        (backward.map(|([_, odd], c)| odd * c).sum(), forward)
    }
}

/// Encodes one stream.
#[derive(Clone, Debug)]
pub struct Encoder {
    lower: Band,
    upper: Band,
    mirror: Mirror,
}

impl Default for Encoder {
    fn default() -> Self {
        Self {
            lower: Band::new(32),
            upper: Band::new(8),
            mirror: Mirror([0; 24]),
        }
    }
}

impl Encoder {
    /// Appends a byte for each two samples at 16 kHz; an odd last one is left out.
    pub fn encode(&mut self, samples: &[i16], bytes: &mut Vec<u8>) {
        let (pairs, _) = samples.as_chunks::<2>();
        bytes.extend(pairs.iter().map(|pair| self.encode_pair(*pair)));
    }

    /// Encodes samples at 16 kHz into `bytes`, one byte for each two, up to the
    /// shorter of both.
    pub fn encode_to(&mut self, samples: &[i16], bytes: &mut [u8]) {
        let (pairs, _) = samples.as_chunks::<2>();
        for (byte, pair) in bytes.iter_mut().zip(pairs) {
            *byte = self.encode_pair(*pair);
        }
    }

    fn encode_pair(&mut self, [first, second]: [i16; 2]) -> u8 {
        let (odd, even) = self.mirror.turn(first.into(), second.into());
        let low = (even + odd) >> 14;
        let high = (odd - even) >> 14;
        let lower = lower_code(saturate(low - self.lower.s), self.lower.det);
        let upper = upper_code(saturate(high - self.upper.s), self.upper.det);
        self.lower.adapt_lower(lower);
        self.upper.adapt_upper(upper);
        (upper << 6 | lower) as u8
    }
}

/// The 6 bits of a difference (block 1L, QUANTL).
fn lower_code(difference: i32, det: i32) -> usize {
    let negative = difference < 0;
    let magnitude = if negative { !difference } else { difference };
    let above = |level: &&i32| magnitude >= (**level * det) >> 12;
    let level = Q6.iter().skip(1).take_while(above).count() + 1;
    match (negative, level) {
        (true, 1) => 63,
        (true, 2) => 62,
        (true, _) => 34 - level,
        (false, _) => 62 - level,
    }
}

/// The 2 bits of a difference (block 1H, QUANTH).
fn upper_code(difference: i32, det: i32) -> usize {
    let negative = difference < 0;
    let magnitude = if negative { !difference } else { difference };
    let loud = magnitude >= (564 * det) >> 12;
    match (negative, loud) {
        (true, false) => 1,
        (true, true) => 0,
        (false, false) => 3,
        (false, true) => 2,
    }
}

/// Decodes one stream.
#[derive(Clone, Debug)]
pub struct Decoder {
    lower: Band,
    upper: Band,
    mirror: Mirror,
}

impl Default for Decoder {
    fn default() -> Self {
        Self {
            lower: Band::new(32),
            upper: Band::new(8),
            mirror: Mirror([0; 24]),
        }
    }
}

impl Decoder {
    /// Appends two samples at 16 kHz for each byte.
    pub fn decode(&mut self, bytes: &[u8], samples: &mut Vec<i16>) {
        for byte in bytes {
            samples.extend(self.decode_byte(*byte));
        }
    }

    /// Decodes bytes into `samples`, two at 16 kHz for each, and returns those
    /// that were filled.
    pub fn decode_to<'a>(&mut self, bytes: &[u8], samples: &'a mut [i16]) -> &'a [i16] {
        let (pairs, _) = samples.as_chunks_mut::<2>();
        let count = pairs.len().min(bytes.len());
        for (pair, byte) in pairs.iter_mut().zip(bytes) {
            *pair = self.decode_byte(*byte);
        }
        samples.get(..count * 2).unwrap_or_default()
    }

    fn decode_byte(&mut self, byte: u8) -> [i16; 2] {
        let (lower, upper) = (usize::from(byte & 63), usize::from(byte >> 6));
        let difference = (self.lower.det * QM6.get(lower).copied().unwrap_or(0)) >> 15;
        let low = (self.lower.s + difference).clamp(-16_384, 16_383);
        self.lower.adapt_lower(lower);
        let high = self.upper.adapt_upper(upper).clamp(-16_384, 16_383);
        let (odd, even) = self.mirror.turn(low + high, low - high);
        [odd, even].map(|sum| saturate(sum >> 11) as i16)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resample::{Doubler, Resampler};
    use crate::tone::{power_at, sine};

    /// Two seconds of noise that swells over a rising saw: it drives every
    /// level of both quantizers and every bound of the predictors.
    fn wild() -> Vec<i16> {
        let mut state = 0x9e37_79b9_7f4a_7c15u64;
        let mut phase = 0i64;
        let sample = |i: i64| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let noise = (state >> 48).cast_signed() - 32_768;
            phase = (phase + i * 4) & 0xffff;
            let swell = (i / 125) % 257;
            let value = (noise * swell).div_euclid(256).div_euclid(2);
            (value + (phase - 32_768).div_euclid(3)).clamp(-32_768, 32_767) as i16
        };
        (0..32_000).map(sample).collect()
    }

    /// FNV-1a of 64 bits.
    fn fnv(bytes: impl IntoIterator<Item = u8>) -> u64 {
        bytes.into_iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        })
    }

    fn encoded(samples: &[i16]) -> Vec<u8> {
        let mut bytes = Vec::new();
        // In frames, as it is sent.
        let mut encoder = Encoder::default();
        for frame in samples.chunks(320) {
            encoder.encode(frame, &mut bytes);
        }
        bytes
    }

    fn decoded(bytes: &[u8]) -> Vec<i16> {
        let mut samples = Vec::new();
        let mut decoder = Decoder::default();
        for frame in bytes.chunks(160) {
            decoder.decode(frame, &mut samples);
        }
        samples
    }

    /// The sums are those of what the codec of ffmpeg 5.1 makes of the same sound.
    #[test]
    fn both_ways_are_what_another_implementation_makes_to_the_bit() {
        let bytes = encoded(&wild());
        assert_eq!(bytes[..4], [0x2e, 0x84, 0x20, 0x85]);
        assert_eq!(fnv(bytes.iter().copied()), 0xe59d_158d_8494_d4f1);
        let samples = decoded(&bytes);
        let sum = fnv(samples.iter().flat_map(|s| s.to_le_bytes()));
        assert_eq!(sum, 0xae3a_1e20_1803_7bca);
    }

    #[test]
    fn tones_of_both_bands_come_through_clean() {
        for hz in [300.0, 1_000.0, 3_400.0, 5_000.0, 6_500.0] {
            let heard = decoded(&encoded(&sine(hz, 0.3, 16_000, 16_000)));
            assert!(power_at(&heard[1_600..], hz, 16_000) > 0.99, "{hz}");
        }
    }

    #[test]
    fn a_telephone_tone_goes_to_g722_and_back() {
        let tone = sine(1_000.0, 0.3, 8_000, 8_000);
        let mut wide = Vec::new();
        let mut doubler = Doubler::default();
        for frame in tone.chunks(160) {
            doubler.push(frame, &mut wide);
        }
        assert_eq!(wide.len(), 16_000);
        let heard = decoded(&encoded(&wide));
        let mut narrow = Vec::new();
        let mut halver = Resampler::new(16_000).unwrap();
        let unit: Vec<f32> = heard.iter().map(|s| f32::from(*s) / 32_768.0).collect();
        halver.push(&unit, &mut narrow);
        let peak = narrow[800..].iter().map(|s| s.abs()).max().unwrap();
        assert!(power_at(&narrow[800..], 1_000.0, 8_000) > 0.99);
        assert!((9_300..=10_300).contains(&peak), "{peak}");
    }

    #[test]
    fn silence_stays_silent_and_odd_samples_are_left_out() {
        let heard = decoded(&encoded(&[0; 3_200]));
        assert!(heard.iter().all(|s| s.abs() < 32));
        assert_eq!(encoded(&[1; 5]).len(), 2);
    }

    #[test]
    fn coding_into_a_place_is_the_same() {
        let sound = wild();
        let mut bytes = vec![0; sound.len() / 2];
        Encoder::default().encode_to(&sound, &mut bytes);
        assert_eq!(bytes, encoded(&sound));
        let mut samples = vec![0; sound.len() - 1];
        let heard = Decoder::default().decode_to(&bytes, &mut samples).to_vec();
        assert_eq!(heard, decoded(&bytes)[..sound.len() - 2]);
    }

    #[test]
    fn no_bytes_make_the_decoder_panic() {
        for seed in 1..20u64 {
            let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let byte = |_| {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                (state >> 32) as u8
            };
            let bytes: Vec<u8> = (0..20_000).map(byte).collect();
            assert_eq!(decoded(&bytes).len(), 40_000);
            let repeated = vec![seed as u8 * 13; 5_000];
            assert_eq!(decoded(&repeated).len(), 10_000);
        }
    }
}
