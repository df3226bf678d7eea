//! Audio files as samples at 8 kHz, and at 16 kHz if there is more in them: wav and mp3 through symphonia, all channels mixed into one.

use crate::resample::{RATE_IN_MAX, RATE_IN_MIN, Resampler};
use crate::{Rate, TUNE_SAMPLES_MAX, TuneError};
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

/// What a file sounds like.
#[derive(Debug, Default)]
pub(crate) struct Decoded {
    /// At 8 kHz.
    pub(crate) narrow: Vec<i16>,
    /// At 16 kHz; `None` for a file that has no more than the telephone band.
    pub(crate) wide: Option<Vec<i16>>,
}

/// Reads the file by its content. Files come from outside, and the library
/// under this panics on some damaged headers (an overflow in its wav reader,
/// seen in builds that check for it): that is one bad file and nothing more.
///
/// # Errors
/// [`TuneError`] says what is wrong with it.
pub(crate) fn decode(bytes: &[u8]) -> Result<Decoded, TuneError> {
    std::panic::catch_unwind(|| read(bytes)).unwrap_or_else(|_| {
        let what = "it is damaged in a way that the decoder does not survive";
        Err(TuneError::Unreadable(what.into()))
    })
}

fn read(bytes: &[u8]) -> Result<Decoded, TuneError> {
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

/// Mixes channels into one and brings them to our rates, packet by packet, so that
/// a long file is never held at its own rate.
#[derive(Default)]
struct Mixer {
    interleaved: Vec<f32>,
    mono: Vec<f32>,
    resamplers: Option<Resamplers>,
    out: Decoded,
}

/// The resamplers from one rate.
struct Resamplers {
    of_hz: u32,
    narrow: Resampler,
    wide: Resampler,
}

impl Resamplers {
    fn new(of_hz: u32) -> Result<Self, TuneError> {
        let to = |rate| {
            Resampler::to(of_hz, rate).ok_or_else(|| {
                TuneError::Unreadable(format!(
                    "its rate is {of_hz} Hz, not {RATE_IN_MIN} to {RATE_IN_MAX}"
                ))
            })
        };
        Ok(Self {
            of_hz,
            narrow: to(Rate::Narrow)?,
            wide: to(Rate::Wide)?,
        })
    }

    fn finish(self, out: &mut Decoded) {
        self.narrow.finish(&mut out.narrow);
        if let Some(wide) = &mut out.wide {
            self.wide.finish(wide);
        }
    }
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
        if self.resamplers.as_ref().is_none_or(|of| of.of_hz != rate) {
            match self.resamplers.replace(Resamplers::new(rate)?) {
                Some(last) => last.finish(&mut self.out),
                None if rate > Rate::Narrow.hz() => self.out.wide = Some(Vec::new()),
                None => {}
            }
        }
        if let Some(resamplers) = &mut self.resamplers {
            resamplers.narrow.push(&self.mono, &mut self.out.narrow);
            if let Some(wide) = &mut self.out.wide {
                resamplers.wide.push(&self.mono, wide);
            }
        }
        self.check_length()
    }

    fn finish(mut self) -> Result<Decoded, TuneError> {
        if let Some(last) = self.resamplers.take() {
            last.finish(&mut self.out);
        }
        if self.out.narrow.is_empty() {
            return Err(TuneError::Unreadable("there is no sound in it".into()));
        }
        self.check_length()?;
        self.out.narrow.shrink_to_fit();
        if let Some(wide) = &mut self.out.wide {
            wide.shrink_to_fit();
        }
        Ok(self.out)
    }

    fn check_length(&self) -> Result<(), TuneError> {
        if self.out.narrow.len() > TUNE_SAMPLES_MAX {
            return Err(TuneError::TooLong((TUNE_SAMPLES_MAX / 8_000) as u64));
        }
        Ok(())
    }
}
