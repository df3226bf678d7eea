//! WebSockets and mail of scenarios against real far ends.

use base64::Engine as _;
use cordboard_tests::audio::{self, Heard};
use cordboard_tests::baresip::{Phone, PhonePlan};
use cordboard_tests::centre::{Centre, CentrePlan};
use cordboard_tests::eventually::{eventually, seconds};
use cordboard_tests::port;
use cordboard_tests::program::Program;
use cordboard_tests::sipp::{Sipp, SippPlan};
use cordboard_tests::web_socket::Echo;
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::Value;
use tokio_tungstenite::tungstenite::Message;

/// Answers, and sends the caller's voice to a WebSocket and back.
fn mirror(url: &str, encoding: &str) -> String {
    format!(
        "VoxEngine.addEventListener(AppEvents.CallAlerting, (e) => {{
  const call = e.call;
  call.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
  call.addEventListener(CallEvents.Connected, () => {{
    const ws = VoxEngine.createWebSocket('{url}');
    ws.addEventListener(WebSocketEvents.MEDIA_STARTED, (m) => Logger.write('STARTED ' + m.encoding + ' ' + m.customParameters.who + ';'));
    ws.onopen = () => {{
      call.sendMediaTo(ws, {{ encoding: WebSocketAudioEncoding.{encoding}, customParameters: {{ who: 'caller' }} }});
      ws.sendMediaTo(call);
    }};
    ws.onerror = (x) => Logger.write('ERROR ' + x.reason);
  }});
  call.answer();
}});"
    )
}

const ENCODINGS: [(&str, &str, u64); 5] = [
    ("201", "PCM8", 8_000),
    ("202", "PCM16", 16_000),
    ("203", "ALAW", 8_000),
    ("204", "ULAW", 8_000),
    ("205", "OPUS", 48_000),
];

