//! Hand-written datagrams: junk, refusals, replays.

use crate::harness::{Centre, REALM, Setup};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::UdpSocket;

/// A client that sends what it likes.
struct Client {
    socket: UdpSocket,
    centre: SocketAddr,
}

impl Client {
    async fn of(centre: &Centre) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        Self {
            socket,
            centre: centre.udp,
        }
    }

    /// Sends and returns what comes back for this CSeq: answers to earlier
    /// requests may be repeated meanwhile.
    async fn ask(&self, octets: &[u8]) -> String {
        self.socket.send_to(octets, self.centre).await.unwrap();
        let sent = String::from_utf8_lossy(octets).to_string();
        let cseq = sent
            .lines()
            .find(|line| line.starts_with("CSeq:"))
            .unwrap_or("");
        loop {
            let answer = self.hear().await;
            if answer.contains(cseq) {
                return answer;
            }
        }
    }

    /// The next datagram.
    async fn hear(&self) -> String {
        let mut buffer = vec![0; 65_536];
        let answer = tokio::time::timeout(Duration::from_secs(10), self.socket.recv(&mut buffer));
        let length = answer.await.expect("an answer comes").unwrap();
        String::from_utf8(buffer[..length].to_vec()).unwrap()
    }

    fn request(&self, method: &str, number: u32, more: &str) -> String {
        let (centre, us) = (self.centre, self.socket.local_addr().unwrap());
        format!(
            "{method} sip:{centre} SIP/2.0\r\nVia: SIP/2.0/UDP {us};branch=z9hG4bK{method}{number};rport\r\n\
             Max-Forwards: 70\r\nFrom: <sip:anna@{REALM}>;tag=f{number}\r\nTo: <sip:anna@{REALM}>\r\n\
             Call-ID: {method}-{number}\r\nCSeq: {number} {method}\r\nContact: <sip:anna@{us}>\r\n\
             {more}Content-Length: 0\r\n\r\n"
        )
    }
}

fn status(answer: &str) -> u16 {
    answer
        .split(' ')
        .nth(1)
        .and_then(|code| code.parse().ok())
        .unwrap_or(0)
}

#[tokio::test]
async fn every_method_without_a_dialog_gets_its_answer_and_junk_gets_none() {
    let mut centre = Centre::with(Setup {
        closed: true,
        ..Setup::default()
    })
    .await;
    let client = Client::of(&centre).await;
    for junk in [
        &b"hello"[..],
        b"GET / HTTP/1.1\r\n\r\n",
        &[0; 500],
        &[0xff; 9000],
    ] {
        client.socket.send_to(junk, centre.udp).await.unwrap();
    }
    let expected = [
        ("OPTIONS", 200),
        ("REGISTER", 401),
        ("INVITE", 401),
        ("BYE", 481),
        ("CANCEL", 481),
        ("INFO", 481),
        ("UPDATE", 481),
        ("PRACK", 481),
        ("REFER", 405),
        ("SUBSCRIBE", 405),
        ("NOTIFY", 405),
        ("MESSAGE", 405),
        ("PUBLISH", 405),
        ("JUGGLE", 405),
    ];
    for (number, (method, code)) in (1..).zip(expected) {
        let answer = client
            .ask(client.request(method, number, "").as_bytes())
            .await;
        assert_eq!(status(&answer), code, "{method}: {answer}");
    }
    let (dropped, refused) = centre.sip.guarded();
    assert_eq!((dropped, refused), (4, 1));
    centre.is_quiet().await;
}

