//! The audio streams of one WebSocket, told apart by tag. Time comes with each call.

use super::audio::{Decoder, Encoder, FEED_RATE};
use super::frames::{AudioMessage, Writer};
use super::pump::Sound;
use media::{FEED_S_MAX, FeedId};
use scenario::host::{AudioEncoding, SocketEvent, UnitId};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::Instant;

/// Audio is over when nothing has sounded for so long (`MEDIA_ENDED`).
const SILENCE: Duration = Duration::from_secs(1);
/// How far a sender may run ahead.
const AHEAD: Duration = Duration::from_secs(FEED_S_MAX as u64);
/// Samples at [`FEED_RATE`] kept for a stream that no unit listens to yet.
const WAITING_SAMPLES_MAX: usize = 16_000 * FEED_S_MAX as usize;
/// Tags of the far end that are kept apart; more are not heard.
const TAGS_MAX: usize = 8;

/// Audio to the far end.
#[derive(Debug)]
struct Outgoing {
    encoder: Encoder,
    writer: Writer,
}

/// Audio from the far end.
#[derive(Debug)]
struct Incoming {
    decoder: Decoder,
    encoding: AudioEncoding,
    /// What has come sounds until then.
    sounds_until: Instant,
    /// No more comes: it is over when it has sounded.
    stopped: bool,
    duration: Duration,
}

/// What a message of the far end leads to.
#[derive(Debug, Default)]
pub(super) struct Heard {
    pub(super) started: Option<SocketEvent>,
    pub(super) feed: Option<FeedId>,
    pub(super) samples: Vec<i16>,
}

#[derive(Debug, Default)]
pub(super) struct Streams {
    names: BTreeMap<Option<String>, (UnitId, FeedId)>,
    outgoing: BTreeMap<UnitId, Outgoing>,
    incoming: BTreeMap<Option<String>, Incoming>,
    /// What came before anybody named its tag.
    waiting: BTreeMap<Option<String>, Vec<i16>>,
    /// What the far end last said that it would send, by tag.
    formats: BTreeMap<Option<String>, (AudioEncoding, Option<String>)>,
}

impl Streams {
    /// The audio with `tag` belongs to `feed`; gives back what has come already.
    pub(super) fn name(&mut self, stream: UnitId, tag: Option<String>, feed: FeedId) -> Vec<i16> {
        let waiting = self.waiting.remove(&tag).unwrap_or_default();
        self.names.insert(tag, (stream, feed));
        waiting
    }

    /// Begins a stream to the far end: what to send. One that runs is ended first.
    pub(super) fn start(
        &mut self,
        stream: UnitId,
        encoding: AudioEncoding,
        custom_parameters: Option<&str>,
    ) -> Vec<String> {
        let mut texts: Vec<String> = self.stop(stream).into_iter().collect();
        let tag = self.tag_of(stream);
        match Encoder::new(encoding) {
            Ok(encoder) => {
                let mut writer = Writer::new(tag);
                texts.push(writer.start(encoding, custom_parameters));
                self.outgoing.insert(stream, Outgoing { encoder, writer });
            }
            Err(error) => tracing::error!(%error, "no audio to a WebSocket"),
        }
        texts
    }

    /// Ends a stream to the far end.
    pub(super) fn stop(&mut self, stream: UnitId) -> Option<String> {
        self.outgoing
            .remove(&stream)
            .map(|mut own| own.writer.stop())
    }

    pub(super) fn stop_all(&mut self) -> Vec<String> {
        let all = std::mem::take(&mut self.outgoing);
        all.into_values().map(|mut own| own.writer.stop()).collect()
    }

    /// A frame for the far end, if its stream runs.
    pub(super) fn sound(&mut self, sound: &Sound) -> Option<String> {
        let own = self.outgoing.get_mut(&sound.stream)?;
        match own.encoder.encode(&sound.samples) {
            Ok(bytes) => Some(own.writer.media(&bytes)),
            // The frame is of the encoding before: its stream was begun anew.
            Err(_) => None,
        }
    }

