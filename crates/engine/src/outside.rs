//! What call control needs of signalling and media, as one trait, so that it
//! can be driven in tests without sockets.

mod units;

pub(crate) use units::Units;

use crate::speech::Saying;
use media::LegParams;
use scenario::host::CallId;
use sip::{DialRequest, Headers, Target};
use std::net::IpAddr;
use std::sync::Arc;
use voice::Tune;

/// A call of one session to the session of a conference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ConferenceCall {
    pub(crate) conference: String,
    pub(crate) caller: String,
    pub(crate) display_name: String,
    pub(crate) headers: Headers,
    pub(crate) sdp: Vec<u8>,
    pub(crate) timeout_ms: u64,
}

/// How a leg goes whose call goes on without it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Parting {
    /// It was replaced: BYE (RFC 3891 §3).
    AtOnce,
    /// It asked for that and ends its call when it hears of it (RFC 5589 §7); we
    /// do when it does not.
    Soon,
}

/// Signalling and media as one session sees them. Calls do not block.
pub(crate) trait Outside: Units {
    fn dial(&mut self, request: DialRequest) -> sip::LegId;
    /// A call to the session of a conference here.
    fn dial_conference(&mut self, call: ConferenceCall) -> sip::LegId;
    /// Asks whoever has the call of `other` to go on with a new leg in its place,
    /// whose other end is returned: its `Answered` or `Failed` is the answer.
    fn ask_for_place(&mut self, other: sip::LegId, offer: Vec<u8>) -> sip::LegId;
    /// Lets a leg go whose call goes on without it.
    fn part_with(&mut self, leg: sip::LegId, how: Parting);
    fn ring(&mut self, leg: sip::LegId, headers: Headers);
    fn early_media(&mut self, leg: sip::LegId, headers: Headers, sdp: Vec<u8>);
    fn answer(&mut self, leg: sip::LegId, headers: Headers, sdp: Vec<u8>);
    fn reject(&mut self, leg: sip::LegId, code: u16, headers: Headers, reason: Option<String>);
    fn hangup(&mut self, leg: sip::LegId, headers: Headers, reason: Option<String>);
    fn answer_reoffer(&mut self, leg: sip::LegId, headers: Headers, sdp: Vec<u8>);
    fn refuse_reoffer(&mut self, leg: sip::LegId, code: u16, headers: Headers);
    fn reoffer(&mut self, leg: sip::LegId, headers: Headers, sdp: Vec<u8>);
    fn answer_refer(&mut self, leg: sip::LegId, code: u16);
    fn notify_refer(&mut self, leg: sip::LegId, code: u16, reason: String);
    fn refer(&mut self, leg: sip::LegId, to: sip::ReferTo, headers: Headers);
    fn info(&mut self, leg: sip::LegId, mime_type: String, body: Vec<u8>, headers: Headers);
    fn local_ip_for(&mut self, target: &Target) -> IpAddr;
    /// The address at which sessions of this engine reach each other's media.
    fn inner_ip(&self) -> IpAddr;

    fn open_media(&mut self) -> Result<(media::LegId, u16), String>;
    fn configure(&mut self, leg: media::LegId, params: LegParams);
    fn hear(&mut self, listener: media::LegId, source: media::Source);
    fn unhear(&mut self, listener: media::LegId, source: media::Source);
    fn report_digits(&mut self, leg: media::LegId, enabled: bool);
    fn send_digits(&mut self, leg: media::LegId, digits: &str);
    /// Closes the audio of a call; how it was is written to the log of the session.
    fn close_media(&mut self, leg: media::LegId, call: CallId);
    fn create_player(&mut self, tune: Arc<Tune>, looped: bool, paused: bool) -> media::PlayerId;
    fn pause_player(&mut self, player: media::PlayerId, paused: bool);
    fn stop_player(&mut self, player: media::PlayerId);
    /// Fetches audio; the answer comes back as [`crate::control::Control::tune_ready`].
    fn fetch_tune(&mut self, player: scenario::host::PlayerId, url: String);
    /// The same for a text that is spoken.
    /// Tells what of the manner cannot be heeded.
    fn speak(&mut self, player: scenario::host::PlayerId, saying: Saying) -> Vec<&'static str>;
    /// The same for audio that needs more than a GET; never cached.
    fn fetch_request(&mut self, player: scenario::host::PlayerId, spec: scenario::host::HttpSpec);
}
