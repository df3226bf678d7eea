//! WebSockets and mail as a scenario sees them (voxengine.md 6.7 and 8).
#![allow(missing_docs, clippy::unwrap_used)]

mod script_log;

use scenario::host::{AudioEncoding, Input, SocketEvent};
use script_log::{Run, alerting, answer, disconnected};

fn socket(socket: u32, event: SocketEvent) -> Input {
    Input::Socket { socket, event }
}

fn message(text: &str) -> SocketEvent {
    SocketEvent::Message {
        text: text.to_owned(),
    }
}

fn closed(code: u16, error: Option<&str>) -> SocketEvent {
    SocketEvent::Closed {
        code,
        reason: "why".to_owned(),
        clean: error.is_none(),
        error: error.map(str::to_owned),
    }
}

fn arrived(token: u64) -> Input {
    Input::SocketArrived {
        token,
        method: "GET".to_owned(),
        path: "/a?b=1".to_owned(),
        headers: vec![("X-A".to_owned(), "1".to_owned())],
    }
}

/// Writes every event of `ws`, from properties and from listeners.
const LISTEN: &str = "
    const listen = ws => {
        for (const k of ['open', 'close', 'message', 'error', 'created', 'mediastarted', 'mediaended'])
            ws['on' + k] = e => Logger.write('on' + k + ' ' + (e.websocket === ws));
        for (const k in WebSocketEvents) ws.addEventListener(WebSocketEvents[k], ({name, websocket, ...rest}) =>
            Logger.write(name + ' ' + websocket.readyState + ' ' + JSON.stringify(rest)));
    };";

