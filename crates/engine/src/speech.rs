//! Text to speech by a command: a program that reads the text from its
//! standard input and writes a wav file to its standard output, such as
//! espeak-ng. What was spoken once is kept and not spoken again.

use scenario::host::Manner;
use sha2::{Digest, Sha256};
use std::collections::{HashMap, VecDeque};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::Semaphore;
use voice::Tune;

/// Spoken audio kept in memory, milliseconds in all: two hours are about 115 MB
/// decoded, as for fetched audio.
const KEPT_MS_MAX: u64 = 2 * 3_600_000;
/// Largest output of the command, bytes: ten minutes at 48 kHz.
const OUTPUT_BYTES_MAX: u64 = 60 << 20;
/// Requests that wait for a free place, beyond which one fails at once: each
/// waits `timeout` at most.
const WAITING_MAX: usize = 500;

/// How texts are spoken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpeechConfig {
    /// Program and arguments; empty: there is no voice. `{language}` is the
    /// language as two letters, `{voice}` the voice as the scenario named it;
    /// `{rate}`, `{pitch}` and `{volume}` are percent of the usual (0 to 400), and
    /// `{words_per_minute}` (175 usually) and `{pitch_of_99}` (50 usually) the same
    /// as espeak-ng wants them.
    pub command: Vec<String>,
    /// The command has so long for one text, milliseconds.
    pub timeout_ms: u64,
    /// Commands that run at once.
    pub at_once: usize,
}

impl Default for SpeechConfig {
    fn default() -> Self {
        Self {
            command: Vec::new(),
            timeout_ms: 10_000,
            at_once: 2,
        }
    }
}

/// A text and how it is spoken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Saying {
    /// Plain, or SSML.
    pub(crate) text: String,
    /// As the scenario named it; may be empty.
    pub(crate) voice: String,
    pub(crate) manner: Manner,
}

/// Usual speed of espeak-ng, words a minute, and its usual pitch, of 99.
const WORDS_PER_MINUTE: u16 = 175;
const PITCH_OF_99: u16 = 50;

/// What stands for a part of the manner in the command.
const RATE: [&str; 2] = ["{rate}", "{words_per_minute}"];
const PITCH: [&str; 2] = ["{pitch}", "{pitch_of_99}"];
const VOLUME: [&str; 1] = ["{volume}"];

/// Fills the places of the manner in an argument of the command.
fn fill_manner(argument: &str, manner: Manner) -> String {
    let part = |usual: u16, percent: u16| u32::from(usual) * u32::from(percent) / 100;
    let values = [
        (RATE[0], u32::from(manner.rate)),
        (RATE[1], part(WORDS_PER_MINUTE, manner.rate).max(1)),
        (PITCH[0], u32::from(manner.pitch)),
        (PITCH[1], part(PITCH_OF_99, manner.pitch).min(99)),
        (VOLUME[0], u32::from(manner.volume)),
    ];
    values
        .iter()
        .fold(argument.to_owned(), |text, (place, value)| {
            text.replace(place, &value.to_string())
        })
}

type Key = [u8; 32];

#[derive(Default)]
struct Kept {
    tunes: HashMap<Key, Arc<Tune>>,
    /// Oldest first.
    order: VecDeque<Key>,
    total_ms: u64,
}

/// The voice of an engine; cheap to clone.
#[derive(Clone)]
pub(crate) struct Speech {
    config: SpeechConfig,
    places: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
    kept: Arc<parking_lot::Mutex<Kept>>,
}

impl Speech {
    pub(crate) fn new(config: SpeechConfig) -> Self {
        Self {
            places: Arc::new(Semaphore::new(config.at_once.max(1))),
            waiting: Arc::new(Semaphore::new(WAITING_MAX)),
            config,
            kept: Arc::default(),
        }
    }

    /// A text as audio.
    ///
    /// The error is for the scenario's author, as `PlaybackFinished.error`.
    pub(crate) async fn say(&self, saying: &Saying) -> Result<Arc<Tune>, String> {
        let (voice, manner) = (saying.voice.as_str(), saying.manner);
        if self.config.command.is_empty() {
            return Err("no voice is configured: set `speech.say_command`".into());
        }
        let text = plain_text(&saying.text);
        if text.trim().is_empty() {
            return Err("there is nothing to say".into());
        }
        let language = language_of(voice, &text);
        let key = key(&text, voice, language, self.heeded(manner));
        if let Some(tune) = self.kept.lock().tunes.get(&key) {
            return Ok(Arc::clone(tune));
        }
        let Ok(_waits) = self.waiting.try_acquire() else {
            return Err("too many texts wait to be spoken".into());
        };
        let limit = Duration::from_millis(self.config.timeout_ms);
        let work = async {
            let _place = self.places.acquire().await.map_err(|e| e.to_string())?;
            // Another call may have said the same while this one waited.
            if let Some(tune) = self.kept.lock().tunes.get(&key) {
                return Ok(Arc::clone(tune));
            }
            let bytes = self.run(&text, voice, language, manner).await?;
            decode(bytes).await
        };
        let tune = match tokio::time::timeout(limit, work).await {
            Ok(result) => result?,
            Err(_) => return Err("the text was not spoken in time".into()),
        };
        self.keep(key, &tune);
        Ok(tune)
    }

