//! What existing scenarios rely on without saying so: the list of voxengine.md §11,
//! one test a number.
#![allow(missing_docs, clippy::unwrap_used)]

mod script_log;

use scenario::host::Input;
use script_log::{
    Run, access, alerting, answer, connected, disconnected, failed, finished, ringing, spec,
};

fn scripts(run: &mut Run) -> Vec<String> {
    run.look()
        .into_iter()
        .filter_map(|line| line.strip_prefix("script: ").map(str::to_owned))
        .collect()
}

fn said(lines: &[String]) -> Vec<String> {
    let text = |line: &String| {
        let (_, rest) = line.split_once(r#""kind":"speech","text":""#)?;
        Some(rest.split('"').next().unwrap().to_owned())
    };
    lines.iter().filter_map(text).collect()
}

fn broken(player: u32) -> Input {
    let error = Some("no voice".to_owned());
    Input::PlayerFinished { player, error }
}

#[test]
fn case_1_a_handler_that_removes_all_handlers_of_its_event_and_says_more() {
    let text = "VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
        call.answer();
        call.addEventListener(CallEvents.Connected, () => call.say('one'));
        call.addEventListener(CallEvents.PlaybackFinished, () => {
            call.removeEventListener(CallEvents.PlaybackFinished);
            Logger.write('first');
            call.addEventListener(CallEvents.PlaybackFinished, () => Logger.write('second'));
            call.say('two');
        });
        call.addEventListener(CallEvents.PlaybackFinished, () => Logger.write('removed before its turn'));
    });";
    let mut run = Run::call(text).feed(connected(1)).feed(finished(1));
    let lines = run.look();
    assert_eq!(said(&lines), ["one", "two"]);
    assert!(lines.contains(&"script: first".to_owned()));
    assert!(!lines.contains(&"script: removed before its turn".to_owned()));
    let mut run = run.feed(finished(2));
    assert_eq!(scripts(&mut run), ["second"]);
}

#[test]
fn case_2_hangup_when_a_text_was_said_even_if_nobody_could_say_it() {
    let text = "VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
        call.answer();
        call.addEventListener(CallEvents.Connected, () => call.say('bye'));
        call.addEventListener(CallEvents.PlaybackFinished, (e) => { Logger.write(String(e.error)); call.hangup(); });
    });";
    for (end, error) in [(finished(1), "undefined"), (broken(1), "no voice")] {
        let lines = Run::call(text).feed(connected(1)).feed(end).lines();
        assert_eq!(
            lines[lines.len() - 2..],
            [format!("script: {error}"), "hangup call=1".to_owned()]
        );
    }
}

#[test]
fn case_3_ring_all_the_first_who_answers_and_failed_for_the_others() {
    let text = "const legs = ['a', 'b', 'c'].map((u) => VoxEngine.callUser(u));
        legs.forEach((leg) => {
            leg.addEventListener(CallEvents.Connected, () => legs.filter((l) => l !== leg).forEach((l) => l.hangup()));
            leg.addEventListener(CallEvents.Failed, (e) => Logger.write(`${leg.number()} ${e.code}`));
        });";
    let mut run = Run::api(text)
        .feed(ringing(2))
        .feed(ringing(3))
        .feed(ringing(4));
    run.look();
    let mut run = run.feed(connected(3));
    assert_eq!(run.look(), ["hangup call=2", "hangup call=4"]);
    let mut run = run.feed(failed(2, 487)).feed(failed(4, 487));
    assert_eq!(scripts(&mut run), ["a 487", "c 487"]);
}

#[test]
fn case_4_two_conferences_and_an_announcement_into_one() {
    let text = "VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
        const [a, b] = [VoxEngine.createConference(), VoxEngine.createConference()];
        call.addEventListener(CallEvents.Connected, () => {
            call.sendMediaTo(a);
            call.sendMediaTo(b);
            a.sendMediaTo(call);
            VoxEngine.createURLPlayer('http://a.example/note.wav').sendMediaTo(b);
        });
        call.answer();
    });";
    let lines = Run::call(text).feed(connected(1)).lines();
    let media: Vec<&String> = lines
        .iter()
        .filter(|l| l.starts_with("send_media"))
        .collect();
    assert_eq!(
        media,
        [
            r#"send_media from={"unit":"call","id":1} to={"unit":"conference","id":1}"#,
            r#"send_media from={"unit":"call","id":1} to={"unit":"conference","id":2}"#,
            r#"send_media from={"unit":"conference","id":1} to={"unit":"call","id":1}"#,
            r#"send_media from={"unit":"player","id":1} to={"unit":"conference","id":2}"#,
        ]
    );
}

