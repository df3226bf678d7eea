//! Audio in a WebSocket: the JSON messages `start`, `media` and `stop`
//! (voxengine.md §6.7, "Audio framing"). Pure.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use scenario::host::AudioEncoding;
use serde_json::{Value, json};

/// One message about audio.
#[derive(Debug, PartialEq)]
pub(crate) enum AudioMessage {
    /// A stream begins.
    Start {
        tag: Option<String>,
        encoding: AudioEncoding,
        /// JSON object.
        custom_parameters: Option<String>,
    },
    /// A piece of it.
    Media {
        tag: Option<String>,
        payload: Vec<u8>,
    },
    /// It is over.
    Stop { tag: Option<String> },
}

/// Reads a message of the far end; `None` when it is not about audio but text for
/// the scenario.
pub(crate) fn read(text: &str) -> Option<AudioMessage> {
    // Most text is not about audio: look before parsing.
    if !text.trim_start().starts_with('{') || !text.contains("\"event\"") {
        return None;
    }
    let value: Value = serde_json::from_str(text).ok()?;
    match value.get("event")?.as_str()? {
        "start" => {
            let start = value.get("start")?;
            let format = start.get("mediaFormat");
            let name = format
                .and_then(|f| f.get("encoding"))
                .and_then(Value::as_str);
            let encoding = match name {
                Some(name) => AudioEncoding::of_name(name)?,
                None => AudioEncoding::default(),
            };
            let custom = start.get("customParameters").filter(|c| c.is_object());
            Some(AudioMessage::Start {
                tag: tag(start),
                encoding: by_rate(encoding, format),
                custom_parameters: custom.map(Value::to_string),
            })
        }
        "media" => {
            let media = value.get("media")?;
            let payload = STANDARD.decode(media.get("payload")?.as_str()?).ok()?;
            Some(AudioMessage::Media {
                tag: tag(media),
                payload,
            })
        }
        "stop" => Some(AudioMessage::Stop {
            tag: value.get("stop").and_then(tag),
        }),
        _ => None,
    }
}

/// "PCM16" is written for 8 kHz too; then the rate says which is meant.
fn by_rate(encoding: AudioEncoding, format: Option<&Value>) -> AudioEncoding {
    let rate = format.and_then(|f| f.get("sampleRate"));
    let hz = rate.and_then(|r| r.as_u64().or_else(|| r.as_str()?.parse().ok()));
    match (encoding, hz) {
        (AudioEncoding::Pcm16, Some(8_000)) => AudioEncoding::Pcm8,
        (AudioEncoding::Pcm8, Some(16_000)) => AudioEncoding::Pcm16,
        (other, _) => other,
    }
}

fn tag(of: &Value) -> Option<String> {
    of.get("tag")?
        .as_str()
        .filter(|tag| !tag.is_empty())
        .map(str::to_owned)
}

/// Writes the messages of one stream to the far end. Numbers count from 0, chunks from 1.
#[derive(Debug)]
pub(crate) struct Writer {
    tag: Option<String>,
    sequence: u64,
    chunk: u64,
    bytes: u64,
}

/// One chunk, milliseconds.
const CHUNK_MS: u64 = 20;

impl Writer {
    pub(crate) fn new(tag: Option<String>) -> Self {
        Self {
            tag,
            sequence: 0,
            chunk: 0,
            bytes: 0,
        }
    }

    pub(crate) fn start(&mut self, encoding: AudioEncoding, custom: Option<&str>) -> String {
        let custom: Value = custom
            .and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or_else(|| json!({}));
        self.message(
            "start",
            json!({
                "mediaFormat": {
                    "encoding": encoding.name(),
                    "sampleRate": encoding.sample_rate_hz(),
                    "channels": 1,
                },
                "customParameters": custom,
            }),
        )
    }

    pub(crate) fn media(&mut self, payload: &[u8]) -> String {
        let at_ms = self.chunk * CHUNK_MS;
        self.chunk += 1;
        self.bytes += payload.len() as u64;
        let chunk = self.chunk;
        self.message(
            "media",
            json!({"chunk": chunk, "timestamp": at_ms, "payload": STANDARD.encode(payload)}),
        )
    }

    pub(crate) fn stop(&mut self) -> String {
        let info = json!({"bytesSent": self.bytes, "duration": self.chunk * CHUNK_MS});
        self.message("stop", json!({"mediaInfo": info}))
    }

    fn message(&mut self, event: &str, mut body: Value) -> String {
        if let (Some(tag), Some(fields)) = (&self.tag, body.as_object_mut()) {
            fields.insert("tag".to_owned(), tag.as_str().into());
        }
        let sequence = self.sequence;
        self.sequence += 1;
        json!({"event": event, "sequenceNumber": sequence, event: body}).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_written_as_the_cloud_does() {
        let mut writer = Writer::new(Some("t".into()));
        let lines = [
            writer.start(AudioEncoding::Pcm16, Some(r#"{"a":"1"}"#)),
            writer.media(&[1, 2, 3]),
            writer.media(&[4, 5, 6]),
            writer.stop(),
        ];
        assert_eq!(
            lines,
            [
                r#"{"event":"start","sequenceNumber":0,"start":{"mediaFormat":{"encoding":"PCM16","sampleRate":16000,"channels":1},"customParameters":{"a":"1"},"tag":"t"}}"#,
                r#"{"event":"media","sequenceNumber":1,"media":{"chunk":1,"timestamp":0,"payload":"AQID","tag":"t"}}"#,
                r#"{"event":"media","sequenceNumber":2,"media":{"chunk":2,"timestamp":20,"payload":"BAUG","tag":"t"}}"#,
                r#"{"event":"stop","sequenceNumber":3,"stop":{"mediaInfo":{"bytesSent":6,"duration":40},"tag":"t"}}"#,
            ]
        );
    }

    #[test]
    fn what_is_written_can_be_read() {
        let mut writer = Writer::new(None);
        let start = read(&writer.start(AudioEncoding::Opus, None)).unwrap();
        assert_eq!(
            start,
            AudioMessage::Start {
                tag: None,
                encoding: AudioEncoding::Opus,
                custom_parameters: Some("{}".into()),
            }
        );
        let media = read(&writer.media(&[9; 5])).unwrap();
        let payload = vec![9; 5];
        assert_eq!(media, AudioMessage::Media { tag: None, payload });
        assert_eq!(read(&writer.stop()), Some(AudioMessage::Stop { tag: None }));
    }

    #[test]
    fn other_text_is_the_scenarios() {
        for text in [
            "",
            "hello",
            "{}",
            r#"{"event":"other"}"#,
            r#"{"event":5}"#,
            r#"{"event":"media","media":{}}"#,
            r#"{"event":"media","media":{"payload":"not base64!"}}"#,
            r#"{"event":"start","start":{"mediaFormat":{"encoding":"MP3"}}}"#,
            r#"["event","media"]"#,
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn the_rate_decides_between_the_two_kinds_of_samples() {
        let encoding = |encoding: &str, rate: Value| {
            let format = json!({"encoding": encoding, "sampleRate": rate});
            let text = json!({"event": "start", "start": {"mediaFormat": format}}).to_string();
            match read(&text) {
                Some(AudioMessage::Start { encoding, .. }) => encoding,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(encoding("PCM16", json!(8000)), AudioEncoding::Pcm8);
        assert_eq!(encoding("PCM16", json!("16000")), AudioEncoding::Pcm16);
        assert_eq!(encoding("pcm8", json!(16000)), AudioEncoding::Pcm16);
        assert_eq!(encoding("ULAW", Value::Null), AudioEncoding::Ulaw);
    }
}
