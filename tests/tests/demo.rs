//! `make demo`: two phones for someone who has none.

use std::path::Path;
use std::process::Command;

use cordboard_tests::audio;
use cordboard_tests::centre::{Centre, CentrePlan};
use cordboard_tests::eventually::seconds;
use cordboard_tests::program::Program;

#[tokio::test]
async fn the_demo_lets_two_phones_talk_and_keeps_what_each_heard() {
    let centre = Centre::start(CentrePlan::new().demo()).await;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../demo/demo.sh");
    let mut command = Command::new("bash");
    command
        .arg(script)
        .arg(centre.data())
        .env("LANG", "C")
        .env("PRESS_READY", "1")
        .env("TALK_S", "3");
    let log = centre.data().join("demo.out");
    let mut demo = Program::start("demo.sh", &log, &command);
    let status = demo.end(seconds(60)).await;
    assert!(status.success(), "{}", demo.log());
    for name in ["anna", "caller"] {
        let file = centre
            .data()
            .join(format!("demo-recordings/heard-by-{name}.wav"));
        let heard = audio::read_growing_wav(&file);
        assert!(
            audio::rms(&heard) > audio::SILENCE_RMS,
            "{name} heard nothing"
        );
    }
    centre.is_empty_again().await;
}
