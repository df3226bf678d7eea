//! Who has answered an outgoing call: a person or a machine. By energy and
//! cadence alone: a person says something short and waits; a machine talks on, and
//! often beeps. The times are those of call centres' practice (Asterisk's
//! `app_amd` has the same ones to set), a little longer because companies answer
//! with their name.

use crate::beep::BeepDetector;
use crate::loudness::Loudness;

/// A frame, milliseconds.
const FRAME_MS: u32 = 20;
/// A greeting that goes on for so long is a machine's, milliseconds, unless said otherwise.
const MACHINE_GREETING_MS: u32 = 2_600;
/// A person waits for an answer so long after a short greeting, milliseconds;
/// shorter pauses are within the greeting.
const PAUSE_MS: u32 = 800;
/// Sound shorter than this is a click or a cough, milliseconds.
const WORD_MS: u32 = 80;
/// A gap this short does not end a word, milliseconds.
const WORD_GAP_MS: u32 = 60;
/// What the scenario wants to be sure of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AnsweringConfig {
    /// Listening ends after this, milliseconds.
    pub timeout_ms: u32,
    /// A person is told only with at least this confidence, 0 to 100.
    pub human_min: u8,
    /// A machine is told only with at least this confidence, 0 to 100.
    pub machine_min: u8,
    /// A greeting that goes on for so long is a machine's, milliseconds.
    pub machine_greeting_ms: u32,
}

impl Default for AnsweringConfig {
    fn default() -> Self {
        Self {
            timeout_ms: 6_500,
            human_min: 0,
            machine_min: 0,
            machine_greeting_ms: MACHINE_GREETING_MS,
        }
    }
}

/// Who has answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answerer {
    /// A person.
    Human {
        /// 0 to 100.
        confidence: u8,
    },
    /// A machine.
    Machine {
        /// 0 to 100.
        confidence: u8,
        /// Whether it has beeped: it records now.
        beep: bool,
    },
    /// Nobody could tell in time.
    Unknown,
}

/// Listens to one call.
#[derive(Clone, Debug)]
pub struct AnsweringDetector {
    config: AnsweringConfig,
    beep: BeepDetector,
    heard_ms: u32,
    loudness: Loudness,
    /// Loud frames in a row, and quiet ones since, milliseconds.
    word_ms: u32,
    gap_ms: u32,
    /// When the first word began and the last one was heard, milliseconds.
    greeting: Option<(u32, u32)>,
    decided: bool,
}

impl AnsweringDetector {
    /// A detector at the moment of the answer.
    pub fn new(config: AnsweringConfig) -> Self {
        Self {
            config,
            beep: BeepDetector::default(),
            heard_ms: 0,
            loudness: Loudness::default(),
            word_ms: 0,
            gap_ms: 0,
            greeting: None,
            decided: false,
        }
    }

    /// Listens to 20 ms at 8 kHz. Gives the result once.
    pub fn hear(&mut self, frame: &[i16]) -> Option<Answerer> {
        if self.decided {
            return None;
        }
        self.heard_ms += FRAME_MS;
        let beep = self.beep.hear(frame).is_some();
        let loud = self.loudness.is_loud(frame);
        self.count(loud);
        let result = if beep {
            Some(Answerer::Machine {
                confidence: 95,
                beep: true,
            })
        } else {
            self.judge()
        };
        let timed_out = self.heard_ms >= self.config.timeout_ms;
        let result = result.or(timed_out.then_some(Answerer::Unknown));
        self.decided = result.is_some();
        result
    }

    /// How long ago the first words began, and the last of them ended, milliseconds;
    /// `None` when nothing was heard.
    pub fn greeting_ages_ms(&self) -> Option<(u32, u32)> {
        let (began_ms, heard_last_ms) = self.greeting?;
        Some((self.heard_ms - began_ms, self.heard_ms - heard_last_ms))
    }

