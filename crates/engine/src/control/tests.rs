//! Call control against a stage of recorded calls: no sockets, no clock.

mod endings;
mod joining;
mod listening;
mod transfers;

use super::*;
use crate::outside::{ConferenceCall, Outside, Parting, Units};
use crate::speech::Saying;
use media::{FeedId, FrameSink, MixerId, RecorderId, Source, StreamId};
use scenario::host::{DialTarget, PlayerSource, RecorderSpec};
use sip::{DialRequest, Headers, Target};
use std::net::IpAddr;
use std::sync::Arc;
use voice::{Codec, Rate, Tune};

mod units;

/// Writes down what call control asks for.
#[derive(Default)]
struct Scene {
    log: Vec<String>,
    legs: u64,
    ports: u16,
    players: u64,
    no_ports: bool,
    /// `Reason` of each refusal and hang-up.
    reasons: Vec<String>,
    units: u64,
}

impl Scene {
    fn take(&mut self) -> Vec<String> {
        std::mem::take(&mut self.log)
    }

    fn note(&mut self, line: String) {
        self.log.push(line);
    }
}

impl Outside for Scene {
    fn dial(&mut self, request: DialRequest) -> sip::LegId {
        self.legs += 1;
        let codecs = first_codec(&request.sdp);
        self.note(format!(
            "dial {:?} as {} {codecs}",
            request.target, request.caller
        ));
        sip::LegId(100 + self.legs)
    }
    fn dial_conference(&mut self, call: ConferenceCall) -> sip::LegId {
        self.legs += 1;
        self.note(format!("call conference {}", call.conference));
        sip::LegId(100 + self.legs)
    }
    fn ask_for_place(&mut self, other: sip::LegId, _: Vec<u8>) -> sip::LegId {
        self.legs += 1;
        self.note(format!("ask for the place of {}", other.0));
        sip::LegId(100 + self.legs)
    }
    fn part_with(&mut self, leg: sip::LegId, how: Parting) {
        self.note(format!("part with {} {how:?}", leg.0));
    }
    fn inner_ip(&self) -> IpAddr {
        IpAddr::from([127, 0, 0, 1])
    }
    fn ring(&mut self, leg: sip::LegId, _: Headers) {
        self.note(format!("ring {}", leg.0));
    }
    fn early_media(&mut self, leg: sip::LegId, _: Headers, sdp: Vec<u8>) {
        self.note(format!("183 {} {}", leg.0, first_codec(&sdp)));
    }
    fn answer(&mut self, leg: sip::LegId, _: Headers, sdp: Vec<u8>) {
        self.note(format!("200 {} {}", leg.0, first_codec(&sdp)));
    }
    fn reject(&mut self, leg: sip::LegId, code: u16, _: Headers, reason: Option<String>) {
        let reason = reason.unwrap_or_default();
        self.note(format!("reject {} {code}", leg.0));
        self.reasons.push(reason);
    }
    fn hangup(&mut self, leg: sip::LegId, _: Headers, reason: Option<String>) {
        self.note(format!("hangup {}", leg.0));
        self.reasons.push(reason.unwrap_or_default());
    }
    fn refuse_reoffer(&mut self, leg: sip::LegId, code: u16, _: Headers) {
        self.note(format!("reoffer {} {code}", leg.0));
    }
    fn reoffer(&mut self, leg: sip::LegId, _: Headers, sdp: Vec<u8>) {
        let text = String::from_utf8_lossy(&sdp);
        let direction = text.lines().rev().find(|line| line.starts_with("a="));
        self.note(format!(
            "re-invite {} {}",
            leg.0,
            direction.unwrap_or_default()
        ));
    }
    fn answer_refer(&mut self, leg: sip::LegId, code: u16) {
        self.note(format!("refer {} {code}", leg.0));
    }
    fn notify_refer(&mut self, leg: sip::LegId, code: u16, reason: String) {
        self.note(format!("notify {} {code} {reason}", leg.0));
    }
    fn refer(&mut self, leg: sip::LegId, to: sip::ReferTo, _: Headers) {
        self.note(format!("send refer {} {to:?}", leg.0));
    }
    fn answer_reoffer(&mut self, leg: sip::LegId, _: Headers, sdp: Vec<u8>) {
        self.note(format!(
            "reoffer {} {}",
            leg.0,
            if sdp.is_empty() { "refused" } else { "taken" }
        ));
    }
    fn info(&mut self, leg: sip::LegId, mime_type: String, _: Vec<u8>, _: Headers) {
        self.note(format!("info {} {mime_type}", leg.0));
    }
    fn local_ip_for(&mut self, _: &Target) -> IpAddr {
        IpAddr::from([127, 0, 0, 1])
    }
    fn open_media(&mut self) -> Result<(media::LegId, u16), String> {
        if self.no_ports {
            return Err("no port".into());
        }
        self.ports += 2;
        self.note(format!("open m{}", self.ports));
        Ok((media::LegId(u64::from(self.ports)), 20_000 + self.ports))
    }
    fn configure(&mut self, leg: media::LegId, params: LegParams) {
        let sends = if params.sends { "sends" } else { "silent" };
        self.note(format!("configure m{} {:?} {sends}", leg.0, params.codec));
    }
    fn hear(&mut self, listener: media::LegId, source: media::Source) {
        self.note(format!("m{} hears {source:?}", listener.0));
    }
    fn unhear(&mut self, listener: media::LegId, source: media::Source) {
        self.note(format!("m{} unhears {source:?}", listener.0));
    }
    fn report_digits(&mut self, leg: media::LegId, enabled: bool) {
        self.note(format!("digits m{} {enabled}", leg.0));
    }
    fn send_digits(&mut self, leg: media::LegId, digits: &str) {
        self.note(format!("send {digits} m{}", leg.0));
    }
    fn close_media(&mut self, leg: media::LegId, _: CallId) {
        self.note(format!("close m{}", leg.0));
    }
    fn create_player(&mut self, _: Arc<Tune>, looped: bool, _: bool) -> media::PlayerId {
        self.players += 1;
        self.note(format!("player p{} looped={looped}", self.players));
        media::PlayerId(self.players)
    }
    fn pause_player(&mut self, player: media::PlayerId, paused: bool) {
        self.note(format!("pause p{} {paused}", player.0));
    }
    fn stop_player(&mut self, player: media::PlayerId) {
        self.note(format!("stop p{}", player.0));
    }
    fn fetch_tune(&mut self, player: PlayerId, url: String) {
        self.note(format!("fetch {player} {url}"));
    }
    fn speak(&mut self, player: PlayerId, saying: Saying) -> Vec<&'static str> {
        self.note(format!("speak {player} {} {}", saying.text, saying.voice));
        Vec::new()
    }
    fn fetch_request(&mut self, player: PlayerId, spec: scenario::host::HttpSpec) {
        self.note(format!("fetch {player} {} {}", spec.method, spec.url));
    }
}