    pub(super) fn hear(&mut self, now: Instant, message: AudioMessage) -> Heard {
        match message {
            AudioMessage::Start {
                tag,
                encoding,
                custom_parameters,
            } => {
                if self.formats.len() < TAGS_MAX || self.formats.contains_key(&tag) {
                    self.formats
                        .insert(tag.clone(), (encoding, custom_parameters));
                    // What runs in the old encoding ends when it has sounded.
                    if let Some(own) = self.incoming.get_mut(&tag)
                        && own.encoding != encoding
                        && let Ok(decoder) = Decoder::new(encoding)
                    {
                        own.decoder = decoder;
                        own.encoding = encoding;
                    }
                }
                Heard::default()
            }
            AudioMessage::Media { tag, payload } => self.media(now, tag, &payload),
            AudioMessage::Stop { tag } => {
                if let Some(own) = self.incoming.get_mut(&tag) {
                    own.stopped = true;
                }
                Heard::default()
            }
        }
    }

    fn media(&mut self, now: Instant, tag: Option<String>, payload: &[u8]) -> Heard {
        let mut heard = Heard::default();
        if !self.incoming.contains_key(&tag) {
            if self.incoming.len() >= TAGS_MAX {
                return heard;
            }
            let (encoding, custom_parameters) = self.formats.get(&tag).cloned().unwrap_or_default();
            let Ok(decoder) = Decoder::new(encoding) else {
                return heard;
            };
            self.incoming.insert(
                tag.clone(),
                Incoming {
                    decoder,
                    encoding,
                    sounds_until: now,
                    stopped: false,
                    duration: Duration::ZERO,
                },
            );
            heard.started = Some(SocketEvent::MediaStarted {
                tag: tag.clone(),
                encoding,
                custom_parameters,
            });
        }
        let Some(own) = self.incoming.get_mut(&tag) else {
            return heard;
        };
        own.stopped = false;
        // A broken packet is a gap.
        let samples = own.decoder.decode(payload).unwrap_or_default();
        let length = Duration::from_secs_f64(samples.len() as f64 / f64::from(FEED_RATE.hz()));
        own.duration += length;
        own.sounds_until = (own.sounds_until.max(now) + length).min(now + AHEAD);
        // A tag that the scenario has not named is heard as the socket itself.
        let named = self.names.get(&tag).or_else(|| self.names.get(&None));
        match named {
            Some((_, feed)) => {
                heard.feed = Some(*feed);
                heard.samples = samples;
            }
            None => {
                let waiting = self.waiting.entry(tag).or_default();
                waiting.extend(samples);
                waiting.truncate(WAITING_SAMPLES_MAX);
            }
        }
        heard
    }

    /// Drops what has come and has not sounded; gives the feeds to clear.
    pub(super) fn clear(&mut self, now: Instant, stream: Option<UnitId>) -> Vec<FeedId> {
        let chosen: Vec<(Option<String>, FeedId)> = self
            .names
            .iter()
            .filter(|(_, (unit, _))| stream.is_none_or(|wanted| wanted == *unit))
            .map(|(tag, (_, feed))| (tag.clone(), *feed))
            .collect();
        for (tag, own) in &mut self.incoming {
            let named = chosen.iter().any(|(chosen, _)| chosen == tag);
            if named || stream.is_none() {
                own.sounds_until = own.sounds_until.min(now);
            }
        }
        if stream.is_none() {
            self.waiting.clear();
        }
        chosen.into_iter().map(|(_, feed)| feed).collect()
    }

    /// The streams that are over by now.
    pub(super) fn take_ended(&mut self, now: Instant) -> Vec<SocketEvent> {
        let over = |own: &Incoming| {
            let patience = if own.stopped { Duration::ZERO } else { SILENCE };
            own.sounds_until + patience <= now
        };
        let ended: Vec<Option<String>> = self
            .incoming
            .iter()
            .filter(|(_, own)| over(own))
            .map(|(tag, _)| tag.clone())
            .collect();
        let mut events = Vec::new();
        for tag in ended {
            if let Some(own) = self.incoming.remove(&tag) {
                events.push(SocketEvent::MediaEnded {
                    tag,
                    duration_ms: u64::try_from(own.duration.as_millis()).unwrap_or(u64::MAX),
                });
            }
        }
        events
    }

