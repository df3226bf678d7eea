//! Prints the digits heard in audio files: none is right for speech and music.
//!
//! `flite -voice slt -f text.txt -o speech.wav` and
//! `cargo run -p voice --example talk_off -- speech.wav` measure talk-off.
#![allow(clippy::expect_used, reason = "a tool for developers may stop")]

fn main() {
    for path in std::env::args().skip(1) {
        let bytes = std::fs::read(&path).expect("the file is readable");
        let tune = voice::Tune::decode(&bytes).expect("the file is wav or mp3");
        let mut receiver = voice::dtmf_tones::ToneDigitReceiver::default();
        let mut digits = String::new();
        let start = std::time::Instant::now();
        receiver.receive(tune.samples(), |digit| digits.push(digit));
        let seconds = tune.duration_ms() as f64 / 1_000.0;
        let cost = start.elapsed().as_secs_f64() / seconds * 1e6;
        println!("{path}: {seconds:.0} s, digits {digits:?}, {cost:.0} µs a second");
    }
}