    fn count(&mut self, loud: bool) {
        if loud {
            let gap_ms = if self.word_ms > 0 { self.gap_ms } else { 0 };
            self.word_ms += gap_ms + FRAME_MS;
            self.gap_ms = 0;
        } else {
            self.gap_ms += FRAME_MS;
            if self.gap_ms > WORD_GAP_MS {
                self.word_ms = 0;
            }
        }
        if loud && self.word_ms >= WORD_MS {
            let began_ms = match self.greeting {
                Some((began_ms, _)) => began_ms,
                None => self.heard_ms.saturating_sub(self.word_ms),
            };
            self.greeting = Some((began_ms, self.heard_ms));
        }
    }

    fn judge(&self) -> Option<Answerer> {
        let (began_ms, heard_last_ms) = self.greeting?;
        let greeting_ms = heard_last_ms - began_ms;
        let silence_ms = self.heard_ms - heard_last_ms;
        let machine_ms = self.config.machine_greeting_ms.max(1);
        if greeting_ms >= machine_ms {
            // The longer it talks, the surer.
            let more = (greeting_ms - machine_ms) / 100;
            let confidence = percent(70 + more, 95);
            return (confidence >= self.config.machine_min).then_some(Answerer::Machine {
                confidence,
                beep: false,
            });
        }
        if silence_ms >= PAUSE_MS {
            // Short is a person; the longer they wait, the surer.
            let short = (machine_ms - greeting_ms) * 30 / machine_ms;
            let patient = (silence_ms - PAUSE_MS) / 100;
            let confidence = percent(60 + short + patient, 95);
            return (confidence >= self.config.human_min).then_some(Answerer::Human { confidence });
        }
        None
    }
}

