//! The legs and players of one thread, and who hears whom.

mod feeds;
mod mixing;
mod recorders;
mod streams;
mod taps;

pub(crate) use taps::LegTap;

use crate::command::{CreatePlayer, OpenLeg};
use crate::graph::feeds::FeedNode;
use crate::graph::mixing::MixerNode;
use crate::graph::recorders::RecorderNode;
use crate::graph::streams::StreamNode;
use crate::graph::taps::Tap;
use crate::leg::{Arrival, Content, Hears, Leg, LegIndex, PlayerIndex, plain};
use crate::outgoing::Outgoing;
use crate::player::{FRAME_BYTES, Player};
use crate::recording::Order;
use crate::schedule::{TICK_SAMPLES, Tick};
use crate::slots::Slots;
use crate::{
    DigitHow, EventSink, FeedId, LegId, LegParams, LegStats, MediaEvent, MixerId, PlayerId,
    RTP_STOPPED_S, RecorderId, Source, StreamId,
};
use crossbeam_channel::Sender;
use std::net::SocketAddr;
use voice::dtmf::SendStep;
use voice::g711;
use voice::rtcp;
use voice::rtp::{self, HEADER_BYTES, Header, PACKET_BYTES_MAX};
use voice::source_lock::Verdict;
use voice::{Codec, Law, Rate};

/// Samples of the thread's clock in a second.
const SAMPLES_PER_S: u32 = 8_000;

/// A packet with a header of ours and one frame.
const FRAME_PACKET_BYTES: usize = HEADER_BYTES + FRAME_BYTES;

/// A player and who hears it.
struct PlayerNode {
    id: PlayerId,
    group: u64,
    player: Player,
    listeners: Vec<LegIndex>,
    /// The samples of this tick, while a mixer, a recorder or a stream needs them.
    tap: Option<Box<Tap>>,
}

/// What was left when a graph was cleared.
pub(crate) struct Rest {
    pub(crate) legs: Vec<Leg>,
    pub(crate) players: usize,
    pub(crate) mixers: usize,
    pub(crate) recorders: usize,
    pub(crate) feeds: usize,
    pub(crate) streams: usize,
}

/// Everything that one media thread owns.
pub(crate) struct Graph {
    legs: Slots<LegId, Leg>,
    players: Slots<PlayerId, PlayerNode>,
    mixers: Slots<MixerId, MixerNode>,
    recorders: Slots<RecorderId, RecorderNode>,
    feeds: Slots<FeedId, FeedNode>,
    streams: Slots<StreamId, StreamNode>,
    /// The thread that writes recordings.
    writer: Sender<Order>,
    /// Legs that are decoded for mixers, recorders or streams.
    tapped: Vec<LegIndex>,
    /// Legs with digits of ours under way.
    sending_digits: Vec<LegIndex>,
    sink: EventSink,
    packet: [u8; PACKET_BYTES_MAX],
}

/// What is needed to send one relayed packet.
struct Relayed<'a> {
    header: Header,
    content: Content,
    payload: &'a [u8],
    now: u32,
}

impl Graph {
    pub(crate) fn new(sink: EventSink, writer: Sender<Order>) -> Self {
        Self {
            legs: Slots::default(),
            players: Slots::default(),
            mixers: Slots::default(),
            recorders: Slots::default(),
            feeds: Slots::default(),
            streams: Slots::default(),
            writer,
            tapped: Vec::new(),
            sending_digits: Vec::new(),
            sink,
            packet: [0; PACKET_BYTES_MAX],
        }
    }

    /// Whether anything here needs ticks.
    pub(crate) fn needs_ticks(&self) -> bool {
        !self.players.is_empty()
            || !self.sending_digits.is_empty()
            || !self.mixers.is_empty()
            || !self.recorders.is_empty()
            || !self.feeds.is_empty()
            || !self.streams.is_empty()
    }

    pub(crate) fn open_leg(&mut self, open: OpenLeg) -> LegIndex {
        let outgoing = Outgoing::new(open.seed);
        let leg = Leg::new(open.leg, open.group, (open.socket, open.port), outgoing);
        self.legs.insert(open.leg, leg)
    }

    pub(crate) fn leg_mut(&mut self, index: LegIndex) -> Option<&mut Leg> {
        self.legs.get_mut(index)
    }