#[test]
fn socket_opens_with_protocols_and_headers_in_every_form() {
    for (parameters, expected) in [
        ("", r#""protocols":[],"headers":[]"#),
        (", 'chat'", r#""protocols":["chat"],"headers":[]"#),
        (", ['a', 'b']", r#""protocols":["a","b"],"headers":[]"#),
        (
            ", {protocols: 'a', headers: [{name: 'Authorization', value: 'x'}, {value: 'no name'}]}",
            r#""protocols":["a"],"headers":[["Authorization","x"]]"#,
        ),
        (
            ", {headers: {'X-A': 1}}",
            r#""protocols":[],"headers":[["X-A","1"]]"#,
        ),
    ] {
        for make in ["VoxEngine.createWebSocket", "new WebSocket"] {
            let order = format!(
                r#"socket socket=1 order={{"do":"open","url":"wss://a.example/b",{expected}}}"#
            );
            Run::api(&format!("{make}('wss://a.example/b'{parameters});")).is(&[&order]);
        }
    }
}

#[test]
fn property_comes_before_the_listeners_and_the_state_is_told() {
    let text = format!(
        "{LISTEN} const ws = VoxEngine.createWebSocket('ws://a.example/'); listen(ws);
         Logger.write([ws.readyState, ws.url, typeof ws.id(), ws.readyState === WebSocketReadyState.CONNECTING]);"
    );
    let mut run = Run::api(&text);
    let lines = run.look();
    assert_eq!(
        lines[1..],
        [
            r#"script: ["connecting","ws://a.example/","string",true]"#,
            "script: oncreated true",
            "script: WebSocket.Created connecting {}",
        ]
    );
    run.feed(socket(1, SocketEvent::Opened))
        .feed(socket(1, message("hi")))
        .feed(socket(1, closed(4001, None)))
        .feed(socket(1, message("late")))
        .is(&[
            "script: onopen true",
            "script: WebSocket.Open open {}",
            "script: onmessage true",
            r#"script: WebSocket.Message open {"text":"hi","data":"hi"}"#,
            "script: onclose true",
            r#"script: WebSocket.Close closed {"code":4001,"reason":"why","wasClean":true}"#,
        ]);
}

#[test]
fn failure_is_an_error_and_then_a_close() {
    let text = format!("{LISTEN} listen(VoxEngine.createWebSocket('ws://a.example/'));");
    let mut run = Run::api(&text);
    run.look();
    run.feed(socket(1, closed(1006, Some("cannot connect"))))
        .is(&[
            "script: onerror true",
            r#"script: WebSocket.Error connecting {"reason":"cannot connect"}"#,
            "script: onclose true",
            r#"script: WebSocket.Close closed {"code":1006,"reason":"why","wasClean":false}"#,
        ]);
}

#[test]
fn wrong_address_and_the_eleventh_socket_fail_as_events() {
    for url in ["http://a.example/", "nonsense", "ws://", ""] {
        let text = format!(
            "VoxEngine.createWebSocket('{url}').onclose = e => Logger.write('closed ' + e.code);"
        );
        Run::api(&text).is(&["script: closed 1006"]);
    }
    let text = "for (let i = 1; i <= 11; i++) {
        const ws = VoxEngine.createWebSocket('ws://a.example/' + i);
        ws.onerror = e => Logger.write(i + ' ' + e.reason); }";
    let lines = Run::api(text).lines();
    assert_eq!(lines.len(), 11, "{lines:?}");
    assert_eq!(lines[10], "script: 11 WebSocket limit reached");
}

#[test]
fn send_takes_text_and_objects_and_close_its_code() {
    let text = "const ws = VoxEngine.createWebSocket('ws://a.example/');
        ws.onopen = () => { ws.send('a'); ws.send({b: [1]}); ws.send(7); try { ws.send(undefined); } catch (e) { Logger.write(e.name); }
            ws.send('x'.repeat(1048577)); ws.close(4000, 'done'); ws.send('late'); ws.close(); };
        const plain = VoxEngine.createWebSocket('ws://a.example/');
        plain.onopen = () => setTimeout(plain.close, 5);";
    let mut run = Run::api(text);
    run.look();
    run.feed(socket(1, SocketEvent::Opened))
        .feed(socket(2, SocketEvent::Opened))
        .wait(5)
        .is(&[
            r#"socket socket=1 order={"do":"send","text":"a"}"#,
            r#"socket socket=1 order={"do":"send","text":"{\"b\":[1]}"}"#,
            r#"socket socket=1 order={"do":"send","text":"7"}"#,
            "script: TypeError",
            r#"socket socket=1 order={"do":"close","code":4000,"reason":"done"}"#,
            r#"socket socket=2 order={"do":"close","code":1000,"reason":""}"#,
        ]);
}

#[test]
fn session_end_closes_sockets_with_1000() {
    let text = "const ws = VoxEngine.createWebSocket('ws://a.example/');
        VoxEngine.addEventListener(AppEvents.Terminating, () => Logger.write('terminating'));
        ws.onclose = e => Logger.write('close ' + e.code + ' ' + e.wasClean);
        ws.onopen = () => VoxEngine.terminate();";
    let mut run = Run::api(text);
    run.look();
    run.feed(socket(1, SocketEvent::Opened)).is(&[
        r#"socket socket=1 order={"do":"close","code":1000,"reason":""}"#,
        "script: terminating",
        "script: close 1000 true",
        "ended terminated",
    ]);
}

#[test]
fn messages_are_in_the_log_only_when_traced() {
    let log_of = |parameters: &str| {
        let text = format!(
            "const ws = VoxEngine.createWebSocket('ws://a.example/', {parameters}); ws.send('said');"
        );
        let run = Run::api(&text).feed(socket(1, message("heard")));
        format!("{:?}", run.effects)
    };
    let has = |log: &str, text: &str| log.contains(&format!("{text}\" }}"));
    let traced = log_of("{trace: true}");
    assert!(has(&traced, "sent: said") && has(&traced, "received: heard"));
    for parameters in ["{}", "{trace: true, privacy: true}"] {
        let log = log_of(parameters);
        assert!(
            !log.contains("sent: said") && !log.contains("heard"),
            "{log}"
        );
    }
}

const ACCEPT: &str = "VoxEngine.allowWebSocketConnections();
    VoxEngine.addEventListener(AppEvents.WebSocket, e => {
        Logger.write([e.method, e.path, e.content, JSON.stringify(e.headers), e.websocket.readyState, e.websocket.url].join(' '));
        e.websocket.onmessage = m => e.websocket.send('echo ' + m.text); });
    VoxEngine.addEventListener(AppEvents.NewWebSocketFailed, e => Logger.write('failed ' + e.reason + ' ' + e.path));";

#[test]
fn client_at_the_access_url_is_refused_until_it_is_allowed() {
    Run::api("VoxEngine.addEventListener(AppEvents.WebSocket, () => Logger.write('never'));")
        .feed(arrived(5))
        .is(&["refuse_socket token=5 status=403"]);
    Run::api(ACCEPT).feed(arrived(5)).feed(socket(1, message("a"))).is(&[
        r#"socket socket=1 order={"do":"accept","token":5}"#,
        r#"script: GET /request/***/a?b=1  [{"key":"X-A","value":"1"}] open wss://engine.example/request/***"#,
        r#"socket socket=1 order={"do":"send","text":"echo a"}"#,
    ]);
}

#[test]
fn clients_may_be_as_many_as_calls_and_three() {
    let mut run = Run::start(script_log::spec(&[ACCEPT]), Some(alerting()));
    run.look();
    for token in 1..=4 {
        run = run.feed(arrived(token));
    }
    assert_eq!(run.look().len(), 8);
    let mut run = run.feed(arrived(5));
    assert_eq!(
        run.look(),
        [
            "refuse_socket token=5 status=503",
            "script: failed WebSocket limit reached /request/***/a?b=1",
        ]
    );
    // One goes: there is room again. The call goes: there is not.
    let mut run = run.feed(socket(1, closed(1000, None))).feed(arrived(6));
    assert_eq!(run.look().len(), 2);
    let mut run = run
        .feed(socket(2, closed(1000, None)))
        .feed(disconnected(1))
        .feed(arrived(7));
    assert_eq!(run.look()[0], "refuse_socket token=7 status=503");
}

#[test]
fn audio_is_ordered_with_its_encoding_tag_and_parameters() {
    let text = "VoxEngine.addEventListener(AppEvents.CallAlerting, ({call}) => {
        const ws = VoxEngine.createWebSocket('ws://a.example/');
        ws.onopen = () => {
            call.sendMediaTo(ws);
            call.sendMediaTo(ws, {encoding: WebSocketAudioEncoding.OPUS, tag: 't', customParameters: {a: '1'}});
            call.stopMediaTo(ws, {tag: 't'});
            ws.sendMediaTo(call);
            ws.sendMediaTo(call, {tag: 'u'});
            ws.stopMediaTo(call, {tag: 'u'});
            ws.clearMediaBuffer();
            ws.clearMediaBuffer({tag: 'u'});
            VoxEngine.sendMediaBetween(call, ws);
            try { call.sendMediaTo(ws, {encoding: 'MP3'}); } catch (e) { Logger.write(e.message); }
        }; });";
    let mut run = Run::call(text);
    run.look();
    run.feed(socket(1, SocketEvent::Opened)).is(&[
        r#"socket socket=1 order={"do":"stream","stream":1,"encoding":"PCM8","custom_parameters":null}"#,
        r#"send_media from={"unit":"call","id":1} to={"unit":"web_socket","id":1}"#,
        r#"socket socket=1 order={"do":"name_stream","stream":2,"tag":"t"}"#,
        r#"socket socket=1 order={"do":"stream","stream":2,"encoding":"OPUS","custom_parameters":"{\"a\":\"1\"}"}"#,
        r#"send_media from={"unit":"call","id":1} to={"unit":"web_socket","id":2}"#,
        r#"socket socket=1 order={"do":"stop_stream","stream":2}"#,
        r#"stop_media from={"unit":"call","id":1} to={"unit":"web_socket","id":2}"#,
        r#"send_media from={"unit":"web_socket","id":1} to={"unit":"call","id":1}"#,
        r#"socket socket=1 order={"do":"name_stream","stream":3,"tag":"u"}"#,
        r#"send_media from={"unit":"web_socket","id":3} to={"unit":"call","id":1}"#,
        r#"stop_media from={"unit":"web_socket","id":3} to={"unit":"call","id":1}"#,
        r#"socket socket=1 order={"do":"clear","stream":null}"#,
        r#"socket socket=1 order={"do":"clear","stream":3}"#,
        r#"socket socket=1 order={"do":"stream","stream":1,"encoding":"PCM8","custom_parameters":null}"#,
        r#"send_media from={"unit":"call","id":1} to={"unit":"web_socket","id":1}"#,
        r#"send_media from={"unit":"web_socket","id":1} to={"unit":"call","id":1}"#,
        "script: sendMediaTo: MP3 is not a WebSocketAudioEncoding",
    ]);
}

