use super::*;
use std::sync::{Arc, Mutex};

const RECORDER: RecorderId = RecorderId(7);
const STEREO: Format = Format {
    rate: Rate::Narrow,
    stereo: true,
};
const RATE_HZ: u32 = 8_000;
const CHANNELS: u16 = 2;

/// Runs the writer on these orders and returns what it told.
fn told(orders: Vec<Order>) -> Vec<MediaEvent> {
    let (sender, receiver) = crossbeam_channel::unbounded();
    for order in orders {
        sender.send(order).unwrap();
    }
    drop(sender);
    let events = Arc::new(Mutex::new(Vec::new()));
    let into = Arc::clone(&events);
    let sink: EventSink = Arc::new(move |event| {
        if !matches!(event, MediaEvent::RecorderStarted { .. }) {
            into.lock().unwrap().push(event);
        }
    });
    run(&receiver, &sink);
    drop(sink);
    Arc::into_inner(events).unwrap().into_inner().unwrap()
}

fn open(path: &Path) -> Order {
    Order::Open {
        recorder: RECORDER,
        path: path.into(),
        format: STEREO,
    }
}

fn write(gap: u64, samples: &[i16]) -> Order {
    Order::Write {
        recorder: RECORDER,
        gap,
        samples: samples.into(),
    }
}

const FINISH: Order = Order::Finish { recorder: RECORDER };

#[test]
fn a_gap_is_silence_and_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.wav");
    let events = told(vec![
        open(&path),
        write(0, &[1; 320]),
        write(8_000, &[2; 320]),
        FINISH,
    ]);
    let file = std::fs::read(&path).unwrap();
    let mut expected = vec![1; 320];
    expected.extend([0; 16_000]);
    expected.extend([2; 320]);
    assert_eq!(file, wav::write(RATE_HZ, CHANNELS, &expected));
    let [
        MediaEvent::RecorderFinished {
            recorder,
            recording,
            lost_ms,
        },
    ] = &events[..]
    else {
        panic!("{events:?}");
    };
    assert_eq!((*recorder, *lost_ms), (RECORDER, 1_000));
    assert_eq!(recording.duration_ms, 1_040);
    assert_eq!(recording.path, path);
    let sum = Sha256::digest(&file);
    let hex: String = sum.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(recording.sha256, hex);
    assert!(!part_of(&path).exists());
}

#[test]
fn what_is_open_at_the_end_is_finished() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.wav");
    let events = told(vec![open(&path), write(0, &[1; 320])]);
    assert!(matches!(events[..], [MediaEvent::RecorderFinished { .. }]));
    assert_eq!(std::fs::read(&path).unwrap().len(), 44 + 640);
}

#[test]
fn a_recording_never_overwrites_another_and_fails_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.wav");
    std::fs::write(&path, "precious").unwrap();
    let missing = folder.path().join("missing/too/a.wav");
    for path in [path.clone(), missing] {
        let events = told(vec![open(&path), write(0, &[1; 320]), FINISH]);
        let [MediaEvent::RecorderFailed { why, .. }] = &events[..] else {
            panic!("{events:?}");
        };
        assert!(why.contains("a.wav"), "{why}");
    }
    assert_eq!(std::fs::read(&path).unwrap(), b"precious");
}

#[test]
fn a_part_of_a_killed_process_becomes_a_whole_recording() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.wav");
    let mut part = Part::create(path.clone(), STEREO).unwrap();
    let mut bytes = Vec::new();
    // 6 s, so that the header knows of 5; then it was killed in the middle of a write.
    for second in 1..=6 {
        part.write(0, &vec![second; 16_000], &mut bytes).unwrap();
    }
    let end = part.file.metadata().unwrap().len();
    part.file.write_all_at(&[9; 3], end).unwrap();
    drop(part);
    let left = std::fs::read(part_of(&path)).unwrap();
    assert_eq!(left[..44], wav::header(RATE_HZ, CHANNELS, 5 * 32_000));

    let recording = recover_recording(&part_of(&path)).unwrap();
    assert_eq!(recording.duration_ms, 6_000);
    let samples: Vec<i16> = (1..=6).flat_map(|s| vec![s; 16_000]).collect();
    let whole = std::fs::read(&path).unwrap();
    assert_eq!(whole, wav::write(RATE_HZ, CHANNELS, &samples));
    assert!(!part_of(&path).exists());
}

#[test]
fn what_is_no_part_of_ours_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let ours = wav::header(RATE_HZ, CHANNELS, 0);
    file("c.wav", b"finished before");
    for path in [
        file("a.wav", &ours),
        file("b.wav.part", b"short"),
        file("c.wav.part", &ours),
        file("d.wav.part", &wav::write(44_100, 1, &[0; 100])),
    ] {
        let before = std::fs::read(&path).unwrap();
        let error = recover_recording(&path).unwrap_err();
        assert!(error.to_string().contains(".wav"), "{error}");
        assert_eq!(std::fs::read(&path).unwrap(), before);
    }
}
