//! Who hears whom. A call hears exactly one source, the last one wins; a
//! conference and a recorder hear all of theirs (voxengine.md §5.1). A source or a
//! sink that has no media yet is joined when it has.

use super::links::Joined;
use super::{Control, Player, Told};
use crate::outside::Outside;
use crate::speech::Saying;
use scenario::host::{CallId, Input, PlayerId, PlayerSource, Unit};
use std::sync::Arc;
use voice::Tune;

/// What a unit is for the media threads, apart from calls and players.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Attached {
    /// How it is heard.
    pub(crate) source: Option<media::Source>,
    /// How it hears.
    pub(crate) sink: Option<Sink>,
}

/// Something that hears.
#[allow(
    dead_code,
    reason = "for conferences, WebSockets and recognisers to come"
)]
#[derive(Clone, Copy, Debug)]
pub(crate) enum Sink {
    Leg(media::LegId),
    Mixer(media::MixerId),
    Stream(media::StreamId),
    Recorder(media::RecorderId),
}

impl Control {
    pub(super) fn send_media(&mut self, from: Unit, to: Unit, out: &mut dyn Outside) -> Told {
        if !to.listens() {
            return Told::log(format!(
                "{to} cannot hear anything: {from} is not sent to it"
            ));
        }
        if !from.sounds() {
            return Told::log(format!("{from} says nothing: it is not sent to {to}"));
        }
        if let Some(told) = self.conference_is_full(from, to) {
            return told;
        }
        if self.links.join(from, to) == Joined::Full {
            return Told::log(format!("too many joins: {from} is not sent to {to}"));
        }
        self.connect(from, to, out);
        match to {
            Unit::Asr(asr) => self.listen(asr),
            _ => Told::default(),
        }
    }

    pub(super) fn stop_media(&mut self, from: Unit, to: Unit, out: &mut dyn Outside) -> Told {
        if self.links.part(from, to)
            && let (Some(source), Some(sink)) = (self.source_of(from), self.sink_of(to))
        {
            match sink {
                Sink::Leg(leg) => out.unhear(leg, source),
                Sink::Mixer(mixer) => out.leave_mixer(mixer, source),
                Sink::Stream(stream) => out.unstream(stream, source),
                Sink::Recorder(recorder) => out.unrecord(recorder, source),
            }
        }
        Told::default()
    }

    /// A unit has its media now: it hears what it was given, and those who were
    /// to hear it do.
    pub(crate) fn attach(&mut self, unit: Unit, attached: Attached, out: &mut dyn Outside) {
        self.attached.insert(unit, attached);
        self.connect_all(unit, out);
    }

    /// A unit is gone. What it was for the media threads is given back, for its
    /// owner to close; its listeners hear silence then.
    pub(crate) fn detach(&mut self, unit: Unit) -> Option<Attached> {
        self.links.forget(unit);
        self.attached.remove(&unit)
    }

    /// The session is over: closes what its units were for the media threads.
    pub(super) fn close_attached(&mut self, out: &mut dyn Outside) {
        for (_, Attached { source, sink }) in std::mem::take(&mut self.attached) {
            match (source, sink) {
                // A mixer is both.
                (_, Some(Sink::Mixer(mixer))) => out.close_mixer(mixer),
                (_, Some(Sink::Stream(stream))) => out.close_stream(stream),
                (_, Some(Sink::Leg(_) | Sink::Recorder(_)) | None) => {}
            }
            if let Some(media::Source::Feed(feed)) = source {
                out.close_feed(feed);
            }
        }
    }

    /// Tells the media threads what `unit` hears and who hears it.
    fn connect_all(&mut self, unit: Unit, out: &mut dyn Outside) {
        for source in self.links.sources_of(unit) {
            self.connect(source, unit, out);
        }
        for sink in self.links.sinks_of(unit) {
            self.connect(unit, sink, out);
        }
    }

    /// Joins two units as far as their media is there. A source that is still
    /// being loaded silences the one before it, where only one is heard.
    fn connect(&self, from: Unit, to: Unit, out: &mut dyn Outside) {
        let Some(sink) = self.sink_of(to) else {
            return;
        };
        let source = self.source_of(from);
        match (sink, source) {
            (Sink::Leg(leg), source) => out.hear(leg, source.unwrap_or(media::Source::Silence)),
            (Sink::Stream(stream), source) => {
                out.stream(stream, source.unwrap_or(media::Source::Silence));
            }
            (Sink::Mixer(mixer), Some(source)) => out.join_mixer(mixer, source),
            (Sink::Recorder(recorder), Some(source)) => out.record(recorder, source),
            (Sink::Mixer(_) | Sink::Recorder(_), None) => {}
        }
    }

    fn source_of(&self, unit: Unit) -> Option<media::Source> {
        match unit {
            Unit::Call(call) => {
                let leg = self.legs.get(&call)?.media.as_ref()?;
                Some(media::Source::Leg(leg.id))
            }
            Unit::Player(player) => self.players.get(&player)?.media.map(media::Source::Player),
            Unit::Conference(_)
            | Unit::Recorder(_)
            | Unit::WebSocket(_)
            | Unit::Asr(_)
            | Unit::Amd(_) => self.attached.get(&unit)?.source,
        }
    }

    fn sink_of(&self, unit: Unit) -> Option<Sink> {
        match unit {
            Unit::Call(call) => {
                let leg = self.legs.get(&call)?.media.as_ref()?;
                Some(Sink::Leg(leg.id))
            }
            Unit::Player(_) => None,
            Unit::Conference(_)
            | Unit::Recorder(_)
            | Unit::WebSocket(_)
            | Unit::Asr(_)
            | Unit::Amd(_) => self.attached.get(&unit)?.sink,
        }
    }