    /// Takes what was agreed on; returns the leg's place if it has a new socket for RTCP.
    pub(crate) fn configure(
        &mut self,
        id: LegId,
        params: LegParams,
        now: rtcp::Instant,
    ) -> Option<LegIndex> {
        let Some(leg) = self.legs.by_id_mut(id) else {
            tracing::debug!(leg = ?id, "configure: no such leg");
            return None;
        };
        let path = params.rtcp;
        leg.configure(params);
        leg.configure_rtcp(path, now)
            .then(|| self.legs.index_of(id))?
    }

    /// Removes a leg; whoever heard it hears silence.
    pub(crate) fn close_leg(&mut self, id: LegId) -> Option<Leg> {
        let index = self.legs.index_of(id)?;
        self.set_hears(index, Hears::Silence);
        self.leave_everywhere(Hears::Leg(index));
        let leg = self.legs.remove(id)?;
        for listener in &leg.listeners {
            self.silence(*listener);
        }
        self.sending_digits.retain(|i| *i != index);
        Some(leg)
    }

    pub(crate) fn hear(&mut self, listener: LegId, source: Source) {
        let Some(index) = self.legs.index_of(listener) else {
            tracing::debug!(?listener, "hear: no such leg");
            return;
        };
        let hears = self.resolve(index, source);
        self.set_hears(index, hears);
    }

    pub(crate) fn unhear(&mut self, listener: LegId, source: Source) {
        let Some(index) = self.legs.index_of(listener) else {
            return;
        };
        let hears = self.resolve(index, source);
        if self.legs.get(index).is_some_and(|leg| leg.hears == hears) {
            self.set_hears(index, Hears::Silence);
        }
    }

    pub(crate) fn report_digits(&mut self, leg: LegId, enabled: bool) {
        if let Some(leg) = self.legs.by_id_mut(leg) {
            leg.report_digits = enabled;
        }
    }

    pub(crate) fn report_tone_digits(&mut self, leg: LegId, enabled: bool) {
        if let Some(leg) = self.legs.by_id_mut(leg) {
            leg.tone_digits = enabled.then(Box::default);
        }
    }

    pub(crate) fn send_digits(&mut self, id: LegId, digits: &str) {
        let Some(index) = self.legs.index_of(id) else {
            return;
        };
        let Some(leg) = self.legs.get_mut(index) else {
            return;
        };
        let refused = leg.digits_out.queue(digits);
        if refused > 0 {
            tracing::warn!(leg = ?id, refused, "digits not sent: unknown or too many");
        }
        if !leg.digits_out.is_idle() && !self.sending_digits.contains(&index) {
            self.sending_digits.push(index);
        }
    }

    pub(crate) fn create_player(&mut self, create: CreatePlayer) {
        let node = PlayerNode {
            id: create.player,
            group: create.group,
            player: Player::new(create.tune, create.looped, create.paused),
            listeners: Vec::new(),
            tap: None,
        };
        self.players.insert(create.player, node);
    }

    pub(crate) fn pause_player(&mut self, player: PlayerId, paused: bool) {
        let Some(node) = self.players.by_id_mut(player) else {
            return;
        };
        node.player.pause(paused);
        for listener in &node.listeners {
            if let Some(leg) = self.legs.get_mut(*listener) {
                leg.outgoing.pause();
            }
        }
    }

    /// Removes a player; true if it was there.
    pub(crate) fn stop_player(&mut self, player: PlayerId) -> bool {
        let Some(index) = self.players.index_of(player) else {
            return false;
        };
        self.leave_everywhere(Hears::Player(index));
        let Some(node) = self.players.remove(player) else {
            return false;
        };
        for listener in node.listeners {
            self.silence(listener);
        }
        true
    }

    pub(crate) fn stats(&self, leg: LegId) -> Option<LegStats> {
        self.legs.by_id(leg).map(Leg::stats)
    }

    pub(crate) fn report_stats(&mut self, leg: LegId, every_s: Option<u32>) {
        if let Some(leg) = self.legs.by_id_mut(leg) {
            leg.report_stats = every_s.map(|every_s| (every_s, every_s));
        }
    }

    /// Whether [`Graph::watch`] has anything to look at.
    pub(crate) fn needs_watch(&self) -> bool {
        !self.legs.is_empty()
    }

