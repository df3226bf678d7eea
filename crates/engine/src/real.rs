//! [`Outside`] over the running stack and media threads.

mod audio;
mod units;

use crate::control::Arrival;
use crate::inner_calls::{InnerCalls, is_inner};
use crate::outside::{ConferenceCall, Outside, Parting};
use crate::shared::{MediaKey, Owner, Shared};
use crate::speech::Saying;
use crate::worker::Mail;
use crossbeam_channel::Sender;
use media::{LegParams, StatsSink};
use scenario::host::{CallId, PlayerId};
use sip::{DialRequest, Headers, SipEvent, Target};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use voice::Tune;

/// The session of the other call answers in microseconds, unless it is stuck.
const PLACE_WITHIN: Duration = Duration::from_secs(10);
/// A far end that was put through has so long to hang up by itself: a NOTIFY and a
/// BYE, with one retransmission each.
const PARTING_WITHIN: Duration = Duration::from_secs(3);

/// Signalling and media on behalf of one session.
pub(crate) struct Real<'a> {
    pub(crate) shared: &'a Arc<Shared>,
    pub(crate) owner: Owner,
    pub(crate) mail: &'a Sender<Mail>,
    /// Sessions that called each other in a row up to this one.
    pub(crate) hops: u8,
}

impl Real<'_> {
    fn with_sip(&self, act: impl FnOnce(&sip::Sip)) {
        if let Some(sip) = self.shared.sip.get() {
            act(sip);
        }
    }

    fn inner(&self, act: impl FnOnce(&InnerCalls) -> Vec<SipEvent>) {
        let events = act(&self.shared.inner_calls);
        self.shared.route_inner(events);
    }

    /// A call to another session that is not answered by then has failed.
    fn expire_later(&self, leg: sip::LegId, within: Duration) {
        let shared = Arc::downgrade(self.shared);
        self.shared.runtime.spawn(async move {
            tokio::time::sleep(within).await;
            if let Some(shared) = shared.upgrade() {
                shared.route_inner(shared.inner_calls.expire(leg));
            }
        });
    }

    fn with_media(&self, act: impl FnOnce(&media::Media)) {
        if let Some(media) = self.shared.media.get() {
            act(media);
        }
    }

    fn note_media(&self, key: MediaKey) {
        for event in self.shared.media_board.register(key, self.owner) {
            let _ = self.mail.send(Mail::Media {
                session: self.owner.session,
                event,
            });
        }
    }
}