impl Units for Scene {
    fn report_tone_digits(&mut self, leg: media::LegId, enabled: bool) {
        self.note(format!("tones m{} {enabled}", leg.0));
    }
    fn report_stats(&mut self, leg: media::LegId, every_s: Option<u32>) {
        self.note(format!("statistics m{} {every_s:?}", leg.0));
    }
    fn create_mixer(&mut self, rate: Rate) -> MixerId {
        self.units += 1;
        self.note(format!("mixer x{} {rate:?}", self.units));
        MixerId(self.units)
    }
    fn join_mixer(&mut self, mixer: MixerId, member: Source) {
        self.note(format!("{member:?} joins x{}", mixer.0));
    }
    fn leave_mixer(&mut self, mixer: MixerId, member: Source) {
        self.note(format!("{member:?} leaves x{}", mixer.0));
    }
    fn close_mixer(&mut self, mixer: MixerId) {
        self.note(format!("close x{}", mixer.0));
    }
    fn create_recorder(
        &mut self,
        recorder: UnitId,
        spec: &RecorderSpec,
        of: Option<media::LegId>,
    ) -> Result<Running, String> {
        if self.no_ports {
            return Err("no place".into());
        }
        let stereo = if spec.stereo { " stereo" } else { "" };
        self.note(format!("recorder r{recorder} of {of:?}{stereo}"));
        Ok(Running {
            id: RecorderId(u64::from(recorder)),
            url: format!("url{recorder}"),
        })
    }
    fn record(&mut self, recorder: RecorderId, source: Source) {
        self.note(format!("{source:?} into r{}", recorder.0));
    }
    fn unrecord(&mut self, recorder: RecorderId, source: Source) {
        self.note(format!("{source:?} out of r{}", recorder.0));
    }
    fn mute_recorder(&mut self, recorder: RecorderId, muted: bool) {
        self.note(format!("mute r{} {muted}", recorder.0));
    }
    fn stop_recorder(&mut self, recorder: RecorderId) {
        self.note(format!("stop r{}", recorder.0));
    }
    fn forget_recorder(&mut self, recorder: RecorderId) {
        self.note(format!("forget r{}", recorder.0));
    }
    fn create_feed(&mut self, rate: Rate) -> FeedId {
        self.units += 1;
        self.note(format!("feed f{} {rate:?}", self.units));
        FeedId(self.units)
    }
    fn close_feed(&mut self, feed: FeedId) {
        self.note(format!("close f{}", feed.0));
    }
    fn create_stream(&mut self, rate: Rate, _: FrameSink) -> StreamId {
        self.units += 1;
        self.note(format!("stream s{} {rate:?}", self.units));
        StreamId(self.units)
    }
    fn stream(&mut self, stream: StreamId, source: Source) {
        self.note(format!("s{} hears {source:?}", stream.0));
    }
    fn unstream(&mut self, stream: StreamId, source: Source) {
        self.note(format!("s{} unhears {source:?}", stream.0));
    }
    fn close_stream(&mut self, stream: StreamId) {
        self.note(format!("close s{}", stream.0));
    }
}