    /// Tells of legs from which nothing comes any more, and the statistics that are
    /// due. `now` is in samples of the thread's clock; call it once a second.
    pub(crate) fn watch(&mut self, now: u32) {
        for index in 0..self.legs.capacity() {
            let Some(leg) = self.legs.get_mut(index) else {
                continue;
            };
            if leg.stats_are_due() {
                let (leg, stats) = (leg.id, leg.stats());
                (self.sink)(MediaEvent::Statistics { leg, stats });
            }
            if let Arrival::Flowing { last } = leg.arrival
                && now.wrapping_sub(last) >= RTP_STOPPED_S * SAMPLES_PER_S
            {
                leg.arrival = Arrival::Stopped;
                (self.sink)(MediaEvent::RtpStopped { leg: leg.id });
            }
        }
    }

    /// Sends the RTCP packets that are due.
    pub(crate) fn speak_rtcp(&mut self, now: rtcp::Instant, samples: u32) {
        for index in 0..self.legs.capacity() {
            if let Some(leg) = self.legs.get_mut(index) {
                leg.speak_rtcp(now, samples);
            }
        }
    }

    /// Takes an RTCP packet that came to a leg, where RTP comes if `shared`.
    pub(crate) fn receive_rtcp(
        &mut self,
        index: LegIndex,
        packet: &[u8],
        (from, shared): (SocketAddr, bool),
        now: rtcp::Instant,
    ) {
        if let Some(leg) = self.legs.get_mut(index)
            && !leg.hear_rtcp(packet, from, shared, now)
        {
            leg.stats.dropped_other += 1;
        }
    }

    /// Removes everything.
    pub(crate) fn clear(&mut self) -> Rest {
        self.sending_digits.clear();
        self.tapped.clear();
        Rest {
            recorders: self.finish_recorders(),
            legs: self.legs.drain(),
            players: self.players.drain().len(),
            mixers: self.mixers.drain().len(),
            feeds: self.feeds.drain().len(),
            streams: self.streams.drain().len(),
        }
    }

    /// The place of what `listener` is to hear; silence for what is not there.
    fn resolve(&self, listener: LegIndex, source: Source) -> Hears {
        let Some(leg) = self.legs.get(listener) else {
            return Hears::Silence;
        };
        match self.find(leg.group, source) {
            Hears::Leg(index) if index == listener => Hears::Silence,
            found => found,
        }
    }

    /// The source's place; silence for one that is not there or of another group.
    fn find(&self, group: u64, source: Source) -> Hears {
        let found = match source {
            Source::Silence => return Hears::Silence,
            Source::Leg(id) => self.legs.index_of(id).and_then(|index| {
                let of = self.legs.get(index)?.group;
                Some((of, Hears::Leg(index)))
            }),
            Source::Player(id) => self.players.index_of(id).and_then(|index| {
                let of = self.players.get(index)?.group;
                Some((of, Hears::Player(index)))
            }),
            Source::Mixer(id) => self.mixers.index_of(id).and_then(|index| {
                let of = self.mixers.get(index)?.group;
                Some((of, Hears::Mixer(index)))
            }),
            Source::Feed(id) => self.feeds.index_of(id).and_then(|index| {
                let of = self.feeds.get(index)?.group;
                Some((of, Hears::Feed(index)))
            }),
        };
        match found {
            Some((of, hears)) if of == group => hears,
            Some(_) | None => {
                tracing::debug!(?source, "no such source in the group");
                Hears::Silence
            }
        }
    }

    fn listeners_of(&mut self, hears: Hears) -> Option<&mut Vec<LegIndex>> {
        match hears {
            Hears::Silence => None,
            Hears::Leg(index) => self.legs.get_mut(index).map(|leg| &mut leg.listeners),
            Hears::Player(index) => self.players.get_mut(index).map(|n| &mut n.listeners),
            Hears::Mixer(index) => self.mixers.get_mut(index).map(|n| &mut n.listeners),
            Hears::Feed(index) => self.feeds.get_mut(index).map(|n| &mut n.listeners),
        }
    }

    fn set_hears(&mut self, listener: LegIndex, hears: Hears) {
        let Some(leg) = self.legs.get_mut(listener) else {
            return;
        };
        let before = std::mem::replace(&mut leg.hears, hears);
        if before == hears {
            return;
        }
        leg.outgoing.pause();
        if let Some(encoding) = &mut leg.encoding {
            encoding.forget_source();
        }
        if let Some(listeners) = self.listeners_of(before) {
            listeners.retain(|l| *l != listener);
        }
        if let Some(listeners) = self.listeners_of(hears) {
            listeners.push(listener);
        }
    }