fn percent(value: u32, most: u8) -> u8 {
    u8::try_from(value).map_or(most, |value| value.min(most))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Syllables: a buzz of many harmonics, as loud as speech, with a wavering pitch.
    fn speech(ms: u32) -> Vec<i16> {
        let mut phase = 0.0_f64;
        (0..ms * 8)
            .map(|n| {
                let t = f64::from(n) / 8_000.0;
                phase += (120.0 + 25.0 * (t * 9.0).sin()) / 8_000.0;
                let buzz: f64 = (1..20)
                    .map(|k| (phase * f64::from(k) * std::f64::consts::TAU).sin() / f64::from(k))
                    .sum();
                // Three syllables a second, never quite silent.
                let syllable = 0.3 + 0.7 * (t * 3.0 * std::f64::consts::TAU).sin().abs();
                (buzz * syllable * 3_000.0) as i16
            })
            .collect()
    }

    fn silence(ms: u32) -> Vec<i16> {
        // A line is never quite silent.
        (0..ms * 8).map(|n| (n % 997 * 7 % 13) as i16 - 6).collect()
    }

    fn beep(ms: u32) -> Vec<i16> {
        let sample = |n| ((f64::from(n) * 0.785).sin() * 9_000.0) as i16;
        (0..ms * 8).map(sample).collect()
    }

    /// The result and when it came, milliseconds.
    fn listen(config: AnsweringConfig, parts: &[Vec<i16>]) -> Option<(Answerer, usize)> {
        let mut detector = AnsweringDetector::new(config);
        let all = parts.concat();
        let mut results = all
            .chunks_exact(160)
            .enumerate()
            .filter_map(|(at, frame)| Some((detector.hear(frame)?, (at + 1) * 20)));
        let first = results.next();
        assert_eq!(results.next(), None, "a result comes once");
        first
    }

    fn usual(parts: &[Vec<i16>]) -> Option<(Answerer, usize)> {
        listen(AnsweringConfig::default(), parts)
    }

    #[test]
    fn a_short_greeting_and_a_pause_are_a_person() {
        for word_ms in [200, 600, 1_500, 2_200] {
            let parts = [silence(400), speech(word_ms), silence(3_000)];
            let (who, at_ms) = usual(&parts).unwrap();
            let Answerer::Human { confidence } = who else {
                panic!("{word_ms}: {who:?}");
            };
            assert!((60..=90).contains(&confidence), "{confidence}");
            let expected = 400 + word_ms as usize + 800;
            assert!(at_ms.abs_diff(expected) <= 120, "{at_ms} for {expected}");
        }
    }

    #[test]
    fn it_knows_when_the_greeting_began_and_ended() {
        let mut detector = AnsweringDetector::new(AnsweringConfig::default());
        assert_eq!(detector.greeting_ages_ms(), None);
        let all = [silence(400), speech(600), silence(3_000)].concat();
        let done = all
            .chunks_exact(160)
            .position(|frame| detector.hear(frame).is_some());
        let at_ms = (done.unwrap() as u32 + 1) * 20;
        let (began_ms, ended_ms) = detector.greeting_ages_ms().unwrap();
        let (began_at, ended_at) = (at_ms - began_ms, at_ms - ended_ms);
        assert!(began_at.abs_diff(400) <= 60, "{began_at}");
        assert!(ended_at.abs_diff(1_000) <= 120, "{ended_at}");
    }

    #[test]
    fn a_greeting_that_goes_on_is_a_machine_with_pauses_or_without() {
        let without = [silence(300), speech(6_000)];
        let with = [
            silence(300),
            speech(900),
            silence(400),
            speech(900),
            silence(500),
            speech(900),
        ];
        for parts in [&without[..], &with[..]] {
            let (who, at_ms) = usual(parts).unwrap();
            assert!(
                matches!(
                    who,
                    Answerer::Machine {
                        beep: false,
                        confidence: 70..
                    }
                ),
                "{who:?}"
            );
            assert!(at_ms < 3_300, "{at_ms}");
        }
    }

    #[test]
    fn a_beep_is_a_machine_whatever_was_said() {
        for parts in [
            [silence(300), silence(10), beep(400)],
            [silence(300), speech(700), beep(400)],
        ] {
            let (who, _) = usual(&parts).unwrap();
            assert_eq!(
                who,
                Answerer::Machine {
                    confidence: 95,
                    beep: true
                }
            );
        }
    }

    #[test]
    fn silence_clicks_and_noise_are_nobody_until_the_time_is_up() {
        let click = [silence(1_000), speech(40), silence(7_000)];
        assert_eq!(usual(&click), Some((Answerer::Unknown, 6_500)));
        assert_eq!(usual(&[vec![0; 80_000]]), Some((Answerer::Unknown, 6_500)));
        let short = AnsweringConfig {
            timeout_ms: 2_000,
            ..AnsweringConfig::default()
        };
        assert_eq!(
            listen(short, &[silence(9_000)]),
            Some((Answerer::Unknown, 2_000))
        );
    }

    #[test]
    fn how_long_the_greeting_of_a_machine_is_may_be_said() {
        let greeting = [silence(300), speech(2_000), silence(3_000)];
        for (machine_greeting_ms, machine) in [(1_500, true), (4_000, false)] {
            let config = AnsweringConfig {
                machine_greeting_ms,
                ..AnsweringConfig::default()
            };
            let (who, _) = listen(config, &greeting).unwrap();
            assert_eq!(matches!(who, Answerer::Machine { .. }), machine, "{who:?}");
        }
    }

    #[test]
    fn who_wants_to_be_surer_waits_longer() {
        let sure = AnsweringConfig {
            timeout_ms: 20_000,
            human_min: 90,
            machine_min: 85,
            ..AnsweringConfig::default()
        };
        let (who, at_ms) = listen(sure, &[silence(300), speech(600), silence(9_000)]).unwrap();
        assert_eq!(who, Answerer::Human { confidence: 90 });
        assert!(at_ms > 2_000, "{at_ms}");
        let (who, at_ms) = listen(sure, &[silence(300), speech(9_000)]).unwrap();
        assert!(
            matches!(who, Answerer::Machine { confidence: 85, .. }),
            "{who:?}"
        );
        assert!(at_ms > 4_000, "{at_ms}");
    }

    #[test]
    fn speech_is_heard_over_a_noisy_line() {
        let noise = |ms: u32| -> Vec<i16> {
            let mut seed = 1_u32;
            (0..ms * 8)
                .map(|_| {
                    seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    ((seed >> 16) as i16) / 160
                })
                .collect()
        };
        let parts = [noise(800), speech(700), noise(2_000)];
        assert!(
            matches!(usual(&parts), Some((Answerer::Human { .. }, _))),
            "{:?}",
            usual(&parts)
        );
        assert_eq!(
            usual(&[noise(8_000)]).map(|(who, _)| who),
            Some(Answerer::Unknown)
        );
    }
}
