//! G.711 (ITU-T G.711, bit-exact with the ITU-T G.191 software tools), by table.
//!
//! Encoding looks at the top 14 bits of a sample (µ-law) or the top 12
//! (A-law), so the tables are exact and small enough to stay in cache.

use crate::Law;

/// One byte per value of the top 14 bits of a sample.
const ULAW_ENCODE_LEN: usize = 1 << 14;
/// One byte per value of the top 12 bits of a sample.
const ALAW_ENCODE_LEN: usize = 1 << 12;

static ULAW_DECODE: [i16; 256] = ulaw_decode_table();
static ALAW_DECODE: [i16; 256] = alaw_decode_table();
static ULAW_ENCODE: [u8; ULAW_ENCODE_LEN] = ulaw_encode_table();
static ALAW_ENCODE: [u8; ALAW_ENCODE_LEN] = alaw_encode_table();
static ULAW_TO_ALAW: [u8; 256] = ulaw_to_alaw_table();
static ALAW_TO_ULAW: [u8; 256] = alaw_to_ulaw_table();

/// One sample of 16 bits as one byte of a law.
#[inline]
pub fn encode_sample(law: Law, sample: i16) -> u8 {
    match law {
        Law::Mu => ULAW_ENCODE[usize::from((sample as u16) >> 2)],
        Law::A => ALAW_ENCODE[usize::from((sample as u16) >> 4)],
    }
}

/// One byte of a law as a sample of 16 bits.
#[inline]
pub fn decode_sample(law: Law, byte: u8) -> i16 {
    match law {
        Law::Mu => ULAW_DECODE[usize::from(byte)],
        Law::A => ALAW_DECODE[usize::from(byte)],
    }
}

/// Encodes samples, one byte each.
pub fn encode(law: Law, samples: &[i16]) -> Vec<u8> {
    samples.iter().map(|s| encode_sample(law, *s)).collect()
}

/// Encodes samples into `bytes`, one each, up to the shorter of the two.
pub fn encode_to(law: Law, samples: &[i16], bytes: &mut [u8]) {
    for (byte, sample) in bytes.iter_mut().zip(samples) {
        *byte = encode_sample(law, *sample);
    }
}

/// Decodes bytes into `samples` and returns those that were filled.
pub fn decode_to<'a>(law: Law, bytes: &[u8], samples: &'a mut [i16]) -> &'a [i16] {
    let count = bytes.len().min(samples.len());
    for (sample, byte) in samples.iter_mut().zip(bytes) {
        *sample = decode_sample(law, *byte);
    }
    samples.get(..count).unwrap_or_default()
}

/// Decodes bytes, one sample each.
pub fn decode(law: Law, bytes: &[u8]) -> Vec<i16> {
    bytes.iter().map(|b| decode_sample(law, *b)).collect()
}

/// Rewrites bytes of one law as bytes of the other, in place, by one table
/// look-up each. The same law on both sides changes nothing.
pub fn transcode(from: Law, to: Law, bytes: &mut [u8]) {
    let table = match (from, to) {
        (Law::Mu, Law::A) => &ULAW_TO_ALAW,
        (Law::A, Law::Mu) => &ALAW_TO_ULAW,
        (Law::Mu, Law::Mu) | (Law::A, Law::A) => return,
    };
    for byte in bytes {
        *byte = table[usize::from(*byte)];
    }
}

/// The byte that means silence.
pub fn silence(law: Law) -> u8 {
    encode_sample(law, 0)
}

/// G.191 `ulaw_compress` on the top 14 bits: magnitude in ones' complement,
/// bias 33, segment by position of the highest bit, all bits inverted.
const fn ulaw_compress(top14: i16) -> u8 {
    let magnitude = if top14 < 0 { !top14 } else { top14 } as u16;
    let mut biased = magnitude + 33;
    if biased > 0x1fff {
        biased = 0x1fff;
    }
    let mut segment = 1u16;
    while (biased >> 6) >> (segment - 1) != 0 {
        segment += 1;
    }
    let byte = ((8 - segment) << 4) | (0xf - ((biased >> segment) & 0xf));
    let sign = if top14 >= 0 { 0x80 } else { 0 };
    (byte | sign) as u8
}

/// G.191 `ulaw_expand`.
const fn ulaw_expand(byte: u8) -> i16 {
    let inverted = !byte;
    let exponent = (inverted >> 4) & 0x07;
    let mantissa = (inverted & 0x0f) as i32;
    let step = 4i32 << (exponent + 1);
    let magnitude = (0x80i32 << exponent) + step * mantissa + step / 2 - 4 * 33;
    if byte < 0x80 {
        -magnitude as i16
    } else {
        magnitude as i16
    }
}