#[test]
fn audio_stops_when_its_source_is_gone() {
    let text = "VoxEngine.addEventListener(AppEvents.CallAlerting, ({call}) => {
        const ws = VoxEngine.createWebSocket('ws://a.example/');
        call.sendMediaTo(ws); });";
    let mut run = Run::call(text);
    run.look();
    run.feed(disconnected(1))
        .is(&[r#"socket socket=1 order={"do":"stop_stream","stream":1}"#]);
}

#[test]
fn audio_that_comes_is_told_with_what_the_far_end_said() {
    let text = format!("{LISTEN} listen(VoxEngine.createWebSocket('ws://a.example/'));");
    let mut run = Run::api(&text).feed(socket(1, SocketEvent::Opened));
    run.look();
    run.feed(socket(
        1,
        SocketEvent::MediaStarted {
            tag: Some("t".to_owned()),
            encoding: AudioEncoding::Pcm16,
            custom_parameters: Some(r#"{"a":"1"}"#.to_owned()),
        },
    ))
    .feed(socket(
        1,
        SocketEvent::MediaEnded {
            tag: None,
            duration_ms: 1_240,
        },
    ))
    .is(&[
        "script: onmediastarted true",
        r#"script: WebSocket.MediaEventStarted open {"tag":"t","encoding":"PCM16","customParameters":{"a":"1"}}"#,
        "script: onmediaended true",
        r#"script: WebSocket.MediaEventEnded open {"mediaInfo":{"duration":1240}}"#,
    ]);
}

fn sent(request: u32, code: i32, error: Option<&str>) -> Input {
    Input::MailAnswer {
        request,
        code,
        error: error.map(str::to_owned),
    }
}

#[test]
fn mail_has_all_its_fields_and_both_forms_answer() {
    let text = "
        Net.sendMail('smtp.example', 'a@b.example', 'c@d.example, e@f.example', 'Title', 'Body', r => Logger.write(r),
            {html: '<b>', cc: ['g@h.example'], bcc: 'i@j.example', port: 587, login: 'l', password: 'p'});
        Net.sendMailAsync('smtp.example', 'a@b.example', ['c@d.example'], 'T', 'B').then(r => Logger.write(r));";
    Run::api(text)
        .is(&[
            r#"send_mail request=1 spec={"server":"smtp.example","port":587,"from":"a@b.example","to":["c@d.example","e@f.example"],"cc":["g@h.example"],"bcc":["i@j.example"],"title":"Title","password":"p","html":"<b>","login":"l"} body=Body"#,
            r#"send_mail request=2 spec={"server":"smtp.example","port":25,"from":"a@b.example","to":["c@d.example"],"cc":[],"bcc":[],"title":"T","password":null,"html":null,"login":null} body=B"#,
        ])
        .feed(sent(2, 550, Some("no such user")))
        .feed(sent(1, 250, None))
        .is(&[
            r#"script: {"code":550,"error":"no such user"}"#,
            r#"script: {"code":250}"#,
        ]);
}

#[test]
fn two_mails_run_ten_in_all_and_the_end_waits_for_those_that_run() {
    let text = "for (let i = 1; i <= 11; i++)
            Net.sendMail('smtp.example', 'a@b.example', 'c@d.example', 't', 'b', r => Logger.write(i + ':' + r.code));
        setTimeout(VoxEngine.terminate, 10);";
    let mut run = Run::api(text);
    let lines = run.look();
    assert_eq!(lines.len(), 3, "{lines:?}");
    assert_eq!(lines[2], "script: 11:0");
    let mut run = run.feed(sent(1, 250, None));
    let lines = run.look();
    assert!(lines[0].starts_with("send_mail request=3"), "{lines:?}");
    assert_eq!(lines[1], "script: 1:250");
    run.wait(10)
        .feed(sent(2, 250, None))
        .feed(sent(3, 250, None))
        .is(&["script: 2:250", "script: 3:250", "ended terminated"]);
}

#[test]
fn request_body_is_logged_only_when_asked_for() {
    let log_of = |options: &str| {
        let text = format!(
            "Net.httpRequest('http://a.example/', () => {{}}, {{method: 'POST', postData: 'card 4111'{options}}});"
        );
        let run = Run::api(&text).feed(answer(1, 200, "x"));
        format!("{:?}", run.effects)
    };
    assert!(log_of(", enableSystemLog: true").contains("request body: card 4111"));
    assert!(!log_of("").contains("request body: card"));
}

#[test]
fn parameters_go_before_the_fragment() {
    let text = "Net.httpRequest('http://a.example/p#f', () => {}, {params: {a: '1 2'}});";
    let mut run = Run::api(text);
    let line = run.look().remove(0);
    assert!(
        line.contains(r#""url":"http://a.example/p?a=1%202#f""#),
        "{line}"
    );
}