#[tokio::test]
async fn malformed_requests_are_told_what_is_wrong() {
    let centre = Centre::start().await;
    let client = Client::of(&centre).await;
    // A stranger: whoever says he is ours is asked for proof first.
    let good = client
        .request("INVITE", 1, "")
        .replace(REALM, "elsewhere.test");
    let cases = [
        ("SIP/2.0\r\nVia", "SIP/3.0\r\nVia", 505),
        // RFC 4475 §3.1.2.16 "badvers" has the version in both places.
        ("SIP/2.0\r\nVia: SIP/2.0/", "SIP/7.0\r\nVia: SIP/7.0/", 505),
        ("Via: SIP/2.0/", "Via: SIP/7.0/", 505),
        ("INVITE sip:", "INVITE mailto:", 416),
        ("Content-Length: 0", "Content-Length: 10", 400),
        ("Contact:", "X-Contact:", 400),
        ("CSeq: 1", "CSeq: one", 400),
        ("Max-Forwards: 70", "Require: foo, 100rel", 420),
        ("Max-Forwards: 70", "Max-Forwards: many", 400),
    ];
    for (number, (old, new, code)) in (1..).zip(cases) {
        let bad = good
            .replacen(old, new, 1)
            .replace("branch=z9hG4bK", &format!("branch=z9hG4bK{number}"));
        let answer = client.ask(bad.as_bytes()).await;
        assert_eq!(status(&answer), code, "{new}: {answer}");
    }
    let bytes = good.replace("Max-Forwards: 70", "X-Name: #").into_bytes();
    let bytes: Vec<u8> = bytes
        .iter()
        .map(|b| if *b == b'#' { 0xfe } else { *b })
        .collect();
    assert_eq!(status(&client.ask(&bytes).await), 400);
    // It lives.
    assert_eq!(
        status(
            &client
                .ask(client.request("OPTIONS", 99, "").as_bytes())
                .await
        ),
        200
    );
}

/// The nonce of a challenge.
fn nonce_of(challenge: &str) -> &str {
    let after = challenge.split("nonce=\"").nth(1).unwrap();
    after.split('"').next().unwrap()
}

/// What anna's phone answers to a challenge.
fn proof(method: &str, uri: &str, nonce: &str, count: &str) -> String {
    // H(user:realm:secret) with chosen parts is H of any text with two colons.
    let hash = |text: String| {
        let mut parts = text.splitn(3, ':');
        let mut next = || parts.next().unwrap_or("").to_string();
        let (a, b, c) = (next(), next(), next());
        sip::ha1(&a, &b, &c).md5
    };
    let ha1 = sip::ha1("anna", REALM, "secret-of-anna").md5;
    let ha2 = hash(format!("{method}:{uri}"));
    let response = hash(format!("{ha1}:{nonce}:{count}:c:auth:{ha2}"));
    format!(
        "Authorization: Digest username=\"anna\", realm=\"{REALM}\", nonce=\"{nonce}\", uri=\"{uri}\", \
         response=\"{response}\", algorithm=MD5, qop=auth, nc={count}, cnonce=\"c\"\r\n"
    )
}

#[tokio::test]
async fn a_register_that_is_replayed_is_refused() {
    let mut centre = Centre::start().await;
    let client = Client::of(&centre).await;
    let challenge = client
        .ask(client.request("REGISTER", 1, "").as_bytes())
        .await;
    let nonce = nonce_of(&challenge);
    let uri = format!("sip:{}", centre.udp);
    let proof = |count: &str| proof("REGISTER", &uri, nonce, count);
    let right = client
        .ask(client.request("REGISTER", 2, &proof("00000001")).as_bytes())
        .await;
    assert_eq!(status(&right), 200, "{right}");
    assert!(right.contains(";expires=300"), "{right}");
    let replay = client
        .ask(client.request("REGISTER", 3, &proof("00000001")).as_bytes())
        .await;
    assert_eq!(status(&replay), 401);
    assert!(replay.contains("stale=true"), "{replay}");
    let onwards = client
        .ask(client.request("REGISTER", 4, &proof("00000002")).as_bytes())
        .await;
    assert_eq!(status(&onwards), 200);
    let brief = format!("Expires: 3\r\n{}", proof("00000003"));
    let brief = client
        .ask(client.request("REGISTER", 5, &brief).as_bytes())
        .await;
    assert_eq!(status(&brief), 423);
    assert!(brief.contains("Min-Expires: 10"), "{brief}");
    assert!(matches!(
        centre.next().await,
        sip::SipEvent::Registered { contacts: 1, .. }
    ));
    centre.is_quiet().await;
}