#[tokio::test]
async fn a_caller_hears_what_a_far_end_says_again_in_every_encoding() {
    let echo = Echo::start().await;
    let mut plan = CentrePlan::new().setting("CORDBOARD__ENGINE__ALLOW_HOSTS", r#"["127.0.0.1"]"#);
    for (number, encoding, _) in ENCODINGS {
        let file = format!("{encoding}.js");
        plan = plan.scenario(number, &file, &mirror(&echo.url(), encoding));
    }
    let centre = Centre::start(plan).await;
    for (call, (number, encoding, rate)) in ENCODINGS.into_iter().enumerate() {
        let before = echo.heard().len();
        let caller = Phone::start(&PhonePlan::caller(centre.sip())).await;
        caller.dial(number).await;
        caller.event("CALL_ESTABLISHED", seconds(5)).await;
        // One second of the tone without anything else in it.
        caller.hears(Heard::CallerTone, 10, 0, seconds(15)).await;
        caller.hang_up().await;
        centre.is_empty_again().await;
        let log = centre.session_logs();
        assert!(
            log.contains(&format!("STARTED {encoding} caller;")),
            "{log}"
        );
        eventually("the goodbye", seconds(5), || async {
            let heard = echo.heard();
            let closed = heard.iter().filter(|t| *t == "close 1000").count();
            (closed == call + 1).then_some(())
        })
        .await;
        check_framing(&echo.heard()[before..], encoding, rate);
    }
}

/// `start`, `media` without a hole, `stop`, then the goodbye.
fn check_framing(heard: &[String], encoding: &str, rate: u64) {
    let (goodbye, messages) = heard.split_last().unwrap();
    assert_eq!(goodbye, "close 1000");
    let messages: Vec<Value> = messages
        .iter()
        .map(|text| serde_json::from_str(text).unwrap())
        .collect();
    let start = &messages[0];
    assert_eq!(start["event"], "start");
    assert_eq!(start["start"]["mediaFormat"]["encoding"], encoding);
    assert_eq!(start["start"]["mediaFormat"]["sampleRate"], rate);
    let (stop, media) = messages[1..].split_last().unwrap();
    assert_eq!(stop["event"], "stop");
    assert!(stop["stop"]["mediaInfo"]["bytesSent"].as_u64() > Some(0));
    for (at, message) in media.iter().enumerate() {
        assert_eq!(message["event"], "media");
        assert_eq!(message["sequenceNumber"], at + 1);
        assert_eq!(message["media"]["chunk"], at + 1);
        assert_eq!(message["media"]["timestamp"], at * 20);
    }
    let payloads: Vec<Vec<u8>> = media
        .iter()
        .map(|message| {
            let text = message["media"]["payload"].as_str().unwrap();
            base64::engine::general_purpose::STANDARD
                .decode(text)
                .unwrap()
        })
        .collect();
    let bytes: usize = payloads.iter().map(Vec::len).sum();
    assert_eq!(stop["stop"]["mediaInfo"]["bytesSent"], bytes);
    check_payloads(&payloads, encoding);
}

/// What is in the payloads, told by others than the engine: 20 ms each, and the
/// caller's tone. The echo gives back what it gets, so it cannot tell.
fn check_payloads(payloads: &[Vec<u8>], encoding: &str) {
    let (bytes, form) = match encoding {
        "PCM8" => (320, ["-e", "signed", "-b", "16", "-L", "-r", "8000"]),
        "PCM16" => (640, ["-e", "signed", "-b", "16", "-L", "-r", "16000"]),
        "ALAW" => (160, ["-e", "a-law", "-b", "8", "-L", "-r", "8000"]),
        "ULAW" => (160, ["-e", "u-law", "-b", "8", "-L", "-r", "8000"]),
        "OPUS" => return payloads.iter().for_each(|packet| check_opus(packet)),
        other => panic!("{other}"),
    };
    for payload in payloads {
        assert_eq!(payload.len(), bytes, "{encoding}");
    }
    let folder = tempfile::tempdir().unwrap();
    let (raw, wav) = (folder.path().join("a.raw"), folder.path().join("a.wav"));
    std::fs::write(&raw, payloads.concat()).unwrap();
    let sox = std::process::Command::new("sox")
        .args(["-t", "raw", "-c", "1"])
        .args(form)
        .arg(&raw)
        .args(["-r", "8000", "-b", "16", "-e", "signed"])
        .arg(&wav)
        .output()
        .expect("sox runs");
    assert!(sox.status.success(), "{sox:?}");
    let heard = audio::classify(&audio::read_growing_wav(&wav));
    let tone = [Heard::CallerTone; 10];
    let picture = audio::picture(&heard);
    assert!(
        heard.windows(10).any(|ten| ten == tone),
        "{encoding}: {picture}"
    );
}

/// One frame of 20 ms of one channel (RFC 6716 §3.1).
fn check_opus(packet: &[u8]) {
    let toc = packet[0];
    let is_20_ms = match toc >> 3 {
        config @ 0..12 => config % 4 == 1,
        config @ 12..16 => config % 2 == 1,
        config => config % 4 == 3,
    };
    let (is_stereo, frames) = (toc & 4 != 0, toc & 3);
    assert!(is_20_ms && !is_stereo && frames == 0, "{toc:08b}");
}

/// Lets clients in and talks with them.
const LETS_IN: &str = "
VoxEngine.allowWebSocketConnections();
VoxEngine.addEventListener(AppEvents.Started, (e) => Logger.write('ACCESS ' + e.accessURL.split('').join('~')));
VoxEngine.addEventListener(AppEvents.CallAlerting, (e) => {
  e.call.answer();
  e.call.addEventListener(CallEvents.Disconnected, () => VoxEngine.terminate());
});
VoxEngine.addEventListener(AppEvents.WebSocket, (e) => {
  e.websocket.send('welcome ' + e.path);
  e.websocket.onmessage = (m) => e.websocket.send('you said ' + m.text);
  e.websocket.onclose = (c) => Logger.write('CLOSED ' + c.code + ';');
});
";

#[tokio::test]
async fn a_client_talks_with_the_session_over_its_access_url_until_it_ends() {
    let plan = CentrePlan::new().scenario("200", "lets-in.js", LETS_IN);
    let centre = Centre::start(plan).await;
    let dials = SippPlan::new().dials("200").calls(1, 1).pause(seconds(6));
    let caller = Sipp::call("caller_hangs_up", centre.sip(), &dials);
    caller.sees("200", 1, seconds(5)).await;
    let url = centre.session_log_word("ACCESS ").await.replace('~', "");
    let ws_url = url.replace("http://", "ws://");

    let wrong = format!("{}x", &ws_url[..ws_url.len() - 1]);
    assert!(tokio_tungstenite::connect_async(&wrong).await.is_err());

    let (mut socket, _) = tokio_tungstenite::connect_async(format!("{ws_url}/a?b=1"))
        .await
        .unwrap();
    let (mut leaver, _) = tokio_tungstenite::connect_async(&ws_url).await.unwrap();
    let (_, path) = url.split_once("/request/").unwrap();
    let welcome = format!("welcome /request/{path}/a?b=1");
    assert_eq!(text(&mut socket).await, welcome);
    socket.send(Message::text("hello")).await.unwrap();
    assert_eq!(text(&mut socket).await, "you said hello");
    // The URL still takes requests beside.
    let answer = centre.http().send("POST", &url, Some("x")).await.unwrap();
    assert_eq!(answer.status, 200);

    leaver.close(None).await.unwrap();
    let left = "CLOSED 1005;";
    eventually(left, seconds(5), || async {
        centre.session_logs().contains(left).then_some(())
    })
    .await;

    caller.succeeds(seconds(15)).await;
    let goodbye = socket.next().await.unwrap().unwrap();
    let Message::Close(Some(frame)) = goodbye else {
        panic!("{goodbye:?}");
    };
    assert_eq!(u16::from(frame.code), 1000);
    centre.is_empty_again().await;
}

async fn text<S>(socket: &mut S) -> String
where
    S: futures_util::Stream<Item = Result<Message, tokio_tungstenite::tungstenite::Error>> + Unpin,
{
    match socket.next().await {
        Some(Ok(Message::Text(text))) => text.to_string(),
        other => panic!("{other:?}"),
    }
}

/// Mails to a server, to nobody there, and with a mistake.
fn mails(port: u16, closed: u16) -> String {
    format!(
        "VoxEngine.addEventListener(AppEvents.CallAlerting, async (e) => {{
  e.call.answer();
  e.call.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
  const from = 'Centre <centre@example.com>', to = ['olga@example.com'];
  const say = (word, r) => Logger.write(word + ' ' + r.code + ';');
  say('SENT', await Net.sendMailAsync('127.0.0.1', from, to, 'Пропущен звонок', 'Перезвоните: 79161234567',
    {{ port: {port}, html: '<b>79161234567</b>', bcc: 'boss@example.com' }}));
  say('DOWN', await Net.sendMailAsync('127.0.0.1', from, to, 't', 'b', {{ port: {closed} }}));
  say('WRONG', await Net.sendMailAsync('127.0.0.1', from, 'not an address', 't', 'b', {{ port: {port} }}));
  say('PRIVATE', await Net.sendMailAsync('localhost', from, to, 't', 'b', {{ port: 26 }}));
  Net.sendMail('127.0.0.1', from, to, 'by callback', 'b', (r) => say('CALLED', r), {{ port: {port} }});
}});"
    )
}