    fn has_place(&self, places: &[&str]) -> bool {
        let mut arguments = self.config.command.iter();
        arguments.any(|argument| places.iter().any(|place| argument.contains(place)))
    }

    /// The manner that the command is told: the same sound is kept once.
    fn heeded(&self, manner: Manner) -> Manner {
        let usual = Manner::default();
        Manner {
            rate: if self.has_place(&RATE) {
                manner.rate
            } else {
                usual.rate
            },
            pitch: if self.has_place(&PITCH) {
                manner.pitch
            } else {
                usual.pitch
            },
            volume: if self.has_place(&VOLUME) {
                manner.volume
            } else {
                usual.volume
            },
        }
    }

    /// What of a manner the command is not told.
    pub(crate) fn unheeded(&self, manner: Manner) -> Vec<&'static str> {
        if self.config.command.is_empty() {
            return Vec::new();
        }
        let heeded = self.heeded(manner);
        let parts = [
            ("rate", manner.rate, heeded.rate),
            ("pitch", manner.pitch, heeded.pitch),
            ("volume", manner.volume, heeded.volume),
        ];
        let lost = parts.iter().filter(|(_, wanted, told)| wanted != told);
        lost.map(|(name, ..)| *name).collect()
    }

    async fn run(
        &self,
        text: &str,
        voice: &str,
        language: &str,
        manner: Manner,
    ) -> Result<Vec<u8>, String> {
        // The voice last: it comes from outside and fills nothing itself.
        let fill = |part: &String| {
            fill_manner(&part.replace("{language}", language), manner).replace("{voice}", voice)
        };
        let mut parts = self.config.command.iter().map(fill);
        let program = parts.next().unwrap_or_default();
        let failed = |what: &str, error: std::io::Error| format!("{program} {what}: {error}");
        let mut child = tokio::process::Command::new(&program)
            .args(parts)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            // A timeout drops this future: the command goes with it.
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| failed("does not start", error))?;
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
        let write = async {
            if let Some(mut stdin) = stdin {
                // A program that does not read its text shows in what it says.
                let _ = stdin.write_all(text.as_bytes()).await;
            }
        };
        let mut bytes = Vec::new();
        let read = async {
            match stdout {
                Some(stdout) => stdout.take(OUTPUT_BYTES_MAX).read_to_end(&mut bytes).await,
                None => Ok(0),
            }
        };
        let ((), read) = tokio::join!(write, read);
        read.map_err(|error| failed("is not readable", error))?;
        let status = child.wait().await;
        let status = status.map_err(|error| failed("is gone", error))?;
        if status.success() {
            Ok(bytes)
        } else {
            Err(format!("{program} could not speak the text: {status}"))
        }
    }

    fn keep(&self, key: Key, tune: &Arc<Tune>) {
        let mut kept = self.kept.lock();
        if kept.tunes.insert(key, Arc::clone(tune)).is_some() {
            return;
        }
        kept.order.push_back(key);
        kept.total_ms += tune.duration_ms();
        while kept.total_ms > KEPT_MS_MAX {
            let Some(oldest) = kept.order.pop_front() else {
                return;
            };
            if let Some(gone) = kept.tunes.remove(&oldest) {
                kept.total_ms = kept.total_ms.saturating_sub(gone.duration_ms());
            }
        }
    }
}

async fn decode(bytes: Vec<u8>) -> Result<Arc<Tune>, String> {
    let work = tokio::task::spawn_blocking(move || {
        let tune = Tune::decode(&with_length(bytes)).map_err(|error| error.to_string())?;
        Ok(Arc::new(tune))
    });
    work.await.map_err(|error| error.to_string())?
}

