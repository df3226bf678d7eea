//! Writing 16-bit wav files (RIFF/WAVE, format 1).

/// Bytes before the samples.
pub const HEADER_BYTES: usize = 44;

/// The header of a file with `data_bytes` of 16-bit samples after it.
pub fn header(rate_hz: u32, channels: u16, data_bytes: u32) -> [u8; HEADER_BYTES] {
    let mut bytes = write(rate_hz, channels, &[]);
    let sizes = [
        (4, data_bytes.saturating_add(36).to_le_bytes()),
        (40, data_bytes.to_le_bytes()),
    ];
    for (at, size) in sizes {
        if let Some(field) = bytes.get_mut(at..at + 4) {
            field.copy_from_slice(&size);
        }
    }
    bytes.first_chunk().copied().unwrap_or([0; HEADER_BYTES])
}

/// A whole wav file of interleaved samples. The sizes of the header saturate at
/// 4 GB, which readers take as "to the end".
pub fn write(rate_hz: u32, channels: u16, samples: &[i16]) -> Vec<u8> {
    let data_bytes = u32::try_from(samples.len() * 2).unwrap_or(u32::MAX);
    let block = channels.saturating_mul(2);
    let mut file = Vec::with_capacity(44 + samples.len() * 2);
    file.extend_from_slice(b"RIFF");
    file.extend_from_slice(&data_bytes.saturating_add(36).to_le_bytes());
    file.extend_from_slice(b"WAVEfmt ");
    file.extend_from_slice(&16u32.to_le_bytes());
    file.extend_from_slice(&1u16.to_le_bytes());
    file.extend_from_slice(&channels.to_le_bytes());
    file.extend_from_slice(&rate_hz.to_le_bytes());
    file.extend_from_slice(&rate_hz.saturating_mul(u32::from(block)).to_le_bytes());
    file.extend_from_slice(&block.to_le_bytes());
    file.extend_from_slice(&16u16.to_le_bytes());
    file.extend_from_slice(b"data");
    file.extend_from_slice(&data_bytes.to_le_bytes());
    for sample in samples {
        file.extend_from_slice(&sample.to_le_bytes());
    }
    file
}