    fn tag_of(&self, stream: UnitId) -> Option<String> {
        let found = self.names.iter().find(|(_, (unit, _))| *unit == stream);
        found.and_then(|(tag, _)| tag.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FEED: FeedId = FeedId(7);

    fn media(bytes: usize) -> AudioMessage {
        AudioMessage::Media {
            tag: None,
            payload: vec![0; bytes],
        }
    }

    /// 20 ms of PCM8.
    const CHUNK: usize = 320;

    #[test]
    fn audio_starts_with_its_first_piece_and_ends_a_second_after_it_has_sounded() {
        let mut streams = Streams::default();
        streams.name(1, None, FEED);
        let t = Instant::now();
        let first = streams.hear(t, media(CHUNK));
        assert!(matches!(
            first.started,
            Some(SocketEvent::MediaStarted { .. })
        ));
        assert_eq!((first.feed, first.samples.len()), (Some(FEED), 320));
        // Two more seconds at once: a bot runs ahead.
        assert!(streams.hear(t, media(CHUNK * 100)).started.is_none());
        let over = t + Duration::from_millis(3_020);
        assert!(
            streams
                .take_ended(over - Duration::from_millis(1))
                .is_empty()
        );
        let ended = streams.take_ended(over);
        let expected = SocketEvent::MediaEnded {
            tag: None,
            duration_ms: 2_020,
        };
        assert_eq!(ended, [expected]);
        assert!(streams.hear(over, media(CHUNK)).started.is_some());
    }

    #[test]
    fn stop_ends_audio_when_it_has_sounded_and_clear_at_once() {
        let mut streams = Streams::default();
        streams.name(1, None, FEED);
        let t = Instant::now();
        streams.hear(t, media(CHUNK * 50));
        streams.hear(t, AudioMessage::Stop { tag: None });
        assert!(
            streams
                .take_ended(t + Duration::from_millis(999))
                .is_empty()
        );
        assert_eq!(streams.clear(t, None), [FEED]);
        assert_eq!(streams.take_ended(t).len(), 1);
        assert_eq!(streams.clear(t, Some(99)), []);
    }

    #[test]
    fn audio_before_anybody_listens_is_kept_ten_seconds_long() {
        let mut streams = Streams::default();
        let t = Instant::now();
        for _ in 0..60 {
            assert_eq!(streams.hear(t, media(CHUNK * 10)).feed, None);
        }
        assert_eq!(streams.name(1, None, FEED).len(), 160_000);
        assert_eq!(streams.name(1, None, FEED).len(), 0);
    }

    #[test]
    fn tags_go_to_their_own_feeds_and_unknown_ones_to_the_socket() {
        let mut streams = Streams::default();
        streams.name(1, None, FEED);
        streams.name(2, Some("a".into()), FeedId(8));
        let mut feed_of = |tag: &str| {
            let payload = vec![0; CHUNK];
            let tag = Some(tag.to_owned());
            let message = AudioMessage::Media { tag, payload };
            streams.hear(Instant::now(), message).feed
        };
        assert_eq!(feed_of("a"), Some(FeedId(8)));
        assert_eq!(feed_of("b"), Some(FEED));
        for tag in 0..20 {
            feed_of(&tag.to_string());
        }
        assert_eq!(streams.incoming.len(), TAGS_MAX);
    }

    #[test]
    fn a_stream_that_is_begun_anew_is_ended_first() {
        let mut streams = Streams::default();
        streams.name(3, Some("t".into()), FEED);
        assert_eq!(streams.start(3, AudioEncoding::Ulaw, None).len(), 1);
        let sound = Sound {
            stream: 3,
            samples: vec![0; 160],
        };
        assert!(
            streams
                .sound(&sound)
                .is_some_and(|text| text.contains(r#""tag":"t""#))
        );
        let texts = streams.start(3, AudioEncoding::Opus, None);
        assert!(
            texts[0].contains("stop") && texts[1].contains("start"),
            "{texts:?}"
        );
        // A late frame of the old rate is dropped by Opus.
        let late = Sound {
            stream: 3,
            samples: vec![0; 170],
        };
        assert_eq!(streams.sound(&late), None);
        assert!(streams.stop(3).is_some() && streams.stop(3).is_none());
    }
}