/// G.191 `alaw_compress` on the top 12 bits.
const fn alaw_compress(top12: i16) -> u8 {
    let mut value = if top12 < 0 { !top12 } else { top12 } as u16;
    if value > 15 {
        let mut exponent = 1u16;
        while value > 31 {
            value >>= 1;
            exponent += 1;
        }
        value = value - 16 + (exponent << 4);
    }
    let sign = if top12 >= 0 { 0x80 } else { 0 };
    ((value | sign) ^ 0x55) as u8
}

/// G.191 `alaw_expand`.
const fn alaw_expand(byte: u8) -> i16 {
    let plain = (byte ^ 0x55) & 0x7f;
    let exponent = plain >> 4;
    let mut mantissa = (plain & 0x0f) as i32;
    if exponent > 0 {
        mantissa += 16;
    }
    mantissa = (mantissa << 4) + 8;
    if exponent > 1 {
        mantissa <<= exponent - 1;
    }
    if byte > 127 {
        mantissa as i16
    } else {
        -mantissa as i16
    }
}

const fn ulaw_decode_table() -> [i16; 256] {
    let mut table = [0; 256];
    let mut i = 0;
    while i < 256 {
        table[i] = ulaw_expand(i as u8);
        i += 1;
    }
    table
}

const fn alaw_decode_table() -> [i16; 256] {
    let mut table = [0; 256];
    let mut i = 0;
    while i < 256 {
        table[i] = alaw_expand(i as u8);
        i += 1;
    }
    table
}

const fn ulaw_encode_table() -> [u8; ULAW_ENCODE_LEN] {
    let mut table = [0; ULAW_ENCODE_LEN];
    let mut i = 0;
    while i < ULAW_ENCODE_LEN {
        table[i] = ulaw_compress(((i as u16) << 2) as i16 >> 2);
        i += 1;
    }
    table
}

const fn alaw_encode_table() -> [u8; ALAW_ENCODE_LEN] {
    let mut table = [0; ALAW_ENCODE_LEN];
    let mut i = 0;
    while i < ALAW_ENCODE_LEN {
        table[i] = alaw_compress(((i as u16) << 4) as i16 >> 4);
        i += 1;
    }
    table
}

const fn ulaw_to_alaw_table() -> [u8; 256] {
    let mut table = [0; 256];
    let mut i = 0;
    while i < 256 {
        table[i] = alaw_compress(ulaw_expand(i as u8) >> 4);
        i += 1;
    }
    table
}

const fn alaw_to_ulaw_table() -> [u8; 256] {
    let mut table = [0; 256];
    let mut i = 0;
    while i < 256 {
        table[i] = ulaw_compress(alaw_expand(i as u8) >> 2);
        i += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_bytes_decode_to_the_reference_values() {
        // Ends and middles of the decision tables of ITU-T G.711.
        for (byte, sample) in [
            (0x00, -32124),
            (0x80, 32124),
            (0x7f, 0),
            (0xff, 0),
            (0x10, -15996),
            (0xf0, 120),
            (0xef, 132),
        ] {
            assert_eq!(decode_sample(Law::Mu, byte), sample, "µ-law {byte:#x}");
        }
        for (byte, sample) in [
            (0x2a, -32256),
            (0xaa, 32256),
            (0x55, -8),
            (0xd5, 8),
            (0x80, 5504),
            (0x00, -5504),
        ] {
            assert_eq!(decode_sample(Law::A, byte), sample, "A-law {byte:#x}");
        }
        assert_eq!(silence(Law::Mu), 0xff);
        assert_eq!(silence(Law::A), 0xd5);
    }

    #[test]
    fn every_byte_survives_decoding_and_encoding() {
        for law in [Law::Mu, Law::A] {
            for byte in 0..=255u8 {
                let again = encode_sample(law, decode_sample(law, byte));
                // µ-law has two zeros; the negative one comes back as the positive.
                let expected = if law == Law::Mu && byte == 0x7f {
                    0xff
                } else {
                    byte
                };
                assert_eq!(again, expected, "{law:?} {byte:#x}");
            }
        }
    }

    #[test]
    fn every_sample_is_encoded_to_a_byte_within_half_a_step() {
        for law in [Law::Mu, Law::A] {
            for sample in i16::MIN..=i16::MAX {
                let back = i32::from(decode_sample(law, encode_sample(law, sample)));
                let error = (back - i32::from(sample)).abs();
                // Half the step of the segment: 1/32 of the value plus the finest step;
                // past the top segment µ-law clips at 32,124 and A-law at 32,256.
                let limit = i32::from(sample).abs() / 32 + 16;
                let clipped = i32::from(sample).abs() - 32_124;
                assert!(
                    error <= limit.max(clipped),
                    "{law:?} {sample} came back {back}"
                );
            }
        }
    }

    #[test]
    fn transcoding_equals_decoding_and_encoding_again() {
        for (from, to) in [(Law::Mu, Law::A), (Law::A, Law::Mu)] {
            let all: Vec<u8> = (0..=255).collect();
            let mut bytes = all.clone();
            transcode(from, to, &mut bytes);
            assert_eq!(bytes, encode(to, &decode(from, &all)));
        }
    }
}