impl Outside for Real<'_> {
    fn dial(&mut self, request: DialRequest) -> sip::LegId {
        let Some(sip) = self.shared.sip.get() else {
            return sip::LegId(0);
        };
        let leg = sip.dial(request);
        for event in self.shared.sip_board.register(leg, self.owner) {
            let _ = self.mail.send(Mail::Sip {
                session: self.owner.session,
                event,
            });
        }
        leg
    }

    fn dial_conference(&mut self, call: ConferenceCall) -> sip::LegId {
        let (leg, callee) = self.shared.inner_calls.open();
        for event in self.shared.sip_board.register(leg, self.owner) {
            let _ = self.mail.send(Mail::Sip {
                session: self.owner.session,
                event,
            });
        }
        self.expire_later(leg, Duration::from_millis(call.timeout_ms));
        self.shared
            .call_conference(call, callee, self.hops, self.inner_ip());
        leg
    }

    fn ask_for_place(&mut self, other: sip::LegId, offer: Vec<u8>) -> sip::LegId {
        let (leg, successor) = self.shared.inner_calls.open();
        for event in self.shared.sip_board.register(leg, self.owner) {
            let _ = self.mail.send(Mail::Sip {
                session: self.owner.session,
                event,
            });
        }
        self.expire_later(leg, PLACE_WITHIN);
        let arrival = Arrival {
            leg: successor,
            sdp: offer,
            local_ip: self.inner_ip(),
            codecs: self.shared.config.codecs.usual.clone(),
        };
        self.shared.lead_to_place(other, arrival, Vec::new());
        leg
    }

    fn part_with(&mut self, leg: sip::LegId, how: Parting) {
        self.shared.sip_board.forget(leg);
        if is_inner(leg) {
            return self.inner(|calls| calls.hangup(leg, Vec::new(), None));
        }
        match how {
            Parting::AtOnce => self.with_sip(|sip| sip.hangup(leg, Vec::new(), None)),
            Parting::Soon => {
                let shared = Arc::downgrade(self.shared);
                self.shared.runtime.spawn(async move {
                    tokio::time::sleep(PARTING_WITHIN).await;
                    if let Some(sip) = shared.upgrade().as_ref().and_then(|own| own.sip.get()) {
                        sip.hangup(leg, Vec::new(), None);
                    }
                });
            }
        }
    }

    fn inner_ip(&self) -> IpAddr {
        let bind = self.shared.config.media.bind;
        if bind.is_unspecified() {
            match bind {
                IpAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
                IpAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
            }
        } else {
            bind
        }
    }

    fn ring(&mut self, leg: sip::LegId, headers: Headers) {
        if is_inner(leg) {
            return self.inner(|calls| calls.progress(leg, 180, headers, Vec::new()));
        }
        self.with_sip(|sip| sip.ring(leg, headers));
    }

    fn early_media(&mut self, leg: sip::LegId, headers: Headers, sdp: Vec<u8>) {
        if is_inner(leg) {
            return self.inner(|calls| calls.progress(leg, 183, headers, sdp));
        }
        self.with_sip(|sip| sip.early_media(leg, headers, sdp));
    }

    fn answer(&mut self, leg: sip::LegId, headers: Headers, sdp: Vec<u8>) {
        if is_inner(leg) {
            return self.inner(|calls| calls.answer(leg, headers, sdp));
        }
        self.with_sip(|sip| sip.answer(leg, headers, sdp));
    }

    fn reject(&mut self, leg: sip::LegId, code: u16, headers: Headers, reason: Option<String>) {
        self.shared.reject(leg, code, headers, reason);
    }

    fn hangup(&mut self, leg: sip::LegId, headers: Headers, reason: Option<String>) {
        if is_inner(leg) {
            return self.inner(|calls| calls.hangup(leg, headers, reason));
        }
        self.with_sip(|sip| sip.hangup(leg, headers, reason));
    }

    fn answer_reoffer(&mut self, leg: sip::LegId, headers: Headers, sdp: Vec<u8>) {
        if is_inner(leg) {
            return self.inner(|calls| calls.answer_reoffer(leg, headers, sdp));
        }
        self.with_sip(|sip| sip.answer_reoffer(leg, headers, sdp));
    }

    fn refuse_reoffer(&mut self, leg: sip::LegId, code: u16, headers: Headers) {
        if is_inner(leg) {
            return self.inner(|calls| calls.refuse_reoffer(leg, code, headers));
        }
        self.with_sip(|sip| sip.refuse_reoffer(leg, code, headers));
    }

    fn reoffer(&mut self, leg: sip::LegId, headers: Headers, sdp: Vec<u8>) {
        if is_inner(leg) {
            return self.inner(|calls| calls.reoffer(leg, headers, sdp));
        }
        self.with_sip(|sip| sip.reoffer(leg, headers, sdp));
    }

    fn answer_refer(&mut self, leg: sip::LegId, code: u16) {
        self.with_sip(|sip| sip.answer_refer(leg, code));
    }

    fn notify_refer(&mut self, leg: sip::LegId, code: u16, reason: String) {
        self.with_sip(|sip| sip.notify_refer(leg, code, reason));
    }

    fn refer(&mut self, leg: sip::LegId, to: sip::ReferTo, headers: Headers) {
        if is_inner(leg) {
            return self.inner(|calls| calls.refer(leg));
        }
        self.with_sip(|sip| sip.refer(leg, to, headers));
    }

    fn info(&mut self, leg: sip::LegId, mime_type: String, body: Vec<u8>, headers: Headers) {
        if is_inner(leg) {
            return self.inner(|calls| calls.info(leg, mime_type, body, headers));
        }
        self.with_sip(|sip| sip.info(leg, mime_type, body, headers));
    }

    fn local_ip_for(&mut self, target: &Target) -> IpAddr {
        match self.shared.sip.get() {
            Some(sip) => sip.local_ip_for(target),
            None => IpAddr::from([127, 0, 0, 1]),
        }
    }

    fn open_media(&mut self) -> Result<(media::LegId, u16), String> {
        let Some(media) = self.shared.media.get() else {
            return Err("the media threads are not running".into());
        };
        let (leg, port) = media
            .open_leg(self.owner.session)
            .map_err(|error| error.to_string())?;
        self.note_media(MediaKey::Leg(leg));
        Ok((leg, port))
    }

    fn configure(&mut self, leg: media::LegId, params: LegParams) {
        self.with_media(|media| media.configure(leg, params));
    }

    fn hear(&mut self, listener: media::LegId, source: media::Source) {
        self.with_media(|media| media.hear(listener, source));
    }

    fn unhear(&mut self, listener: media::LegId, source: media::Source) {
        self.with_media(|media| media.unhear(listener, source));
    }

    fn report_digits(&mut self, leg: media::LegId, enabled: bool) {
        self.with_media(|media| media.report_digits(leg, enabled));
    }

    fn send_digits(&mut self, leg: media::LegId, digits: &str) {
        self.with_media(|media| media.send_digits(leg, digits));
    }

    fn close_media(&mut self, leg: media::LegId, call: CallId) {
        self.shared.media_board.forget(MediaKey::Leg(leg));
        let logs = self.shared.logs.clone();
        let session = self.owner.session;
        let told = StatsSink::new(move |stats| {
            if let Some(line) = audio::line(call, &stats) {
                let now = jiff::Timestamp::now();
                logs.write(session, format!("{now:.3} event  {line}\n"));
            }
        });
        self.with_media(|media| media.close_leg_and_tell(leg, told));
    }

    fn create_player(&mut self, tune: Arc<Tune>, looped: bool, paused: bool) -> media::PlayerId {
        let Some(media) = self.shared.media.get() else {
            return media::PlayerId(0);
        };
        let player = media.create_player(self.owner.session, tune, looped, paused);
        self.note_media(MediaKey::Player(player));
        player
    }

    fn pause_player(&mut self, player: media::PlayerId, paused: bool) {
        self.with_media(|media| media.pause_player(player, paused));
    }

    fn stop_player(&mut self, player: media::PlayerId) {
        self.shared.media_board.forget(MediaKey::Player(player));
        self.with_media(|media| media.stop_player(player));
    }

    fn fetch_tune(&mut self, player: PlayerId, url: String) {
        let tunes = self.shared.tunes.clone();
        let mail = self.mail.clone();
        let session = self.owner.session;
        self.shared.runtime.spawn(async move {
            let tune = tunes.get(&url).await;
            let _ = mail.send(Mail::Tune {
                session,
                player,
                tune,
            });
        });
    }

    fn speak(&mut self, player: PlayerId, saying: Saying) -> Vec<&'static str> {
        let speech = self.shared.speech.clone();
        let unheeded = speech.unheeded(saying.manner);
        let mail = self.mail.clone();
        let session = self.owner.session;
        self.shared.runtime.spawn(async move {
            let tune = speech.say(&saying).await;
            let _ = mail.send(Mail::Tune {
                session,
                player,
                tune,
            });
        });
        unheeded
    }

    fn fetch_request(&mut self, player: PlayerId, spec: scenario::host::HttpSpec) {
        let tunes = self.shared.tunes.clone();
        let mail = self.mail.clone();
        let session = self.owner.session;
        self.shared.runtime.spawn(async move {
            let tune = tunes.request(spec).await;
            let _ = mail.send(Mail::Tune {
                session,
                player,
                tune,
            });
        });
    }
}
