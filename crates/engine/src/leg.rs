//! One call of a session: where it stands in signalling and in media.

use crate::codecs::with_first;
use crate::control::Level;
use std::net::IpAddr;
use std::sync::Arc;
use voice::Codec;
use voice::sdp::Agreed;

/// How far a call has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Came in and is not answered.
    Alerting,
    /// We sent 200 and wait for the ACK.
    Answering,
    /// We dialled and wait.
    Dialing,
    /// Both sides are in the call.
    Connected { since_ms: u64 },
    /// We hung up and wait for the last word of signalling.
    Leaving { connected_since_ms: Option<u64> },
}

/// Which side started the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Incoming,
    Outgoing,
}

/// One call.
#[derive(Debug)]
pub(crate) struct Leg {
    pub(crate) sip: sip::LegId,
    pub(crate) direction: Direction,
    pub(crate) stage: Stage,
    /// The far end's offer, while it waits for an answer; empty for an INVITE without one.
    pub(crate) offer: Vec<u8>,
    /// The SDP we sent, repeated in the 200 after early media.
    pub(crate) our_sdp: Option<Vec<u8>>,
    pub(crate) local_ip: IpAddr,
    /// What may be agreed on with the far end, in the order of preference.
    pub(crate) codecs: Vec<Codec>,
    pub(crate) media: Option<MediaLeg>,
    pub(crate) wants_digits: bool,
    /// The scenario asked for digits that come as tones in the audio.
    pub(crate) wants_tones: bool,
    /// The media threads listen for them.
    pub(crate) hears_tones: bool,
    pub(crate) held: bool,
    /// Another phone answered while this one was called.
    pub(crate) answered_elsewhere: bool,
    /// REFERs of the far end reach the scenario.
    pub(crate) handles_transfers: bool,
    /// Its re-INVITEs do.
    pub(crate) handles_re_invites: bool,
    /// The offer of a re-INVITE that waits for the scenario.
    pub(crate) reoffer: Option<Vec<u8>>,
    /// Origin version of the next SDP we send (RFC 3264 §8).
    pub(crate) sdp_version: u64,
    /// How often its statistics are told, seconds.
    pub(crate) monitor_every_s: Option<u32>,
    /// How loud the far end is, while that is told.
    pub(crate) level: Option<Arc<Level>>,
    /// What is about to take its place.
    pub(crate) successor: Option<Successor>,
    /// A 183 with media was already reported as AudioStarted.
    pub(crate) audio_started: bool,
}

/// What takes the place of a leg, once it is agreed.
#[derive(Debug)]
pub(crate) struct Successor {
    pub(crate) leg: sip::LegId,
    /// The far end that asked for it has hung up already.
    pub(crate) is_alone: bool,
}

/// Its media.
#[derive(Debug)]
pub(crate) struct MediaLeg {
    pub(crate) id: media::LegId,
    pub(crate) port: u16,
    pub(crate) agreed: Option<Agreed>,
}

impl Leg {
    pub(crate) fn new(
        sip: sip::LegId,
        direction: Direction,
        stage: Stage,
        local_ip: IpAddr,
        codecs: Vec<Codec>,
    ) -> Self {
        Self {
            sip,
            direction,
            stage,
            offer: Vec::new(),
            our_sdp: None,
            local_ip,
            codecs,
            media: None,
            wants_digits: false,
            wants_tones: false,
            hears_tones: false,
            held: false,
            answered_elsewhere: false,
            handles_transfers: false,
            handles_re_invites: false,
            reoffer: None,
            sdp_version: 1,
            monitor_every_s: None,
            level: None,
            successor: None,
            audio_started: false,
        }
    }

    /// The codecs for an offer of ours: the one in use first, so that it stays.
    pub(crate) fn codecs_to_offer(&self) -> Vec<Codec> {
        with_first(self.codecs.clone(), self.codec())
    }

    /// The leg that is about to take its place.
    pub(crate) fn successor_leg(&self) -> Option<sip::LegId> {
        self.successor.as_ref().map(|successor| successor.leg)
    }

    /// The codec in use, once agreed.
    pub(crate) fn codec(&self) -> Option<Codec> {
        self.media
            .as_ref()?
            .agreed
            .as_ref()
            .map(|agreed| agreed.codec)
    }
}