#[tokio::test]
async fn the_guard_stands_before_tcp_as_well() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let centre = Centre::start().await;
    let client = Client::of(&centre).await;
    let mut stream = tokio::net::TcpStream::connect(centre.tcp).await.unwrap();
    let cases = [
        ("Contact:", "X-Contact:", 400),
        ("SIP/2.0\r\nVia", "SIP/3.0\r\nVia", 505),
        ("SIP/2.0\r\nVia: SIP/2.0/", "SIP/7.0\r\nVia: SIP/7.0/", 505),
        ("Max-Forwards: 70", "Max-Forwards: many", 400),
    ];
    for (old, new, code) in cases {
        let good = client.request("INVITE", 1, "").replace("/UDP", "/TCP");
        let bad = good.replacen(old, new, 1);
        stream.write_all(bad.as_bytes()).await.unwrap();
        let mut buffer = vec![0; 4096];
        let length = stream.read(&mut buffer).await.unwrap();
        let answer = String::from_utf8_lossy(&buffer[..length]).to_string();
        assert_eq!(status(&answer), code, "{new}: {answer}");
    }
}

#[tokio::test]
async fn a_user_cannot_register_or_call_as_another() {
    let mut centre = Centre::start().await;
    let client = Client::of(&centre).await;
    let uri = format!("sip:{}", centre.udp);
    for (number, method) in [(1, "REGISTER"), (3, "INVITE")] {
        let challenge = client
            .ask(client.request(method, number, "").as_bytes())
            .await;
        assert_eq!(status(&challenge), 401, "{challenge}");
        let proof = proof(method, &uri, nonce_of(&challenge), "00000001");
        let forged = client.request(method, number + 1, &proof);
        let forged = forged.replace(&format!("sip:anna@{REALM}"), &format!("sip:boris@{REALM}"));
        let answer = client.ask(forged.as_bytes()).await;
        assert_eq!(status(&answer), 403, "{method}: {answer}");
    }
    assert!(centre.sip.registered().is_empty());
    centre.is_quiet().await;
}