fn first_codec(sdp: &[u8]) -> String {
    let text = String::from_utf8_lossy(sdp);
    let line = text
        .lines()
        .find(|line| line.starts_with("m=audio"))
        .unwrap_or_default();
    format!("pt {}", line.split(' ').nth(3).unwrap_or_default())
}

fn sdp(payload_type: u8, direction: &str) -> Vec<u8> {
    format!(
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
         m=audio 4000 RTP/AVP {payload_type}\r\na={direction}\r\n"
    )
    .into_bytes()
}

const CALLER: CallId = 1;
const AGENT: CallId = 2;
const CODECS: [Codec; 3] = [Codec::Pcmu, Codec::Pcma, Codec::G722];

fn control() -> Control {
    let codecs = Codecs {
        usual: CODECS.to_vec(),
        of_trunks: BTreeMap::new(),
        first_trunk: None,
    };
    Control::new(1, Arc::new(codecs))
}

fn alert(control: &mut Control, sdp: Vec<u8>) {
    let arrival = Arrival {
        leg: sip::LegId(1),
        sdp,
        local_ip: IpAddr::from([127, 0, 0, 1]),
        codecs: CODECS.to_vec(),
    };
    control.alert(CALLER, arrival);
}

fn effect(control: &mut Control, stage: &mut Scene, effect: Effect) -> Vec<Input> {
    control.effect(1_000, effect, stage).unwrap().inputs
}

fn answer(control: &mut Control, stage: &mut Scene) {
    effect(
        control,
        stage,
        Effect::Answer {
            call: CALLER,
            headers: vec![],
        },
    );
    let acked = SipEvent::Answered {
        leg: sip::LegId(1),
        headers: vec![],
        sdp: vec![],
    };
    let told = control.sip(1_000, CALLER, acked, stage);
    assert_eq!(
        told.inputs,
        [Input::CallConnected {
            call: CALLER,
            headers: vec![]
        }]
    );
}

