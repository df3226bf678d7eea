//! Writes the hold music as a wav file: `cargo run -p voice --example hold_music -- OUT.wav`.

fn main() -> std::io::Result<()> {
    let Some(path) = std::env::args_os().nth(1) else {
        eprintln!("usage: hold_music OUT.wav");
        std::process::exit(2);
    };
    let samples = voice::hold_music::samples();
    std::fs::write(path, voice::wav::write(8_000, 1, &samples))
}