#[tokio::test]
async fn a_scenario_sends_mail_to_a_real_server() {
    let dir = tempfile::tempdir().unwrap();
    let (port, closed) = (port::free(), port::free());
    let mut command = std::process::Command::new("aiosmtpd");
    command
        .args(["-n", "-l", &format!("127.0.0.1:{port}")])
        .args(["-c", "aiosmtpd.handlers.Debugging", "stdout"])
        .env("PYTHONUNBUFFERED", "1");
    let server = Program::start("aiosmtpd", &dir.path().join("mail.log"), &command);
    eventually("the mail server", seconds(10), || async {
        tokio::net::TcpStream::connect(("127.0.0.1", port))
            .await
            .ok()
    })
    .await;
    let plan = CentrePlan::new()
        .setting("CORDBOARD__ENGINE__ALLOW_HOSTS", r#"["127.0.0.1"]"#)
        .scenario("200", "mails.js", &mails(port, closed));
    let centre = Centre::start(plan).await;
    let dials = SippPlan::new().dials("200").calls(1, 1).pause(seconds(4));
    let caller = Sipp::call("caller_hangs_up", centre.sip(), &dials);
    for result in [
        "SENT 250;",
        "DOWN -4;",
        "WRONG -1;",
        "PRIVATE -2;",
        "CALLED 250;",
    ] {
        eventually(result, seconds(10), || async {
            centre.session_logs().contains(result).then_some(())
        })
        .await;
    }
    let received = server.log();
    for part in [
        "From: Centre <centre@example.com>",
        "To: olga@example.com",
        "Subject: =?utf-8?b?",
        "multipart/alternative",
        "by callback",
    ] {
        assert!(received.contains(part), "{part} is not in {received}");
    }
    assert!(!received.contains("Bcc"), "{received}");
    assert!(!centre.session_logs().contains("olga@example.com"));
    caller.succeeds(seconds(15)).await;
    centre.is_empty_again().await;
}

/// A server that answers the first word with a text of so many bytes.
async fn talks_much(bytes: usize) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut socket = tokio_tungstenite::accept_async(stream).await.unwrap();
        socket.next().await;
        let _ = socket.send(Message::text("x".repeat(bytes))).await;
        while let Some(Ok(_)) = socket.next().await {}
    });
    url
}

