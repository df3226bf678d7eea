//! Transfers, re-INVITEs and headers of the API: scenario text and inputs on one
//! side, the exact effects on the other (voxengine.md 1.1, 4.1, 4.2, 5.2).
#![allow(missing_docs, clippy::unwrap_used)]

mod script_log;

use scenario::host::{Headers, Input};
use script_log::{Run, connected, failed};

/// A handler of CallAlerting with the call as `c`.
fn on_call(body: &str) -> Run {
    Run::call(&format!(
        "VoxEngine.addEventListener(AppEvents.CallAlerting, e => {{ const c = e.call; {body} }});"
    ))
}

fn headers() -> Headers {
    vec![("X-A".to_owned(), "1".to_owned())]
}

fn requested() -> Input {
    Input::CallTransferRequested {
        call: 1,
        target: "200".to_owned(),
        headers: headers(),
    }
}

fn transferred(code: u16) -> Input {
    Input::CallTransferred {
        call: 1,
        code,
        reason: "said so".to_owned(),
        headers: headers(),
    }
}

fn re_invite() -> Input {
    Input::CallReInvite {
        call: 1,
        mime_type: "application/sdp".to_owned(),
        body: "v=0".to_owned(),
        headers: headers(),
    }
}

fn re_invite_answered(call: u32, code: u16) -> Input {
    Input::CallReInviteAnswered {
        call,
        code,
        reason: "said so".to_owned(),
        mime_type: "application/sdp".to_owned(),
        body: "v=0".to_owned(),
        headers: headers(),
    }
}

#[test]
fn a_blind_transfer_is_asked_for_made_and_told() {
    on_call(
        "c.answer(); c.handleBlindTransfer(true);
        c.addEventListener(CallEvents.BlindTransferRequested, e => {
            Logger.write([e.name, e.transferTo, e.headers['X-A'], e.call === c, e.id === c.id()].join());
            const target = VoxEngine.callUser({ username: e.transferTo, callerid: '1' });
            target.addEventListener(CallEvents.Connected, () => {
                VoxEngine.sendMediaBetween(c, target);
                c.notifyBlindTransferSuccess();
            });
            target.addEventListener(CallEvents.Failed, e => c.notifyBlindTransferFailed(e.code, e.reason));
        });",
    )
    .is(&["answer call=1", "handle_blind_transfer call=1 enabled=true"])
    .feed(connected(1))
    .feed(requested())
    .is(&[
        "script: Call.BlindTransferRequested,200,1,true,true",
        r#"dial call=2 target={"kind":"user","user":"200"} callerid="1" timeout_ms=60000"#,
    ])
    .feed(failed(2, 486))
    .is(&[r#"notify_transfer call=1 code=486 reason="no""#])
    .feed(requested())
    .feed(connected(3))
    .is(&[
        "script: Call.BlindTransferRequested,200,1,true,true",
        r#"dial call=3 target={"kind":"user","user":"200"} callerid="1" timeout_ms=60000"#,
        r#"send_media from={"unit":"call","id":1} to={"unit":"call","id":3}"#,
        r#"send_media from={"unit":"call","id":3} to={"unit":"call","id":1}"#,
        r#"notify_transfer call=1 code=200 reason="OK""#,
    ]);
}

#[test]
fn transfer_to_a_number_or_a_call_ends_in_one_of_two_events() {
    on_call(
        "c.answer(); const b = VoxEngine.callUser('b');
        for (const name of ['TransferComplete', 'TransferFailed']) {
            c.addEventListener(CallEvents[name], e => Logger.write([e.name, e.role, e.code, e.reason, e.headers['X-A']].join()));
        }
        c.transferTo({ to: 'sip:x@y.example', headers: { 'X-1': 'a', Via: 'no' } });
        c.transferTo({ call: b });",
    )
    .is(&[
        "answer call=1",
        r#"dial call=2 target={"kind":"user","user":"b"} timeout_ms=60000"#,
        r#"transfer call=1 to={"kind":"address","address":"sip:x@y.example"} headers=[["X-1","a"]]"#,
        r#"transfer call=1 to={"kind":"call","call":2}"#,
    ])
    .feed(transferred(486))
    .feed(transferred(200))
    .is(&[
        "script: Call.TransferFailed,transferee,486,said so,1",
        "script: Call.TransferComplete,transferee,,,1",
    ]);
}

#[test]
fn a_re_invite_is_the_scenarios_only_while_it_listens() {
    on_call(
        "const seen = e => { Logger.write([e.name, e.mimeType, e.body, e.headers['X-A']].join());
            c.rejectReInvite(606, { 'X-B': '2' }); };
        c.addEventListener(CallEvents.ReInviteReceived, seen); c.unlisten = () =>
        c.removeEventListener(CallEvents.ReInviteReceived, seen);
        c.addEventListener(CallEvents.MessageReceived, () => c.unlisten());",
    )
    .is(&["handle_re_invites call=1"])
    .feed(re_invite())
    .is(&[
        "script: Call.ReInviteReceived,application/sdp,v=0,1",
        r#"reject_re_invite call=1 code=606 headers=[["X-B","2"]]"#,
    ])
    .feed(Input::CallInfo {
        call: 1,
        mime_type: "text/plain".to_owned(),
        body: String::new(),
        headers: Vec::new(),
    })
    .feed(re_invite())
    .is(&["accept_re_invite call=1"]);
}

#[test]
fn our_re_invite_is_accepted_or_rejected() {
    on_call(
        "for (const name of ['ReInviteAccepted', 'ReInviteRejected']) {
            c.addEventListener(CallEvents[name], e => Logger.write([e.name, e.mimeType, e.body, e.code, e.reason].join()));
        }
        c.reInvite({ 'X-1': 'a' }, 'application/sdp', 'a=sendonly');",
    )
    .is(&[
        r#"re_invite call=1 headers=[["X-1","a"]] mime_type="application/sdp" body="a=sendonly""#,
    ])
    .feed(re_invite_answered(1, 200))
    .feed(re_invite_answered(1, 488))
    .is(&[
        "script: Call.ReInviteAccepted,application/sdp,v=0,,",
        "script: Call.ReInviteRejected,,,488,said so",
    ]);
}

