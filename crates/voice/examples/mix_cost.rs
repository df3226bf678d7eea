//! What a conference costs: decoding, jitter buffers, the mix and encoding for
//! every member, without sockets. `cargo run -p voice --example mix_cost`.

use voice::jitter::JitterBuffer;
use voice::mix::Mix;
use voice::{Law, g711};

/// Frames measured: 20 s of talk.
const FRAMES: u32 = 1_000;

/// Nanoseconds of CPU that this thread has used (Linux), whatever else the machine does.
fn cpu_ns() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let first = text.split_whitespace().next();
    first.and_then(|ns| ns.parse().ok()).unwrap_or(f64::NAN)
}

fn main() {
    for members in [2, 10, 100] {
        let tone = voice::tone::sine(500.0, 0.1, 8_000, 160);
        let bytes = g711::encode(Law::Mu, &tone);
        let mut buffers = vec![JitterBuffer::default(); members];
        let mut frames = vec![[0i16; 160]; members];
        let mut mix = Mix::new(160);
        let mut samples = [0; 160];
        let mut sent = 0u64;
        let start_ns = cpu_ns();
        for number in 0..FRAMES {
            mix.begin();
            for (buffer, frame) in buffers.iter_mut().zip(&mut frames) {
                let heard = g711::decode_to(Law::Mu, &bytes, &mut samples);
                buffer.push(1, number * 160, heard);
                buffer.pull(frame);
                mix.add(frame);
            }
            mix.limit();
            for frame in &frames {
                let mut packet = [0; 160];
                mix.without(frame, &mut samples);
                g711::encode_to(Law::Mu, &samples, &mut packet);
                sent += u64::from(packet[0]);
            }
        }
        let us = (cpu_ns() - start_ns) / 1e3 / f64::from(FRAMES);
        let each = us / members as f64;
        // The sum keeps the work from being left out.
        println!("{members} members: {us:.1} µs of CPU a tick, {each:.2} µs each ({sent})");
    }
}