#[test]
fn case_5_whisper_the_agent_hears_a_text_before_the_two_are_joined() {
    let text = "VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
        call.answer();
        const agent = VoxEngine.callUser('anna');
        agent.addEventListener(CallEvents.Connected, () => agent.say('a call from the site'));
        agent.addEventListener(CallEvents.PlaybackFinished, () => VoxEngine.sendMediaBetween(agent, call));
    });";
    let mut run = Run::call(text).feed(connected(1));
    run.look();
    let mut run = run.feed(connected(2));
    let lines = run.look();
    assert_eq!(said(&lines), ["a call from the site"]);
    assert_eq!(
        lines.last().unwrap(),
        r#"send_media from={"unit":"player","id":1} to={"unit":"call","id":2}"#
    );
    run.feed(finished(1)).is(&[
        r#"send_media from={"unit":"call","id":2} to={"unit":"call","id":1}"#,
        r#"send_media from={"unit":"call","id":1} to={"unit":"call","id":2}"#,
    ]);
}

#[test]
fn case_6_early_media_for_a_caller_who_is_never_answered() {
    let text = "VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
        call.startEarlyMedia();
        call.say('please hold');
        call.addEventListener(CallEvents.PlaybackFinished, () => {
            const out = VoxEngine.callPSTN('+74950000000', call.callerid());
            VoxEngine.sendMediaBetween(call, out);
        });
        call.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
    });";
    let mut run = Run::call(text);
    let lines = run.look();
    assert_eq!(lines[0], "early_media call=1");
    assert_eq!(said(&lines), ["please hold"]);
    let mut run = run.feed(finished(1));
    assert!(run.look()[0].contains(r#""number":"74950000000""#));
    let mut run = run.feed(disconnected(1));
    assert_eq!(run.look(), ["hangup call=2", "ended terminated"]);
}

#[test]
fn case_7_terminating_sends_one_http_request_and_it_is_awaited() {
    let text = "VoxEngine.addEventListener(AppEvents.Terminating, () => {
            for (const n of [1, 2]) Net.httpRequestAsync(`http://a.example/${n}`).then((r) => Logger.write(`${n} ${r.code}`));
        });
        VoxEngine.addEventListener(AppEvents.Terminated, () => Logger.write('the end'));
        setTimeout(VoxEngine.terminate, 100);";
    let mut run = Run::api(text).wait(100);
    let lines = run.look();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(
        lines[0].starts_with("http_request request=1") && lines[0].contains("http://a.example/1")
    );
    run.wait(5_000).feed(answer(1, 200, "ok")).is(&[
        "script: 1 200",
        "script: the end",
        "ended terminated",
    ]);
}

#[test]
fn case_8_a_request_just_before_terminate_is_still_sent() {
    let text = "Net.httpRequestAsync('http://a.example/bye', {method: 'POST', postData: 'x'}); VoxEngine.terminate(); Logger.write('goes on');";
    let mut run = Run::api(text);
    let lines = run.look();
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines[0].contains("http://a.example/bye"));
    assert_eq!(lines[1], "script: goes on");
    run.feed(answer(1, 200, "ok")).is(&["ended terminated"]);
}

#[test]
fn case_9_numbers_come_and_go_without_plus_and_a_destination_is_a_user() {
    let text = "VoxEngine.addEventListener(AppEvents.CallAlerting, (e) => {
            Logger.write(`${e.callerid} ${e.destination} ${e.call.number()}`);
            const out = VoxEngine.callPSTN('+7 495', '+7916');
            Logger.write(`${out.number()} ${out.callerid()}`);
        });";
    let Input::CallAlerting {
        call,
        display_name,
        from_uri,
        to_uri,
        headers,
        ..
    } = alerting()
    else {
        unreachable!()
    };
    let alerting = Input::CallAlerting {
        call,
        callerid: "79161234567".to_owned(),
        destination: "anna".to_owned(),
        display_name,
        from_uri,
        to_uri,
        headers,
    };
    let mut run = Run::start(spec(&[text]), Some(alerting));
    assert_eq!(scripts(&mut run), ["79161234567 anna anna", "7 495 7916"]);
}

#[test]
fn case_10_timers_and_answers_come_after_the_last_call_within_a_minute() {
    let text = "VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
            call.answer();
            call.addEventListener(CallEvents.Disconnected, () => {
                Net.httpRequestAsync('http://a.example/').then((r) => Logger.write(`answer ${r.code}`));
                setTimeout(() => Logger.write('timer'), 50000);
            });
            VoxEngine.addEventListener(AppEvents.HttpRequest, () => 'still here');
        });";
    let mut run = Run::call(text).feed(connected(1)).feed(disconnected(1));
    run.look();
    let run = run
        .wait(30_000)
        .feed(answer(1, 200, ""))
        .feed(access(1, "/", ""));
    run.wait(29_999).is(&[
        "script: answer 200",
        r#"access_response token=1 status=200 content_type="text/plain; charset=utf-8" body="still here""#,
        "script: timer",
    ]);
    let mut run = Run::call(text)
        .feed(connected(1))
        .feed(disconnected(1))
        .wait(59_999);
    assert!(!run.look().contains(&"ended idle".to_owned()));
    let mut run = run.wait(1);
    let lines = run.look();
    assert!(!lines.iter().any(|l| l.starts_with("script")), "{lines:?}");
}
