//! ToneScript: call progress tones as text, such as `425@-19;*(1/4/1)`.
//!
//! `frequencies ; section ; section ...`, where frequencies are
//! `hertz@dBm0,hertz@dBm0,...` and a section is `seconds(on/off/tones,...)`.
//! `tones` are frequency numbers from 1 joined by `+`, or 0 for silence; `*`
//! for a length means "without end".

use crate::tone::peak_of_dbm0;
use crate::{TUNE_SAMPLES_MAX, TuneError};
use std::f64::consts::TAU;

/// Russian ringback (GOST: 425 Hz, 1 s on, 4 s off).
pub const RINGBACK_RU: &str = "425@-19;*(1/4/1)";
/// North American ringback (440 and 480 Hz, 2 s on, 4 s off).
pub const RINGBACK_US: &str = "440@-19,480@-19;*(2/4/1+2)";

/// Frequencies, sections and segments that a script may have. Real scripts have 2 to 6.
const PARTS_MAX: usize = 16;

/// Samples in a second.
const RATE: f64 = 8_000.0;

/// A script made into samples.
#[derive(Debug, PartialEq)]
pub struct Rendered {
    /// 8 kHz.
    pub samples: Vec<i16>,
    /// The script never ends: play the samples in a loop.
    pub endless: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Length {
    Seconds(f64),
    Endless,
}

#[derive(Debug)]
struct Segment {
    on: Length,
    off: Length,
    tones: Vec<usize>,
}

#[derive(Debug)]
struct Section {
    length: Length,
    segments: Vec<Segment>,
}

/// Renders a script. Of a section without end as many whole cycles are
/// rendered as make whole seconds, so that the loop has no seam.
///
/// # Errors
/// [`TuneError`] names the part that is not understood.
pub fn render(script: &str) -> Result<Rendered, TuneError> {
    let mut parts = script.split(';').map(str::trim);
    let frequencies = parse_frequencies(parts.next().unwrap_or_default())?;
    let mut sections: Vec<Section> = Vec::new();
    for text in parts.filter(|part| !part.is_empty()) {
        if sections.last().is_some_and(|s| s.length == Length::Endless) {
            return Err(bad("a section after one without end", text));
        }
        if sections.len() >= PARTS_MAX {
            return Err(bad("too many sections", text));
        }
        sections.push(parse_section(text, frequencies.len())?);
    }
    let total: usize = sections.iter().map(section_samples).sum();
    if total > TUNE_SAMPLES_MAX {
        return Err(TuneError::TooLong((TUNE_SAMPLES_MAX / 8_000) as u64));
    }
    let mut samples = Vec::with_capacity(total);
    for section in &sections {
        render_section(section, &frequencies, &mut samples)?;
    }
    if samples.is_empty() {
        return Err(bad("no section with a length", script));
    }
    let endless = sections.last().is_some_and(|s| s.length == Length::Endless);
    Ok(Rendered { samples, endless })
}

fn bad(what: &str, part: &str) -> TuneError {
    let shown: String = part.chars().take(60).collect();
    TuneError::Unreadable(format!("tone script: {what} in \"{shown}\""))
}

/// `hertz@dBm0,...` as pairs of frequency and peak.
fn parse_frequencies(text: &str) -> Result<Vec<(f64, f64)>, TuneError> {
    let parse_one = |part: &str| {
        let (hz, level) = part.trim().split_once('@')?;
        let hz = hz.trim().parse::<f64>().ok()?;
        let level = level.trim().parse::<f64>().ok()?;
        ((0.0..4_000.0).contains(&hz) && (-60.0..=3.0).contains(&level))
            .then(|| (hz, peak_of_dbm0(level)))
    };
    let frequencies: Vec<_> = text
        .split(',')
        .map(|part| parse_one(part).ok_or_else(|| bad("not a frequency and level", part)))
        .collect::<Result<_, _>>()?;
    if frequencies.len() > PARTS_MAX {
        return Err(bad("too many frequencies", text));
    }
    Ok(frequencies)
}

fn parse_length(text: &str) -> Result<Length, TuneError> {
    if text.trim() == "*" {
        return Ok(Length::Endless);
    }
    match text.trim().parse::<f64>() {
        Ok(seconds) if (0.0..=TUNE_SAMPLES_MAX as f64 / RATE).contains(&seconds) => {
            Ok(Length::Seconds(seconds))
        }
        Ok(_) | Err(_) => Err(bad("not a length in seconds", text)),
    }
}

fn parse_section(text: &str, frequencies: usize) -> Result<Section, TuneError> {
    let inner = text
        .split_once('(')
        .and_then(|(length, rest)| Some((length, rest.trim_end().strip_suffix(')')?)));
    let Some((length, inner)) = inner else {
        return Err(bad("not length(on/off/tones)", text));
    };
    let segments: Vec<Segment> = inner
        .split(',')
        .map(|part| parse_segment(part, frequencies))
        .collect::<Result<_, _>>()?;
    if segments.len() > PARTS_MAX {
        return Err(bad("too many segments", text));
    }
    let length = parse_length(length)?;
    Ok(Section { length, segments })
}

fn parse_segment(text: &str, frequencies: usize) -> Result<Segment, TuneError> {
    let mut fields = text.split('/');
    let (Some(on), Some(off), Some(tones), None) =
        (fields.next(), fields.next(), fields.next(), fields.next())
    else {
        return Err(bad("not on/off/tones", text));
    };
    let mut numbers = Vec::new();
    for tone in tones.split('+') {
        match tone.trim().parse::<usize>() {
            Ok(0) => {}
            Ok(number) if number <= frequencies => numbers.push(number - 1),
            Ok(_) | Err(_) => return Err(bad("no frequency of that number", text)),
        }
    }
    if numbers.len() > PARTS_MAX {
        return Err(bad("too many tones", text));
    }
    Ok(Segment {
        on: parse_length(on)?,
        off: parse_length(off)?,
        tones: numbers,
    })
}

fn samples_of(seconds: f64) -> usize {
    (seconds * RATE).round() as usize
}

/// Samples that the section takes in the tune.
fn section_samples(section: &Section) -> usize {
    if let Length::Seconds(seconds) = section.length {
        return samples_of(seconds);
    }
    let mut cycle = 0;
    for segment in &section.segments {
        for part in [segment.on, segment.off] {
            match part {
                Length::Seconds(seconds) => cycle += samples_of(seconds),
                // A steady tone: any whole second of it loops without a seam.
                Length::Endless => return (cycle / 8_000 + 1) * 8_000,
            }
        }
    }
    (1..=10)
        .map(|cycles| cycles * cycle)
        .find(|samples| samples % 8_000 == 0)
        .unwrap_or(cycle)
}

fn render_section(
    section: &Section,
    frequencies: &[(f64, f64)],
    out: &mut Vec<i16>,
) -> Result<(), TuneError> {
    let end = out.len() + section_samples(section);
    let mut at = 0;
    while out.len() < end {
        let before = out.len();
        for segment in &section.segments {
            for (length, sounding) in [(segment.on, true), (segment.off, false)] {
                let left = end - out.len();
                let count = match length {
                    Length::Seconds(seconds) => samples_of(seconds).min(left),
                    Length::Endless => left,
                };
                let tones: &[usize] = if sounding { &segment.tones } else { &[] };
                out.extend((at..at + count).map(|i| mix(tones, frequencies, i)));
                at += count;
            }
        }
        if out.len() == before {
            return Err(TuneError::Unreadable(
                "tone script: a section has no length".into(),
            ));
        }
    }
    Ok(())
}

fn mix(tones: &[usize], frequencies: &[(f64, f64)], index: usize) -> i16 {
    let sum: f64 = tones
        .iter()
        .filter_map(|tone| frequencies.get(*tone))
        .map(|(hz, peak)| peak * (TAU * hz * index as f64 / RATE).sin())
        .sum();
    sum.round().clamp(-32_768.0, 32_767.0) as i16
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tone::power_at;

    #[test]
    fn the_russian_ringback_sounds_one_second_in_five() {
        let rendered = render(RINGBACK_RU).unwrap();
        assert!(rendered.endless);
        assert_eq!(rendered.samples.len(), 5 * 8_000);
        assert!(power_at(&rendered.samples[..8_000], 425.0, 8_000) > 0.99);
        assert!(rendered.samples[8_000..].iter().all(|s| *s == 0));
    }

    #[test]
    fn the_american_ringback_is_two_tones() {
        let rendered = render(RINGBACK_US).unwrap();
        assert_eq!(rendered.samples.len(), 6 * 8_000);
        for hz in [440.0, 480.0] {
            let power = power_at(&rendered.samples[..16_000], hz, 8_000);
            assert!((power - 0.5).abs() < 0.02, "{hz}: {power}");
        }
    }

    #[test]
    fn the_level_is_in_dbm0() {
        // -19 dBm0 is 22.17 dB below the loudest sine: a peak of 2,501.
        let rendered = render("1000@-19;1(*/0/1)").unwrap();
        let peak = rendered.samples.iter().map(|s| s.abs()).max().unwrap();
        assert!((2_495..=2_507).contains(&peak), "{peak}");
    }

    #[test]
    fn a_steady_tone_loops_without_a_seam() {
        let rendered = render("350@-19,440@-19;*(*/0/1+2)").unwrap();
        assert!(rendered.endless);
        let looped: Vec<i16> = [&rendered.samples[..], &rendered.samples[..]].concat();
        let steps = looped.windows(2).map(|w| (w[1] - w[0]).abs());
        let inner = steps.clone().take(7_999).max().unwrap();
        assert!(steps.max().unwrap() <= inner);
    }

    #[test]
    fn sections_follow_each_other_and_several_segments_make_a_cadence() {
        let rendered = render("425@-10;1(.25/.25/1);0.5(.1/.1/1,.1/.2/0)").unwrap();
        assert!(!rendered.endless);
        assert_eq!(rendered.samples.len(), 12_000);
        assert!(rendered.samples[2_000..4_000].iter().all(|s| *s == 0));
        assert!(power_at(&rendered.samples[4_000..6_000], 425.0, 8_000) > 0.9);
        assert!(rendered.samples[8_800..].iter().all(|s| *s == 0));
    }

    #[test]
    fn what_is_not_understood_is_named() {
        for (script, named) in [
            ("", "\"\""),
            ("425", "425"),
            ("425@-19", "no section"),
            ("425@-19;1", "length(on/off/tones)"),
            ("425@-19;1(1/1)", "1/1"),
            ("425@-19;1(1/1/2)", "frequency of that number"),
            ("425@-19;x(1/1/1)", "x"),
            ("425@-19;*(0/0/1)", "no section with a length"),
            ("425@-19;1(0/0/1)", "no length"),
            ("425@-19;*(1/1/1);1(1/1/1)", "after one without end"),
            ("nan@-19;1(1/1/1)", "nan"),
            ("425@-19;inf(1/1/1)", "inf"),
        ] {
            let error = render(script).unwrap_err().to_string();
            assert!(error.contains(named), "{script}: {error}");
        }
    }

    #[test]
    fn a_script_cannot_ask_for_more_than_the_longest_tune() {
        let script = "425@-19;1800(1/0/1);1(1/0/1)";
        assert_eq!(render(script), Err(TuneError::TooLong(1_800)));
    }
}