fn dial(control: &mut Control, stage: &mut Scene) -> Vec<Input> {
    let wish = Effect::Dial {
        call: AGENT,
        target: DialTarget::User {
            user: "anna@app.account.voximplant.com".into(),
        },
        callerid: "7495".into(),
        display_name: String::new(),
        headers: vec![],
        timeout_ms: 60_000,
    };
    effect(control, stage, wish)
}

fn connect_agent(control: &mut Control, stage: &mut Scene) {
    let answered = SipEvent::Answered {
        leg: sip::LegId(101),
        headers: vec![],
        sdp: sdp(8, "sendrecv"),
    };
    let told = control.sip(2_000, AGENT, answered, stage);
    assert_eq!(
        told.inputs,
        [Input::CallConnected {
            call: AGENT,
            headers: vec![]
        }]
    );
}

fn ended(leg: u64, by_us: bool) -> SipEvent {
    SipEvent::Ended {
        leg: sip::LegId(leg),
        by_us,
        cause: 16,
        reason: "bye".into(),
        headers: vec![],
    }
}

#[test]
fn a_new_call_offers_first_what_the_caller_speaks() {
    let (mut control, mut stage) = (control(), Scene::default());
    alert(&mut control, sdp(8, "sendrecv"));
    answer(&mut control, &mut stage);
    dial(&mut control, &mut stage);
    let log = stage.take().join("; ");
    assert!(log.contains("200 1 pt 8"), "{log}");
    assert!(log.contains("dial User(\"anna\") as 7495 pt 8"), "{log}");
}

#[test]
fn a_bridge_wired_before_the_answer_is_there_after_it() {
    let (mut control, mut stage) = (control(), Scene::default());
    alert(&mut control, sdp(0, "sendrecv"));
    dial(&mut control, &mut stage);
    for (from, to) in [(AGENT, CALLER), (CALLER, AGENT)] {
        let (from, to) = (Unit::Call(from), Unit::Call(to));
        effect(&mut control, &mut stage, Effect::SendMedia { from, to });
    }
    stage.take();
    answer(&mut control, &mut stage);
    let log = stage.take();
    assert!(
        log.contains(&"m4 hears Leg(LegId(2))".to_owned()),
        "{log:?}"
    );
    assert!(
        log.contains(&"m2 hears Leg(LegId(4))".to_owned()),
        "{log:?}"
    );
}

#[test]
fn a_player_that_loads_late_is_heard_unless_replaced() {
    let (mut control, mut stage) = (control(), Scene::default());
    alert(&mut control, sdp(0, "sendrecv"));
    answer(&mut control, &mut stage);
    for player in [7, 8] {
        let source = PlayerSource::Url {
            url: "http://x/a.wav".into(),
        };
        let create = Effect::CreatePlayer {
            player,
            source,
            looped: false,
            paused: false,
        };
        effect(&mut control, &mut stage, create);
        let send = Effect::SendMedia {
            from: Unit::Player(player),
            to: Unit::Call(CALLER),
        };
        effect(&mut control, &mut stage, send);
    }
    stage.take();
    let tune = || Ok(Arc::new(Tune::from_samples(vec![0; 800])));
    let told = control.tune_ready(8, tune(), &mut stage);
    assert_eq!(
        told.inputs,
        [Input::PlayerStarted {
            player: 8,
            duration_ms: 100
        }]
    );
    control.tune_ready(7, tune(), &mut stage);
    assert_eq!(
        stage.take(),
        [
            "player p1 looped=false",
            "m2 hears Player(PlayerId(1))",
            "player p2 looped=false"
        ]
    );
}

#[test]
fn a_player_without_audio_finishes_with_the_error() {
    let (mut control, mut stage) = (control(), Scene::default());
    let source = PlayerSource::Url {
        url: "http://x/a.wav".into(),
    };
    effect(
        &mut control,
        &mut stage,
        Effect::CreatePlayer {
            player: 7,
            source,
            looped: true,
            paused: false,
        },
    );
    let told = control.tune_ready(7, Err("HTTP 404".into()), &mut stage);
    assert_eq!(
        told.inputs,
        [Input::PlayerFinished {
            player: 7,
            error: Some("HTTP 404".into())
        }]
    );
}

