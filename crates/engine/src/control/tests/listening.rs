//! Ears of calls: they wait for audio and go with the call.

use super::*;
use crate::control::Ear;

fn ear() -> FrameSink {
    FrameSink::new(|_| {})
}

#[test]
fn an_ear_waits_for_the_audio_of_its_call_and_goes_with_it() {
    let (mut control, mut stage) = (control(), Scene::default());
    control.open_ear(CALLER, Ear::Beep, ear(), &mut stage);
    alert(&mut control, sdp(0, "sendrecv"));
    control.open_ear(CALLER, Ear::Voice, ear(), &mut stage);
    control.monitor(CALLER, Some(3), &mut stage);
    assert_eq!(stage.take(), [""; 0], "no audio yet, and no call at first");
    answer(&mut control, &mut stage);
    let heard: Vec<String> = stage.take();
    let about = |word: &str| heard.iter().filter(|line| line.contains(word)).count();
    assert_eq!(about("statistics m"), 1, "{heard:?}");
    assert_eq!(about("stream s"), 2, "{heard:?}");
    assert_eq!(about("s1 hears") + about("s2 hears"), 2, "{heard:?}");
    control.open_ear(CALLER, Ear::Voice, ear(), &mut stage);
    assert_eq!(stage.take().len(), 3, "the old one goes, a new one comes");
    control.monitor(CALLER, None, &mut stage);
    assert_eq!(stage.take().len(), 2);
    control.close_ear(CALLER, Ear::Beep, &mut stage);
    assert_eq!(stage.take(), [""; 0]);
    control.hangup(0, CALLER, Vec::new(), &mut stage);
    control.close_media(CALLER, &mut stage);
    assert!(control.ears.is_empty());
}
