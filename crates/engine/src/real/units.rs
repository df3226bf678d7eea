//! Mixers, feeds and streams on the running media threads.

use super::Real;
use crate::control::Running;
use crate::outside::Units;
use crate::shared::MediaKey;
use jiff::Timestamp;
use media::{FeedId, FrameSink, MixerId, RecorderId, Side, Source, StreamId};
use scenario::host::{RecorderSpec, UnitId};
use voice::Rate;

impl Units for Real<'_> {
    fn report_tone_digits(&mut self, leg: media::LegId, enabled: bool) {
        self.with_media(|media| media.report_tone_digits(leg, enabled));
    }

    fn report_stats(&mut self, leg: media::LegId, every_s: Option<u32>) {
        self.with_media(|media| media.report_stats(leg, every_s));
    }

    fn create_mixer(&mut self, rate: Rate) -> MixerId {
        match self.shared.media.get() {
            Some(media) => media.create_mixer(self.owner.session, rate),
            None => MixerId(0),
        }
    }

    fn join_mixer(&mut self, mixer: MixerId, member: Source) {
        self.with_media(|media| media.join_mixer(mixer, member));
    }

    fn leave_mixer(&mut self, mixer: MixerId, member: Source) {
        self.with_media(|media| media.leave_mixer(mixer, member));
    }

    fn close_mixer(&mut self, mixer: MixerId) {
        self.with_media(|media| media.close_mixer(mixer));
    }

    fn create_recorder(
        &mut self,
        recorder: UnitId,
        spec: &RecorderSpec,
        of: Option<media::LegId>,
    ) -> Result<Running, String> {
        let (media, base) = (self.shared.media.get(), self.shared.public_url.get());
        let (Some(media), Some(base)) = (media, base) else {
            return Err("the media threads are not running".into());
        };
        let session = self.owner.session;
        let recordings = &self.shared.recordings;
        let place = recordings.place(Timestamp::now(), session, recorder, spec);
        let spec = media::RecorderSpec {
            path: place.path,
            rate: if spec.hd { Rate::Wide } else { Rate::Narrow },
            stereo: spec.stereo,
            of,
        };
        let id = media.create_recorder(session, spec);
        self.note_media(MediaKey::Recorder(id));
        let url = format!("{base}{}", place.url_path);
        Ok(Running { id, url })
    }

    fn record(&mut self, recorder: RecorderId, source: Source) {
        self.with_media(|media| media.record(recorder, Side::Left, source));
    }

    fn unrecord(&mut self, recorder: RecorderId, source: Source) {
        self.with_media(|media| media.unrecord(recorder, Side::Left, source));
    }

    fn mute_recorder(&mut self, recorder: RecorderId, muted: bool) {
        self.with_media(|media| media.mute_recorder(recorder, muted));
    }

    fn stop_recorder(&mut self, recorder: RecorderId) {
        self.with_media(|media| media.stop_recorder(recorder));
    }

    fn forget_recorder(&mut self, recorder: RecorderId) {
        self.shared.media_board.forget(MediaKey::Recorder(recorder));
    }

    fn create_feed(&mut self, rate: Rate) -> FeedId {
        match self.shared.media.get() {
            Some(media) => media.create_feed(self.owner.session, rate),
            None => FeedId(0),
        }
    }

    fn close_feed(&mut self, feed: FeedId) {
        self.with_media(|media| media.close_feed(feed));
    }

    fn create_stream(&mut self, rate: Rate, sink: FrameSink) -> StreamId {
        match self.shared.media.get() {
            Some(media) => media.create_stream(self.owner.session, rate, sink),
            None => StreamId(0),
        }
    }

    fn stream(&mut self, stream: StreamId, source: Source) {
        self.with_media(|media| media.stream(stream, source));
    }

    fn unstream(&mut self, stream: StreamId, source: Source) {
        self.with_media(|media| media.unstream(stream, source));
    }

    fn close_stream(&mut self, stream: StreamId) {
        self.with_media(|media| media.close_stream(stream));
    }
}