#[test]
fn the_first_packet_tells_the_quality_of_its_call() {
    let (mut control, mut stage) = (control(), Scene::default());
    alert(&mut control, sdp(0, "sendrecv"));
    answer(&mut control, &mut stage);
    let first = |leg| MediaEvent::FirstPacket {
        leg: media::LegId(leg),
    };
    let hd = false;
    assert_eq!(
        control.media(&first(2), &mut stage).inputs,
        [Input::CallFirstAudio { call: CALLER, hd }]
    );
    assert_eq!(control.media(&first(99), &mut stage).inputs, []);
}

#[test]
fn who_hung_up_first_is_told_first_and_the_ports_are_closed() {
    let (mut control, mut stage) = (control(), Scene::default());
    alert(&mut control, sdp(0, "sendrecv"));
    answer(&mut control, &mut stage);
    dial(&mut control, &mut stage);
    connect_agent(&mut control, &mut stage);
    stage.take();
    let told = control.sip(5_000, AGENT, ended(101, false), &mut stage);
    let Input::CallDisconnected {
        call,
        duration_ms,
        internal_code,
        ..
    } = &told.inputs[0]
    else {
        panic!("{told:?}")
    };
    assert_eq!((*call, *duration_ms, *internal_code), (AGENT, 3_000, 16));
    assert_eq!(stage.take(), ["close m4"]);
}

#[test]
fn a_hang_up_while_the_agent_rings_fails_the_call_once() {
    let (mut control, mut stage) = (control(), Scene::default());
    dial(&mut control, &mut stage);
    stage.take();
    let hangup = || Effect::Hangup {
        call: AGENT,
        headers: vec![],
    };
    assert!(effect(&mut control, &mut stage, hangup()).is_empty());
    assert!(effect(&mut control, &mut stage, hangup()).is_empty());
    assert_eq!(stage.take(), ["hangup 101", "close m2"]);
    // The 200 that crossed the CANCEL is not a connection any more.
    let crossed = SipEvent::Answered {
        leg: sip::LegId(101),
        headers: vec![],
        sdp: sdp(0, "sendrecv"),
    };
    assert!(
        control
            .sip(2_000, AGENT, crossed, &mut stage)
            .inputs
            .is_empty()
    );
    let told = control.sip(2_100, AGENT, ended(101, true), &mut stage);
    assert!(
        matches!(
            told.inputs[..],
            [Input::CallFailed {
                call: AGENT,
                code: 487,
                ..
            }]
        ),
        "{told:?}"
    );
    assert!(
        control
            .sip(2_200, AGENT, ended(101, true), &mut stage)
            .inputs
            .is_empty()
    );
}

#[test]
fn a_call_whose_end_is_never_confirmed_ends_by_itself() {
    let (mut control, mut stage) = (control(), Scene::default());
    alert(&mut control, sdp(0, "sendrecv"));
    answer(&mut control, &mut stage);
    effect(
        &mut control,
        &mut stage,
        Effect::Hangup {
            call: CALLER,
            headers: vec![],
        },
    );
    let deadline_ms = control.next_deadline_ms().unwrap();
    assert!(control.tick(deadline_ms - 1, &mut stage).inputs.is_empty());
    let told = control.tick(deadline_ms, &mut stage);
    assert!(
        matches!(
            told.inputs[..],
            [Input::CallDisconnected { call: CALLER, .. }]
        ),
        "{told:?}"
    );
    assert_eq!(control.next_deadline_ms(), None);
}