    /// `in_band` listens for tones in the audio even if the far end agreed on
    /// telephone events: some gateways agree and do not send them.
    pub(super) fn handle_tones(
        &mut self,
        call: CallId,
        enabled: bool,
        in_band: bool,
        out: &mut dyn Outside,
    ) -> Told {
        if let Some(leg) = self.legs.get_mut(&call) {
            leg.wants_digits = enabled;
            leg.wants_tones = in_band;
            if let Some(media) = &leg.media {
                out.report_digits(media.id, enabled);
            }
            self.listen_for_tones(call, out);
        }
        Told::default()
    }

    /// Has the audio of a call listened to for digits when the scenario wants them
    /// and they cannot, or shall not only, come as telephone events.
    pub(super) fn listen_for_tones(&mut self, call: CallId, out: &mut dyn Outside) {
        let Some(leg) = self.legs.get_mut(&call) else {
            return;
        };
        let Some(media) = &leg.media else {
            return;
        };
        let no_events = media
            .agreed
            .as_ref()
            .is_some_and(|agreed| agreed.dtmf_payload_type.is_none());
        let wanted = leg.wants_digits && (leg.wants_tones || no_events);
        if wanted != leg.hears_tones {
            leg.hears_tones = wanted;
            out.report_tone_digits(media.id, wanted);
        }
    }

    pub(super) fn send_digits(
        &mut self,
        call: CallId,
        digits: &str,
        out: &mut dyn Outside,
    ) -> Told {
        match self.legs.get(&call).and_then(|leg| leg.media.as_ref()) {
            Some(media) => {
                out.send_digits(media.id, digits);
                Told::default()
            }
            None => Told::log(format!("call {call} has no audio to send digits in")),
        }
    }

    pub(super) fn create_player(
        &mut self,
        player: PlayerId,
        source: PlayerSource,
        looped: bool,
        paused: bool,
        out: &mut dyn Outside,
    ) -> Told {
        self.players.insert(
            player,
            Player {
                media: None,
                looped,
                paused,
            },
        );
        match source {
            PlayerSource::Url { url } => {
                out.fetch_tune(player, url);
                Told::default()
            }
            PlayerSource::Request { spec } => {
                out.fetch_request(player, spec);
                Told::default()
            }
            PlayerSource::Speech {
                text,
                voice,
                manner,
            } => {
                let saying = Saying {
                    text,
                    voice,
                    manner,
                };
                match out.speak(player, saying).join(", ") {
                    unheeded if unheeded.is_empty() => Told::default(),
                    unheeded => Told::log(format!(
                        "{unheeded} of ttsOptions has no effect: `speech.say_command` has no place for it"
                    )),
                }
            }
            PlayerSource::ToneScript { script } => {
                let tune = Tune::tone_script(&script).map(Arc::new);
                self.tune_ready(player, tune.map_err(|error| error.to_string()), out)
            }
        }
    }

    /// A player of audio that is here already.
    pub(crate) fn play_tune(&mut self, player: PlayerId, tune: Arc<Tune>, out: &mut dyn Outside) {
        let own = Player {
            media: None,
            looped: false,
            paused: false,
        };
        self.players.insert(player, own);
        self.tune_ready(player, Ok(tune), out);
    }

    /// The audio of a player is here, or cannot be had.
    pub(crate) fn tune_ready(
        &mut self,
        player: PlayerId,
        tune: Result<Arc<Tune>, String>,
        out: &mut dyn Outside,
    ) -> Told {
        let Some(own) = self.players.get_mut(&player) else {
            return Told::default();
        };
        match tune {
            Ok(tune) => {
                let duration_ms = tune.duration_ms();
                own.media = Some(out.create_player(tune, own.looped, own.paused));
                self.connect_all(Unit::Player(player), out);
                Told::one(Input::PlayerStarted {
                    player,
                    duration_ms,
                })
            }
            Err(error) => {
                self.players.remove(&player);
                Told::one(Input::PlayerFinished {
                    player,
                    error: Some(error),
                })
            }
        }
    }

    pub(super) fn pause_player(
        &mut self,
        player: PlayerId,
        paused: bool,
        out: &mut dyn Outside,
    ) -> Told {
        if let Some(own) = self.players.get_mut(&player) {
            own.paused = paused;
            if let Some(id) = own.media {
                out.pause_player(id, paused);
            }
        }
        Told::default()
    }

    pub(super) fn stop_player(&mut self, player: PlayerId, out: &mut dyn Outside) -> Told {
        if let Some(own) = self.players.remove(&player) {
            self.links.forget(Unit::Player(player));
            if let Some(id) = own.media {
                out.stop_player(id);
            }
        }
        Told::default()
    }

    /// A call has media now: it hears what it was told to, and those who were
    /// to hear it do.
    pub(super) fn media_opened(&mut self, call: CallId, out: &mut dyn Outside) {
        if let Some(leg) = self.legs.get(&call)
            && let Some(media) = &leg.media
            && leg.wants_digits
        {
            out.report_digits(media.id, true);
        }
        self.listen_for_tones(call, out);
        self.connect_all(Unit::Call(call), out);
        self.record_opened(call, out);
        self.ears_opened(call, out);
    }

    pub(super) fn close_media(&mut self, call: CallId, out: &mut dyn Outside) {
        self.record_closed(call, out);
        self.close_ears(call, out);
        if let Some(media) = self.legs.get_mut(&call).and_then(|leg| leg.media.take()) {
            out.close_media(media.id, call);
        }
        self.links.forget(Unit::Call(call));
    }
}