    /// The source of `listener` is gone.
    fn silence(&mut self, listener: LegIndex) {
        if let Some(leg) = self.legs.get_mut(listener) {
            leg.hears = Hears::Silence;
            leg.outgoing.pause();
        }
    }

    /// Takes a packet that came to a leg. `now` is in samples of the thread's clock.
    pub(crate) fn receive(&mut self, index: LegIndex, packet: &[u8], from: SocketAddr, now: u32) {
        let Some(leg) = self.legs.get_mut(index) else {
            return;
        };
        let Some(agreement) = &mut leg.agreement else {
            leg.stats.dropped_source += 1;
            return;
        };
        let Ok((header, payload)) = rtp::parse(packet) else {
            leg.stats.dropped_other += 1;
            return;
        };
        match agreement
            .lock
            .judge(plain(from), header.ssrc, header.sequence)
        {
            Verdict::Accept => {}
            Verdict::Latch(proven) => {
                tracing::debug!(leg = ?leg.id, %proven, "the far end is behind a NAT");
            }
            Verdict::Drop => {
                leg.stats.dropped_source += 1;
                return;
            }
        }
        let content = agreement.content(header.payload_type);
        let proven = agreement.lock.proven();
        leg.stats.packets_in += 1;
        leg.stats.bytes_in += payload.len() as u64;
        if let Some(proven) = proven {
            leg.tie(proven);
        }
        leg.reception
            .receive(&header, now, matches!(content, Content::Audio(_)));
        match std::mem::replace(&mut leg.arrival, Arrival::Flowing { last: now }) {
            Arrival::Nothing => (self.sink)(MediaEvent::FirstPacket { leg: leg.id }),
            Arrival::Stopped => (self.sink)(MediaEvent::RtpResumed { leg: leg.id }),
            Arrival::Flowing { .. } => {}
        }
        match content {
            Content::Audio(codec) => hear_audio(leg, codec, &header, payload, &self.sink),
            Content::Digit => hear_event(leg, &header, payload, &self.sink),
            Content::Unknown => {
                leg.stats.dropped_other += 1;
                return;
            }
        }
        let relayed = Relayed {
            header,
            content,
            payload,
            now,
        };
        for place in 0..leg.listeners.len() {
            let listener = self.legs.get(index).and_then(|l| l.listeners.get(place));
            if let Some(listener) = listener.copied() {
                self.relay(listener, &relayed);
            }
        }
    }

    fn relay(&mut self, listener: LegIndex, relayed: &Relayed<'_>) {
        let Some(leg) = self.legs.get_mut(listener) else {
            return;
        };
        if leg.sending_digit {
            return;
        }
        let Some(agreement) = leg.may_send() else {
            return;
        };
        let target = agreement.lock.accepted();
        let payload_type = match relayed.content {
            Content::Audio(_) => Some(agreement.params.payload_type),
            Content::Digit => agreement.params.dtmf_payload_type,
            Content::Unknown => None,
        };
        let to_codec = agreement.params.codec;
        let Some(payload_type) = payload_type else {
            leg.outgoing.leave_out(&relayed.header);
            return;
        };
        let length = HEADER_BYTES + relayed.payload.len();
        let Some(packet) = self.packet.get_mut(..length) else {
            leg.stats.dropped_other += 1;
            return;
        };
        let Some(header) = leg
            .outgoing
            .relay(&relayed.header, relayed.now, payload_type)
        else {
            return;
        };
        let (_, body) = packet.split_at_mut(HEADER_BYTES);
        body.copy_from_slice(relayed.payload);
        if let Content::Audio(from_codec) = relayed.content
            && from_codec != to_codec
        {
            match (from_codec.law(), to_codec.law()) {
                (Some(from), Some(to)) => g711::transcode(from, to, body),
                (_, None) | (None, _) => {
                    let encoding = leg.encoding.get_or_insert_default();
                    encoding.transcode(from_codec, to_codec, body);
                }
            }
        }
        leg.send(header, packet, target);
    }