/// A wav file that was written to a pipe has made-up lengths in its header:
/// they become those of what came.
fn with_length(mut bytes: Vec<u8>) -> Vec<u8> {
    if bytes.get(0..4) != Some(b"RIFF".as_slice()) {
        return bytes;
    }
    let Some(at) = bytes.windows(4).position(|four| four == b"data") else {
        return bytes;
    };
    let whole = u32::try_from(bytes.len().saturating_sub(8)).unwrap_or(u32::MAX);
    let data = u32::try_from(bytes.len().saturating_sub(at + 8)).unwrap_or(u32::MAX);
    if let Some(field) = bytes.get_mut(4..8) {
        field.copy_from_slice(&whole.to_le_bytes());
    }
    if let Some(field) = bytes.get_mut(at + 4..at + 8) {
        field.copy_from_slice(&data.to_le_bytes());
    }
    bytes
}

fn key(text: &str, voice: &str, language: &str, manner: Manner) -> Key {
    let mut digest = Sha256::new();
    for part in [text, voice, language] {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part.as_bytes());
    }
    for percent in [manner.rate, manner.pitch, manner.volume] {
        digest.update(percent.to_be_bytes());
    }
    digest.finalize().into()
}

/// SSML without its tags: what is left is what is said.
fn plain_text(text: &str) -> String {
    if !text.trim_start().starts_with("<speak") {
        return text.to_owned();
    }
    let mut plain = String::with_capacity(text.len());
    let mut inside = false;
    for c in text.chars() {
        match c {
            '<' => inside = true,
            '>' if inside => {
                inside = false;
                plain.push(' ');
            }
            c if !inside => plain.push(c),
            _ => {}
        }
    }
    let entities = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&apos;", "'"),
    ];
    for (entity, char) in entities {
        plain = plain.replace(entity, char);
    }
    plain.replace("&amp;", "&")
}

/// Words in the old `Language` names and their languages.
const LANGUAGE_WORDS: [(&str, &str); 14] = [
    ("RUSSIAN", "ru"),
    ("ENGLISH", "en"),
    ("GERMAN", "de"),
    ("FRENCH", "fr"),
    ("SPANISH", "es"),
    ("ITALIAN", "it"),
    ("PORTUGUESE", "pt"),
    ("POLISH", "pl"),
    ("TURKISH", "tr"),
    ("UKRAINIAN", "uk"),
    ("DUTCH", "nl"),
    ("JAPANESE", "ja"),
    ("CHINESE", "zh"),
    ("KAZAKH", "kk"),
];

