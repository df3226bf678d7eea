//! Audio files as samples at 8 kHz: wav and mp3 through symphonia, all channels mixed into one.

use crate::resample::{RATE_IN_MAX, RATE_IN_MIN, Resampler};
use crate::{TUNE_SAMPLES_MAX, TuneError};
use std::io::{Cursor, ErrorKind};
use symphonia::core::codecs::audio::AudioDecoderOptions;
use symphonia::core::errors::Error;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, FormatReader, TrackType};
use symphonia::core::io::MediaSourceStream;
use symphonia::core::meta::MetadataOptions;

/// Damaged packets that are skipped before the file is given up: a bad frame
/// in the middle of a long mp3 must not silence it, a wrong file must not take long.
const BAD_PACKETS_MAX: usize = 64;

/// Reads the file by its content. Files come from outside, and the library
/// under this panics on some damaged headers (an overflow in its wav reader,
/// seen in builds that check for it): that is one bad file and nothing more.
///
/// # Errors
/// [`TuneError`] says what is wrong with it.
pub(crate) fn decode(bytes: &[u8]) -> Result<Vec<i16>, TuneError> {
    std::panic::catch_unwind(|| read(bytes)).unwrap_or_else(|_| {
        let what = "it is damaged in a way that the decoder does not survive";
        Err(TuneError::Unreadable(what.into()))
    })
}

fn read(bytes: &[u8]) -> Result<Vec<i16>, TuneError> {
    let source = MediaSourceStream::new(Box::new(Cursor::new(bytes)), Default::default());
    let mut format = symphonia::default::get_probe()
        .probe(
            &Hint::new(),
            source,
            FormatOptions::default(),
            MetadataOptions::default(),
        )
        .map_err(|error| unreadable(&error))?;
    let track = format
        .default_track(TrackType::Audio)
        .ok_or_else(|| TuneError::Unreadable("there is no sound in it".into()))?;
    let track_id = track.id;
    let params = track
        .codec_params
        .as_ref()
        .and_then(|params| params.audio())
        .ok_or_else(|| TuneError::Unreadable("its codec is not known".into()))?;
    let mut decoder = symphonia::default::get_codecs()
        .make_audio_decoder(params, &AudioDecoderOptions::default())
        .map_err(|error| unreadable(&error))?;

    let mut mixer = Mixer::default();
    let mut bad_packets = 0;
    while let Some(packet) = next_packet(format.as_mut())? {
        if packet.track_id != track_id {
            continue;
        }
        match decoder.decode(&packet) {
            Ok(buffer) => {
                let spec = buffer.spec();
                let (rate, channels) = (spec.rate(), spec.channels().count());
                buffer.copy_to_vec_interleaved(&mut mixer.interleaved);
                mixer.take(rate, channels)?;
            }
            Err(Error::DecodeError(_)) if bad_packets < BAD_PACKETS_MAX => bad_packets += 1,
            Err(error) => return Err(unreadable(&error)),
        }
    }
    mixer.finish()
}

fn unreadable(error: &Error) -> TuneError {
    TuneError::Unreadable(error.to_string())
}

/// The next packet; a file cut short ends where it was cut.
fn next_packet(
    format: &mut dyn FormatReader,
) -> Result<Option<symphonia::core::packet::Packet>, TuneError> {
    match format.next_packet() {
        Ok(packet) => Ok(packet),
        Err(Error::IoError(error)) if error.kind() == ErrorKind::UnexpectedEof => Ok(None),
        Err(error) => Err(unreadable(&error)),
    }
}

/// Mixes channels into one and brings them to 8 kHz, packet by packet, so that
/// a long file is never held at its own rate.
#[derive(Default)]
struct Mixer {
    interleaved: Vec<f32>,
    mono: Vec<f32>,
    resampler: Option<(u32, Resampler)>,
    out: Vec<i16>,
}

impl Mixer {
    fn take(&mut self, rate: u32, channels: usize) -> Result<(), TuneError> {
        if channels == 0 {
            return Err(TuneError::Unreadable("it has no channels".into()));
        }
        self.mono.clear();
        let scale = 1.0 / channels as f32;
        self.mono.extend(
            self.interleaved
                .chunks_exact(channels)
                .map(|frame| frame.iter().sum::<f32>() * scale),
        );
        if self.resampler.as_ref().is_none_or(|(of, _)| *of != rate) {
            let next = Resampler::new(rate).ok_or_else(|| {
                TuneError::Unreadable(format!(
                    "its rate is {rate} Hz, not {RATE_IN_MIN} to {RATE_IN_MAX}"
                ))
            })?;
            if let Some((_, last)) = self.resampler.replace((rate, next)) {
                last.finish(&mut self.out);
            }
        }
        if let Some((_, resampler)) = &mut self.resampler {
            resampler.push(&self.mono, &mut self.out);
        }
        self.check_length()
    }

    fn finish(mut self) -> Result<Vec<i16>, TuneError> {
        if let Some((_, last)) = self.resampler.take() {
            last.finish(&mut self.out);
        }
        if self.out.is_empty() {
            return Err(TuneError::Unreadable("there is no sound in it".into()));
        }
        self.check_length()?;
        self.out.shrink_to_fit();
        Ok(self.out)
    }

    fn check_length(&self) -> Result<(), TuneError> {
        if self.out.len() > TUNE_SAMPLES_MAX {
            return Err(TuneError::TooLong((TUNE_SAMPLES_MAX / 8_000) as u64));
        }
        Ok(())
    }
}