    /// Runs one tick: digits of ours, then a frame to every listener of every
    /// running player, feed and mixer, and to the streams and recordings. Returns how many
    /// recorders are done and gone.
    pub(crate) fn tick(&mut self, tick: Tick) -> usize {
        let now = (tick.index as u32).wrapping_mul(TICK_SAMPLES);
        self.tick_digits(now);
        self.tick_taps(tick);
        for index in 0..self.players.capacity() {
            self.tick_player(index, tick, now);
        }
        for index in 0..self.feeds.capacity() {
            self.tick_feed(index, tick, now);
        }
        for index in 0..self.mixers.capacity() {
            self.tick_mixer(index, now);
        }
        for index in 0..self.streams.capacity() {
            self.tick_stream(index, tick);
        }
        self.tick_recorders(tick)
    }

    fn tick_digits(&mut self, now: u32) {
        let mut place = 0;
        while let Some(index) = self.sending_digits.get(place).copied() {
            if self
                .legs
                .get_mut(index)
                .is_some_and(|leg| tick_digit(leg, now))
            {
                place += 1;
            } else {
                self.sending_digits.swap_remove(place);
            }
        }
    }

    fn tick_player(&mut self, index: PlayerIndex, tick: Tick, now: u32) {
        let Some(node) = self.players.get_mut(index) else {
            return;
        };
        if !node.player.is_running() {
            if let Some(tap) = &mut node.tap {
                tap.silence();
            }
            return;
        }
        let mut ended = node.player.skip(tick.skipped);
        if let Some(tap) = &mut node.tap {
            tap.fill(|frame| {
                node.player.read_samples(frame);
                !ended
            });
        }
        if !ended {
            let mut frames = Frames::default();
            for listener in &node.listeners {
                if let Some(leg) = self.legs.get_mut(*listener) {
                    frames.send(leg, now, |wanted| match wanted {
                        Wanted::Bytes(law, frame) => node.player.read(law, frame),
                        Wanted::Wide(samples) => node.player.read_wide(samples),
                    });
                }
            }
            ended = node.player.advance();
        }
        if ended {
            for listener in &node.listeners {
                if let Some(leg) = self.legs.get_mut(*listener) {
                    leg.outgoing.pause();
                }
            }
            (self.sink)(MediaEvent::PlayerFinished { player: node.id });
        }
    }
}

/// Tells of a press that came as a telephone event.
fn hear_event(leg: &mut Leg, header: &Header, payload: &[u8], sink: &EventSink) {
    leg.sends_events = true;
    if !leg.report_digits {
        return;
    }
    let (marker, timestamp) = (header.marker, header.timestamp);
    let pressed = leg
        .digits_in
        .receive(header.ssrc, marker, timestamp, payload);
    if let Some(digit) = pressed {
        sink(MediaEvent::Digit {
            leg: leg.id,
            digit,
            how: DigitHow::TelephoneEvent,
        });
    }
}

/// Decodes audio for those who need more than to pass it on: mixers, recorders
/// and the digit receiver.
fn hear_audio(leg: &mut Leg, codec: Codec, header: &Header, payload: &[u8], sink: &EventSink) {
    let tones = leg.tone_digits.as_mut().filter(|_| !leg.sends_events);
    let tap_rate = leg.tap.as_ref().map(|tap| tap.tap.native());
    if tones.is_none() && tap_rate.is_none() {
        return;
    }
    let mut told = |digit| {
        let how = DigitHow::InBand;
        let leg = leg.id;
        sink(MediaEvent::Digit { leg, digit, how });
    };
    if let Some(law) = codec.law()
        && tap_rate != Some(Rate::Wide)
    {
        let mut buffer = [0; PACKET_BYTES_MAX];
        let samples = g711::decode_to(law, payload, &mut buffer);
        if let Some(tap) = &mut leg.tap {
            tap.jitter.push(header.ssrc, header.timestamp, samples);
        }
        if let Some(tones) = tones {
            tones.receive(samples, &mut told);
        }
        return;
    }
    let decoding = leg.decoding.get_or_insert_default();
    decoding.take(codec, payload);
    if let (Some(tap), Some(rate)) = (&mut leg.tap, tap_rate) {
        let samples = decoding.samples(rate);
        tap.jitter.push(header.ssrc, header.timestamp, samples);
    }
    if let Some(tones) = tones {
        tones.receive(decoding.samples(Rate::Narrow), &mut told);
    }
}

/// Samples of a frame of 20 ms at 16 kHz.
const WIDE_FRAME_SAMPLES: usize = FRAME_BYTES * 2;