/// The language of a voice such as `Google.ru_RU_Wavenet_A`,
/// `RU_RUSSIAN_FEMALE` or `en-US`; without one, of the letters of the text.
fn language_of<'v>(voice: &'v str, text: &str) -> &'v str {
    for part in voice.split('.') {
        let mut pieces = part.split(['_', '-']);
        let (language, region) = (pieces.next().unwrap_or_default(), pieces.next());
        let lower =
            (2..=3).contains(&language.len()) && language.bytes().all(|b| b.is_ascii_lowercase());
        if lower
            && region.is_some_and(|r| {
                r.bytes()
                    .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
            })
        {
            return language;
        }
        let word = LANGUAGE_WORDS.iter().find(|(word, _)| part.contains(word));
        if let Some((_, language)) = word {
            return language;
        }
    }
    let cyrillic = text.chars().any(|c| ('\u{400}'..='\u{4ff}').contains(&c));
    if cyrillic { "ru" } else { "en" }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// espeak-ng is one of the tools that `tools/setup.sh test` installs.
    fn espeak() -> Speech {
        let command = ["espeak-ng", "-v", "{language}", "--stdin", "--stdout"];
        Speech::new(SpeechConfig {
            command: command.map(str::to_owned).into(),
            ..SpeechConfig::default()
        })
    }

    fn saying(text: &str, voice: &str) -> Saying {
        Saying {
            text: text.to_owned(),
            voice: voice.to_owned(),
            manner: Manner::default(),
        }
    }

    #[tokio::test]
    async fn a_slow_voice_takes_longer_and_a_loud_one_is_louder() {
        let command = [
            "espeak-ng",
            "-v",
            "{language}",
            "-s",
            "{words_per_minute}",
            "-p",
            "{pitch_of_99}",
            "-a",
            "{volume}",
            "--stdin",
            "--stdout",
        ];
        let speech = Speech::new(SpeechConfig {
            command: command.map(str::to_owned).into(),
            ..SpeechConfig::default()
        });
        let say = async |manner: Manner| {
            let saying = Saying {
                manner,
                ..saying("Thank you for calling. We will be with you soon.", "")
            };
            assert_eq!(speech.unheeded(manner), [""; 0]);
            speech.say(&saying).await.unwrap()
        };
        let usual = say(Manner::default()).await;
        let slow = say(Manner {
            rate: 50,
            ..Manner::default()
        })
        .await;
        assert!(slow.duration_ms() > usual.duration_ms() * 3 / 2, "rate");
        let soft = say(Manner {
            volume: 25,
            ..Manner::default()
        })
        .await;
        let energy = |tune: &Tune| -> f64 {
            let samples = tune.samples();
            samples.iter().map(|s| f64::from(*s).powi(2)).sum()
        };
        assert!(energy(&soft) < energy(&usual) / 4.0, "volume");
        let high = say(Manner {
            pitch: 150,
            ..Manner::default()
        })
        .await;
        assert!(!Arc::ptr_eq(&high, &usual), "pitch");
    }

    #[tokio::test]
    async fn what_the_command_has_no_place_for_is_said_and_kept_once() {
        let speech = espeak();
        let hurried = Saying {
            manner: Manner {
                rate: 170,
                pitch: 100,
                volume: 25,
            },
            ..saying("One", "")
        };
        assert_eq!(speech.unheeded(hurried.manner), ["rate", "volume"]);
        let usual = speech.say(&saying("One", "")).await.unwrap();
        assert!(Arc::ptr_eq(&usual, &speech.say(&hurried).await.unwrap()));
    }

    fn failing(command: &[&str], timeout_ms: u64) -> Speech {
        Speech::new(SpeechConfig {
            command: command.iter().map(|part| (*part).to_owned()).collect(),
            timeout_ms,
            at_once: 1,
        })
    }

    #[tokio::test]
    async fn a_real_voice_speaks_english_and_russian() {
        let speech = espeak();
        let english = "Thank you for calling. An agent will be with you shortly.";
        let russian = "Спасибо за звонок. Оператор скоро ответит.";
        for (text, voice) in [(english, ""), (russian, ""), (russian, "RU_RUSSIAN_FEMALE")] {
            let tune = speech.say(&saying(text, voice)).await.unwrap();
            let ms = tune.duration_ms();
            // Ten to twenty-five letters a second.
            let letters = text.chars().count() as u64;
            assert!(ms > letters * 40 && ms < letters * 150, "{ms} ms: {text}");
            let same = speech.say(&saying(text, voice)).await.unwrap();
            assert!(Arc::ptr_eq(&tune, &same), "kept");
        }
        // A Russian text spelt by an English voice is another sound.
        let (a, b) = (
            speech.say(&saying(russian, "")).await,
            speech.say(&saying(russian, "en_US")).await,
        );
        assert_ne!(a.unwrap().duration_ms(), b.unwrap().duration_ms());
    }

    #[tokio::test]
    async fn without_a_voice_the_scenario_is_told() {
        let mute = Speech::new(SpeechConfig::default());
        let error = mute.say(&saying("hello", "")).await.unwrap_err();
        assert!(error.contains("speech.say_command"), "{error}");
    }

    #[tokio::test]
    async fn a_command_that_fails_hangs_or_says_nothing_is_an_error() {
        for (command, timeout_ms, wanted) in [
            (vec!["no-such-voice-program"], 5_000, "does not start"),
            (vec!["false"], 5_000, "could not speak"),
            (vec!["sleep", "60"], 100, "in time"),
            (vec!["cat"], 5_000, ""),
        ] {
            let error = failing(&command, timeout_ms)
                .say(&saying("hello", ""))
                .await
                .unwrap_err();
            assert!(error.contains(wanted), "{command:?}: {error}");
        }
        let nothing = espeak()
            .say(&saying("<speak> </speak>", ""))
            .await
            .unwrap_err();
        assert!(nothing.contains("nothing to say"), "{nothing}");
    }

    #[test]
    fn the_language_is_that_of_the_voice_or_of_the_letters() {
        for (voice, text, language) in [
            ("", "Hello", "en"),
            ("", "Привет, John", "ru"),
            ("Google.ru_RU_Wavenet_A", "Hello", "ru"),
            ("Amazon.Neural.en_US_Joanna", "Привет", "en"),
            ("RU_RUSSIAN_FEMALE", "Hello", "ru"),
            ("Premium.US_ENGLISH_MALE", "", "en"),
            ("de-DE", "", "de"),
            ("Somebody", "Привет", "ru"),
        ] {
            assert_eq!(language_of(voice, text), language, "{voice} {text}");
        }
    }

    #[test]
    fn ssml_is_said_without_its_tags() {
        let ssml = "<speak>One <break time=\"1s\"/>two &amp; <b>three</b></speak>";
        let words: Vec<String> = plain_text(ssml)
            .split_whitespace()
            .map(str::to_owned)
            .collect();
        assert_eq!(words.join(" "), "One two & three");
        assert_eq!(plain_text("5 < 6"), "5 < 6");
    }
}