#[test]
fn easy_process_passes_re_invites_to_the_other_side() {
    let mut run = Run::call(
        "VoxEngine.addEventListener(AppEvents.CallAlerting, e => {
            VoxEngine.easyProcess(e.call, VoxEngine.callUser('b'));
        });",
    );
    run.look();
    let mut run = run.feed(re_invite());
    assert_eq!(
        run.look()[0],
        r#"accept_re_invite call=1 headers=[["X-A","1"]]"#
    );
    run = run.feed(connected(2)).feed(connected(1));
    run.look();
    run.feed(re_invite())
        .is(&[r#"re_invite call=2 headers=[["X-A","1"]] mime_type="application/sdp" body="v=0""#])
        .feed(re_invite_answered(2, 200))
        .is(&[r#"accept_re_invite call=1 headers=[["X-A","1"]]"#])
        .feed(re_invite())
        .feed(re_invite_answered(2, 488))
        .is(&[
            r#"re_invite call=2 headers=[["X-A","1"]] mime_type="application/sdp" body="v=0""#,
            r#"reject_re_invite call=1 code=488 headers=[["X-A","1"]]"#,
        ]);
}

#[test]
fn headers_have_a_limit_each_and_together_and_only_an_end_says_why() {
    // 22 headers of 195 bytes: 21 of them fit into 4095.
    on_call(
        "const many = {}; for (let n = 10; n < 32; n++) many['X-' + n] = 'y'.repeat(187);
        Logger.write(Object.keys(many).length);
        c.sendInfo('a/b', '', { 'X-Fits': 'y'.repeat(190), 'X-Long': 'y'.repeat(191), 'Reason': 'no' });
        c.addEventListener(CallEvents.Connected, () => c.hangup({ Reason: 'Q.850;cause=31', Via: 'no' }));
        c.answer(many);",
    )
    .feed(connected(1))
    .is(&[
        "script: 22",
        &format!(
            r#"send_info call=1 mime_type="a/b" headers=[["X-Fits","{}"]]"#,
            "y".repeat(190)
        ),
        &{
            let all: Vec<String> = (10..31)
                .map(|n| format!(r#"["X-{n}","{}"]"#, "y".repeat(187)))
                .collect();
            format!("answer call=1 headers=[{}]", all.join(","))
        },
        r#"hangup call=1 headers=[["Reason","Q.850;cause=31"]]"#,
    ]);
}

#[test]
fn ten_calls_may_ring_at_once_and_fifty_be_tried() {
    let text = "let n = 0;
        const tell = e => Logger.write([e.code, e.reason].join());
        const dial = () => VoxEngine.callUser('u' + n++).addEventListener(CallEvents.Failed, tell);
        VoxEngine.addEventListener(AppEvents.CallAlerting, e => {
            e.call.addEventListener(CallEvents.MessageReceived, dial);
            for (let i = 0; i < 11; i++) dial();
        });";
    let mut run = Run::call(text);
    let lines = run.look();
    let dialled = |lines: &[String]| lines.iter().filter(|l| l.starts_with("dial")).count();
    assert_eq!(dialled(&lines), 10);
    assert!(lines.contains(&"script: 403,Call limit reached".to_owned()));
    // The refused one does not count; each that ends makes room for the next.
    for call in 2..60 {
        run = run.feed(failed(call, 486)).feed(Input::CallInfo {
            call: 1,
            mime_type: "text/plain".to_owned(),
            body: String::new(),
            headers: Vec::new(),
        });
    }
    let lines = run.look();
    assert_eq!(dialled(&lines), 40, "fifty in all");
    assert!(lines.contains(&"script: 403,Call limit reached".to_owned()));
}
