//! Voice without I/O: codecs, RTP, digits, tones, tunes and SDP. Samples in, samples out.
//!
//! Nothing here knows a socket, a clock or a random number, so all of it is
//! tested to the sample. Everything is 8 kHz mono of 16 bits unless said otherwise.
#![forbid(unsafe_code)]

pub mod activity;
pub mod answering;
pub mod beep;
mod concealment;
pub mod convert;
mod decode;
pub mod dtmf;
pub mod dtmf_tones;
pub mod g711;
pub mod g722;
pub mod hold_music;
pub mod jitter;
mod loudness;
pub mod mix;
pub mod opus;
pub mod progress_tone;
mod rate;
pub mod reception;
pub mod resample;
pub mod rtcp;
pub mod rtp;
pub mod sdp;
pub mod source_lock;
pub mod tone;
pub mod tone_script;
mod tune;
pub mod wav;

pub use rate::Rate;
pub use tune::{TUNE_SAMPLES_MAX, Tune, TuneError};

/// A law of G.711: how a sample becomes a byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Law {
    /// µ-law.
    Mu,
    /// A-law.
    A,
}

/// An audio codec of a leg. All of them make a byte of each step of an RTP clock of 8 kHz.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Codec {
    /// G.711 µ-law, 8 kHz.
    Pcmu,
    /// G.711 A-law, 8 kHz.
    Pcma,
    /// G.722, 16 kHz.
    G722,
}

impl Codec {
    /// The law of a codec that is one of G.711; `None` for those that keep a state
    /// from one packet to the next.
    pub fn law(self) -> Option<Law> {
        match self {
            Self::Pcmu => Some(Law::Mu),
            Self::Pcma => Some(Law::A),
            Self::G722 => None,
        }
    }

    /// The rate of its samples.
    pub fn rate(self) -> Rate {
        match self {
            Self::Pcmu | Self::Pcma => Rate::Narrow,
            Self::G722 => Rate::Wide,
        }
    }
}
