//! What is sound and what is the noise of the line.

/// Level below which nothing is speech, mean square of full scale one: -46 dBFS.
const POWER_MIN: f64 = 2.5e-5;
/// Speech is this much more than the noise of the line: 9 dB.
const ABOVE_NOISE: f64 = 8.0;
/// No line is quieter: -60 dBFS.
const NOISE_MIN: f64 = 1.0e-6;
/// The noise of a line is at first taken for its first frame, but for no more than
/// this, -43 dBFS: somebody may speak at once.
const NOISE_AT_FIRST_MAX: f64 = 5.0e-5;
/// How fast the estimate of the noise rises in one frame of something louder.
const NOISE_RISE: f64 = 1.02;

/// Mean square of a frame, full scale one; nothing for no samples.
pub(crate) fn mean_square(frame: &[i16]) -> f64 {
    let sum: f64 = frame
        .iter()
        .map(|s| (f64::from(*s) / 32_768.0).powi(2))
        .sum();
    sum / frame.len().max(1) as f64
}

/// Tells the loud frames of one stream from the noise under them.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Loudness {
    /// Mean square; nothing before the first frame.
    noise: Option<f64>,
}

impl Loudness {
    /// Whether this frame is more than noise.
    pub(crate) fn is_loud(&mut self, frame: &[i16]) -> bool {
        let power = mean_square(frame);
        let noise = self
            .noise
            .unwrap_or_else(|| power.clamp(NOISE_MIN, NOISE_AT_FIRST_MAX));
        // Down at once, up slowly: pauses of speech show what the noise is.
        self.noise = Some(if power < noise {
            power.max(NOISE_MIN)
        } else {
            (noise * NOISE_RISE).min(power)
        });
        power > POWER_MIN.max(noise * ABOVE_NOISE)
    }
}
