//! The committed hold music is what the synthesiser makes.
#![allow(clippy::unwrap_used, reason = "a test may stop where it fails")]

use voice::Tune;

#[test]
fn the_committed_hold_music_is_the_one_that_is_made() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../scenarios/sounds/hold-music.wav"
    );
    let committed = Tune::decode(&std::fs::read(path).unwrap()).unwrap();
    let made = voice::hold_music::samples();
    assert_eq!(committed.samples().len(), made.len());
    // Sines of another C library may differ in the last bit.
    let worst = committed.samples().iter().zip(&made);
    let worst = worst.map(|(a, b)| (a - b).abs()).max().unwrap();
    assert!(worst <= 1, "make it again: differs by {worst}");
}