#[test]
fn hold_and_resume_are_told_once_each() {
    let (mut control, mut stage) = (control(), Scene::default());
    alert(&mut control, sdp(0, "sendrecv"));
    answer(&mut control, &mut stage);
    stage.take();
    let mut reoffer = |direction: &str| {
        let event = SipEvent::Reoffer {
            leg: sip::LegId(1),
            headers: vec![],
            sdp: sdp(0, direction),
        };
        control.sip(2_000, CALLER, event, &mut stage).inputs
    };
    assert_eq!(
        reoffer("inactive"),
        [Input::CallHeld {
            call: CALLER,
            held: true
        }]
    );
    assert!(reoffer("inactive").is_empty());
    assert_eq!(
        reoffer("sendrecv"),
        [Input::CallHeld {
            call: CALLER,
            held: false
        }]
    );
    assert_eq!(
        stage
            .take()
            .iter()
            .filter(|line| line.as_str() == "reoffer 1 taken")
            .count(),
        3
    );
}

#[test]
fn no_free_port_fails_the_call_instead_of_leaving_it_silent() {
    let (mut control, mut stage) = (
        control(),
        Scene {
            no_ports: true,
            ..Scene::default()
        },
    );
    let inputs = dial(&mut control, &mut stage);
    assert!(
        matches!(
            inputs[..],
            [Input::CallFailed {
                call: AGENT,
                code: 500,
                ..
            }]
        ),
        "{inputs:?}"
    );
    alert(&mut control, sdp(0, "sendrecv"));
    let inputs = effect(
        &mut control,
        &mut stage,
        Effect::Answer {
            call: CALLER,
            headers: vec![],
        },
    );
    assert!(
        matches!(inputs[..], [Input::CallDisconnected { call: CALLER, .. }]),
        "{inputs:?}"
    );
    assert_eq!(stage.take(), ["reject 1 488"]);
}

#[test]
fn the_end_of_a_session_leaves_nothing() {
    let (mut control, mut stage) = (control(), Scene::default());
    alert(&mut control, sdp(0, "sendrecv"));
    answer(&mut control, &mut stage);
    dial(&mut control, &mut stage);
    let script = PlayerSource::ToneScript {
        script: "425@-19;*(1/4/1)".into(),
    };
    effect(
        &mut control,
        &mut stage,
        Effect::CreatePlayer {
            player: 7,
            source: script,
            looped: true,
            paused: false,
        },
    );
    stage.take();
    assert_eq!(
        control.end(480, &mut stage),
        [sip::LegId(1), sip::LegId(101)]
    );
    let log = stage.take();
    for line in ["close m2", "close m4", "hangup 1", "hangup 101", "stop p1"] {
        assert!(log.contains(&line.to_owned()), "{line} in {log:?}");
    }
}

#[test]
fn digits_by_info_are_heard_when_asked_for() {
    let (mut control, mut stage) = (control(), Scene::default());
    alert(&mut control, sdp(0, "sendrecv"));
    answer(&mut control, &mut stage);
    let info = |mime: &str, body: &str| SipEvent::Info {
        leg: sip::LegId(1),
        mime_type: mime.into(),
        body: body.into(),
        headers: vec![],
    };
    let relay = "application/dtmf-relay";
    assert!(
        control
            .sip(
                1,
                CALLER,
                info(relay, "Signal=7\r\nDuration=160"),
                &mut stage
            )
            .inputs
            .is_empty()
    );
    effect(
        &mut control,
        &mut stage,
        Effect::HandleTones {
            call: CALLER,
            enabled: true,
            in_band: false,
        },
    );
    let told = control.sip(
        1,
        CALLER,
        info(relay, "Signal= 7\r\nDuration=160"),
        &mut stage,
    );
    assert_eq!(
        told.inputs,
        [Input::ToneReceived {
            call: CALLER,
            tone: '7',
            how: scenario::host::ToneKind::SipInfo,
        }]
    );
    let told = control.sip(1, CALLER, info("application/dtmf", "#"), &mut stage);
    assert_eq!(
        told.inputs,
        [Input::ToneReceived {
            call: CALLER,
            tone: '#',
            how: scenario::host::ToneKind::SipInfo,
        }]
    );
    let told = control.sip(1, CALLER, info("text/plain", "hello"), &mut stage);
    assert!(
        matches!(told.inputs[..], [Input::CallInfo { .. }]),
        "{told:?}"
    );
}
