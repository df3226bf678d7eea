//! Who hears whom. A call hears exactly one source, the last one wins
//! (voxengine.md §5.1); a source that has no media yet is joined when it has.

use super::{Control, Player, Told, unit_source};
use crate::outside::Outside;
use scenario::host::{CallId, Input, PlayerId, PlayerSource, Unit};
use std::sync::Arc;
use voice::Tune;

impl Control {
    pub(super) fn send_media(&mut self, from: Unit, to: Unit, out: &mut dyn Outside) -> Told {
        let Unit::Call(listener) = to else {
            return Told::log("a player cannot hear anything");
        };
        if let Some(leg) = self.legs.get_mut(&listener) {
            leg.hears = Some(from);
        }
        self.join(listener, out);
        Told::default()
    }

    pub(super) fn stop_media(&mut self, from: Unit, to: Unit, out: &mut dyn Outside) -> Told {
        let Unit::Call(listener) = to else {
            return Told::default();
        };
        let source = unit_source(from, self);
        if let Some(leg) = self.legs.get_mut(&listener)
            && leg.hears == Some(from)
        {
            leg.hears = None;
            if let (Some(media), Some(source)) = (&leg.media, source) {
                out.unhear(media.id, source);
            }
        }
        Told::default()
    }

    pub(super) fn handle_tones(
        &mut self,
        call: CallId,
        enabled: bool,
        out: &mut dyn Outside,
    ) -> Told {
        if let Some(leg) = self.legs.get_mut(&call) {
            leg.wants_digits = enabled;
            if let Some(media) = &leg.media {
                out.report_digits(media.id, enabled);
            }
        }
        Told::default()
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
            PlayerSource::ToneScript { script } => {
                let tune = Tune::tone_script(&script).map(Arc::new);
                self.tune_ready(player, tune.map_err(|error| error.to_string()), out)
            }
        }
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
                self.join_listeners(Unit::Player(player), out);
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
            for leg in self.legs.values_mut() {
                if leg.hears == Some(Unit::Player(player)) {
                    leg.hears = None;
                }
            }
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
        self.join(call, out);
        self.join_listeners(Unit::Call(call), out);
    }

    pub(super) fn close_media(&mut self, call: CallId, out: &mut dyn Outside) {
        if let Some(media) = self.legs.get_mut(&call).and_then(|leg| leg.media.take()) {
            out.close_media(media.id);
        }
        for leg in self.legs.values_mut() {
            if leg.hears == Some(Unit::Call(call)) {
                leg.hears = None;
            }
        }
    }

    fn join_listeners(&mut self, source: Unit, out: &mut dyn Outside) {
        let listeners: Vec<CallId> = self
            .legs
            .iter()
            .filter(|(_, leg)| leg.hears == Some(source))
            .map(|(call, _)| *call)
            .collect();
        for listener in listeners {
            self.join(listener, out);
        }
    }

    /// Tells the media half what a call hears, as far as both ends exist. A
    /// source that is still being loaded silences the one before it.
    fn join(&mut self, listener: CallId, out: &mut dyn Outside) {
        let Some(leg) = self.legs.get(&listener) else {
            return;
        };
        let (Some(media), Some(unit)) = (&leg.media, leg.hears) else {
            return;
        };
        let source = unit_source(unit, self).unwrap_or(media::Source::Silence);
        out.hear(media.id, source);
    }
}