/// The form in which the frame of a source is needed.
enum Wanted<'a> {
    /// Bytes of G.711.
    Bytes(Law, &'a mut [u8; FRAME_BYTES]),
    /// Samples at 16 kHz, which every leg encodes for itself: G.722 has a state.
    Wide(&'a mut [i16; WIDE_FRAME_SAMPLES]),
}

/// The frame of one source in this tick, made once per form for all its listeners.
#[derive(Default)]
struct Frames {
    pcmu: Option<[u8; FRAME_PACKET_BYTES]>,
    pcma: Option<[u8; FRAME_PACKET_BYTES]>,
    wide: Option<[i16; WIDE_FRAME_SAMPLES]>,
}

impl Frames {
    fn send(&mut self, leg: &mut Leg, now: u32, read: impl FnOnce(Wanted<'_>)) {
        let Some((codec, payload_type, target)) = takes_frames(leg) else {
            return;
        };
        let (law, slot) = match codec {
            Codec::Pcmu => (Law::Mu, &mut self.pcmu),
            Codec::Pcma => (Law::A, &mut self.pcma),
            Codec::G722 => {
                let samples = self.wide.get_or_insert_with(|| {
                    let mut samples = [0; WIDE_FRAME_SAMPLES];
                    read(Wanted::Wide(&mut samples));
                    samples
                });
                return send_wide(leg, now, samples, payload_type, target);
            }
        };
        let packet = slot.get_or_insert_with(|| {
            let mut packet = [0; FRAME_PACKET_BYTES];
            if let Some(frame) = packet.last_chunk_mut() {
                read(Wanted::Bytes(law, frame));
            }
            packet
        });
        let header = leg.outgoing.frame(now, payload_type);
        leg.send(header, packet, target);
    }
}

/// Sends a frame of samples at 16 kHz to a leg of G.722.
fn send_wide(
    leg: &mut Leg,
    now: u32,
    samples: &[i16; WIDE_FRAME_SAMPLES],
    payload_type: u8,
    target: SocketAddr,
) {
    let mut packet = [0; FRAME_PACKET_BYTES];
    let (_, body) = packet.split_at_mut(HEADER_BYTES);
    let encoding = leg.encoding.get_or_insert_default();
    encoding.encode_wide(samples, body);
    let header = leg.outgoing.frame(now, payload_type);
    leg.send(header, &mut packet, target);
}

/// Whether one of these legs hears at 16 kHz.
fn any_is_wide(legs: &Slots<LegId, Leg>, listeners: &[LegIndex]) -> bool {
    let wide = |at: &LegIndex| legs.get(*at).is_some_and(|leg| leg.rate() == Rate::Wide);
    listeners.iter().any(wide)
}

/// Sends samples at the rate of the leg.
fn give(samples: &[i16], wanted: Wanted<'_>) {
    match wanted {
        Wanted::Bytes(law, frame) => g711::encode_to(law, samples, frame),
        Wanted::Wide(frame) => {
            for (to, from) in frame.iter_mut().zip(samples) {
                *to = *from;
            }
        }
    }
}

/// Codec, payload type and target of a leg that takes frames of ours now.
fn takes_frames(leg: &Leg) -> Option<(Codec, u8, SocketAddr)> {
    let agreement = leg.may_send().filter(|_| !leg.sending_digit)?;
    let params = &agreement.params;
    Some((params.codec, params.payload_type, agreement.lock.accepted()))
}

/// Sends what this leg's digits need in this tick; false when all are sent.
fn tick_digit(leg: &mut Leg, now: u32) -> bool {
    let payload_type = leg
        .may_send()
        .and_then(|a| Some((a.params.dtmf_payload_type?, a.lock.accepted())));
    let start = leg.outgoing.event_start(now);
    let step = leg.digits_out.tick(start);
    leg.sending_digit = matches!(step, SendStep::Packet { .. });
    match step {
        SendStep::Idle => return false,
        SendStep::Gap => {}
        SendStep::Packet {
            marker,
            timestamp,
            payload,
        } => {
            // Without an agreed payload type the digits pass in silence: the
            // far end could not understand them.
            if let Some((payload_type, target)) = payload_type {
                let header = leg.outgoing.event(marker, timestamp, payload_type);
                let mut packet = [0; HEADER_BYTES + 4];
                if let Some(body) = packet.last_chunk_mut() {
                    *body = payload;
                }
                leg.send(header, &mut packet, target);
            }
        }
    }
    true
}