/// A server that says yes and never reads again.
async fn takes_nothing() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let socket = tokio_tungstenite::accept_async(stream).await.unwrap();
        std::future::pending::<()>().await;
        drop(socket);
    });
    url
}

#[tokio::test]
async fn messages_over_their_limits_are_not_sent_and_not_taken() {
    let echo = Echo::start().await;
    let text = format!(
        "const open = (name, url, then) => {{
           const ws = VoxEngine.createWebSocket(url);
           ws.onopen = () => then(ws);
           ws.onmessage = (m) => Logger.write(`${{name}} HEARD ${{m.text.length}};`);
           ws.onclose = (c) => Logger.write(`${{name}} CLOSED ${{c.code}};`);
         }};
         const MIB = 1 << 20;
         VoxEngine.addEventListener(AppEvents.CallAlerting, ({{ call }}) => {{
           call.answer();
           call.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
           open('echo', '{}', (ws) => {{ ws.send('x'.repeat(MIB + 1)); ws.send('y'.repeat(MIB)); }});
           open('just', '{}', (ws) => ws.send('go'));
           open('over', '{}', (ws) => ws.send('go'));
           open('slow', '{}', (ws) => {{
             for (let i = 1; i < 40; i++) setTimeout(() => ws.send('z'.repeat(MIB)), 20 * i);
           }});
         }});",
        echo.url(),
        talks_much(1 << 20).await,
        talks_much((1 << 20) + 1).await,
        takes_nothing().await,
    );
    let plan = CentrePlan::new()
        .setting("CORDBOARD__ENGINE__ALLOW_HOSTS", r#"["127.0.0.1"]"#)
        .scenario("200", "much.js", &text);
    let centre = Centre::start(plan).await;
    let dials = SippPlan::new().dials("200").calls(1, 1).pause(seconds(6));
    let caller = Sipp::call("caller_hangs_up", centre.sip(), &dials);
    for word in [
        "echo HEARD 1048576;",
        "just HEARD 1048576;",
        "over CLOSED 1009;",
        "slow CLOSED 1006;",
    ] {
        eventually(word, seconds(15), || async {
            centre.session_logs().contains(word).then_some(())
        })
        .await;
    }
    let log = centre.session_logs();
    assert!(
        !log.contains("over HEARD") && !log.contains("HEARD 1048577"),
        "{log}"
    );
    caller.succeeds(seconds(15)).await;
    centre.is_empty_again().await;
}
