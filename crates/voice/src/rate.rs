//! Sample rates of audio inside: telephone, wideband and everything that can be heard.

/// Frames a second: one of 20 ms after the other.
const FRAMES_PER_S: u32 = 50;

/// A rate of samples that is mixed, recorded and streamed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Rate {
    /// 8 kHz: G.711.
    #[default]
    Narrow,
    /// 16 kHz: G.722, and what recognisers want.
    Wide,
    /// 48 kHz: Opus.
    Full,
}

impl Rate {
    /// All of them, lowest first.
    pub const ALL: [Self; 3] = [Self::Narrow, Self::Wide, Self::Full];

    /// Samples a second.
    pub fn hz(self) -> u32 {
        match self {
            Self::Narrow => 8_000,
            Self::Wide => 16_000,
            Self::Full => 48_000,
        }
    }

    /// The rate of so many samples a second, if it is one of ours.
    pub fn of_hz(hz: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|rate| rate.hz() == hz)
    }

    /// Samples of a frame of 20 ms.
    pub fn frame_samples(self) -> usize {
        (self.hz() / FRAMES_PER_S) as usize
    }
}