#[tokio::test]
async fn a_refused_call_costs_one_remembered_answer() {
    let centre = Centre::start().await;
    let client = Client::of(&centre).await;
    let challenge = client.ask(client.request("INVITE", 1, "").as_bytes()).await;
    assert_eq!(status(&challenge), 401);
    // The awaited ACK counts too, if it is kept.
    for _ in 0..100 {
        if centre.sip.kept() == (1, 0) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(centre.sip.kept(), (1, 0));
    let again = client.ask(client.request("INVITE", 1, "").as_bytes()).await;
    assert_eq!(
        nonce_of(&again),
        nonce_of(&challenge),
        "the same answer again"
    );
}

#[tokio::test]
async fn an_old_request_in_a_call_is_refused() {
    let mut centre = Centre::start().await;
    let client = Client::of(&centre).await;
    let invite = client
        .request("INVITE", 4, "")
        .replace(REALM, "elsewhere.test");
    let trying = client.ask(invite.as_bytes()).await;
    assert_eq!(status(&trying), 100);
    let leg = centre.incoming().await;
    centre.sip.answer(leg, vec![], crate::harness::SDP.to_vec());
    let answer = client.hear().await;
    assert_eq!(status(&answer), 200);
    let to = answer.lines().find(|line| line.starts_with("To:")).unwrap();
    let inside = |method, number| {
        let request = client
            .request(method, number, "")
            .replace(REALM, "elsewhere.test");
        let request = request.replace("To: <sip:anna@elsewhere.test>", to);
        let id = format!("Call-ID: {method}-{number}");
        let tag = format!("tag=f{number}");
        request
            .replace(&id, "Call-ID: INVITE-4")
            .replace(&tag, "tag=f4")
    };
    let ack = inside("ACK", 4);
    client
        .socket
        .send_to(ack.as_bytes(), centre.udp)
        .await
        .unwrap();
    assert!(matches!(
        centre.next().await,
        sip::SipEvent::Answered { .. }
    ));
    assert_eq!(status(&client.ask(inside("INFO", 7).as_bytes()).await), 200);
    assert_eq!(status(&client.ask(inside("INFO", 6).as_bytes()).await), 500);
    assert_eq!(status(&client.ask(inside("BYE", 8).as_bytes()).await), 200);
    assert!(matches!(centre.next().await, sip::SipEvent::Info { .. }));
    assert!(matches!(
        centre.next().await,
        sip::SipEvent::Ended { by_us: false, .. }
    ));
    centre.is_quiet().await;
}

/// A call stands; another one wants its place (RFC 3891). Who is in the call may
/// take it: here the same trunk. A stranger with the right values may not, and is
/// told what everybody is told of a call that there is not.
#[tokio::test]
#[allow(clippy::too_many_lines, reason = "one conversation from end to end")]
async fn a_call_is_taken_over_by_who_is_in_it_and_by_nobody_else() {
    for is_trunk in [true, false] {
        let trunk = sip::TrunkConfig {
            name: "acme".into(),
            address: "127.0.0.1".into(),
            transport: sip::Transport::Udp,
            sources: vec!["127.0.0.1".parse().unwrap()],
            credentials: None,
            register_every_s: None,
        };
        let mut centre = Centre::with(Setup {
            trunks: if is_trunk { vec![trunk] } else { Vec::new() },
            ..Setup::default()
        })
        .await;
        let client = Client::of(&centre).await;
        let invite = |number: u32, more: &str| {
            let plain = client.request("INVITE", number, more);
            let plain = plain.replace(&format!("anna@{REALM}"), "7495@phone.test");
            let sdp = String::from_utf8_lossy(crate::harness::SDP).into_owned();
            let length = format!(
                "Content-Type: application/sdp\r\nContent-Length: {}",
                sdp.len()
            );
            format!("{}{sdp}", plain.replace("Content-Length: 0", &length))
        };
        client
            .socket
            .send_to(invite(1, "").as_bytes(), centre.udp)
            .await
            .unwrap();
        let first = centre.incoming().await;
        centre
            .sip
            .answer(first, vec![], crate::harness::SDP.to_vec());
        let answer = loop {
            let answer = client.hear().await;
            if status(&answer) == 200 {
                break answer;
            }
        };
        let tag = answer
            .lines()
            .find(|line| line.starts_with("To:"))
            .and_then(|line| line.split("tag=").nth(1))
            .unwrap()
            .trim()
            .to_owned();
        let named = format!("INVITE-1;to-tag={tag};from-tag=f1");
        let refusals = [
            (
                "Replaces: INVITE-1;to-tag=x;from-tag=f1\r\n".to_owned(),
                481,
            ),
            (
                format!("Replaces: INVITE-1;to-tag={tag};from-tag=x\r\n"),
                481,
            ),
            (format!("Replaces: other;to-tag={tag};from-tag=f1\r\n"), 481),
            ("Replaces: INVITE-1\r\n".to_owned(), 400),
            (format!("Replaces: {named}\r\nReplaces: {named}\r\n"), 400),
            (
                format!("Replaces: {named};early-only\r\n"),
                if is_trunk { 486 } else { 481 },
            ),
        ];
        for (number, (header, code)) in (2..).zip(refusals) {
            let cseq = format!("CSeq: {number} INVITE");
            let ask = invite(number, &header);
            let mut answer = client.ask(ask.as_bytes()).await;
            while status(&answer) < 200 || !answer.contains(&cseq) {
                answer = client.hear().await;
            }
            assert_eq!(status(&answer), code, "{header}");
        }
        let header = format!("Require: replaces\r\nReplaces: {named}\r\n");
        let ask = invite(20, &header);
        client
            .socket
            .send_to(ask.as_bytes(), centre.udp)
            .await
            .unwrap();
        if is_trunk {
            match centre.next().await {
                sip::SipEvent::Incoming { replaces, .. } => assert_eq!(replaces, Some(first)),
                other => panic!("{other:?}"),
            }
        } else {
            let refused = loop {
                let answer = client.hear().await;
                if answer.contains("CSeq: 20 ") && status(&answer) >= 200 {
                    break status(&answer);
                }
            };
            assert_eq!(refused, 481, "a stranger with the right values");
        }
    }
}
