//! The verdict's table: one message, one verdict.

use super::refusal::refusal;
use super::verdict::{Verdict, judge};

const GOOD: &str = "INVITE sip:100@127.0.0.1 SIP/2.0\r\n\
    Via: SIP/2.0/UDP 10.0.0.1:5070;branch=z9hG4bK1;rport\r\n\
    Max-Forwards: 70\r\n\
    From: \"A, B\" <sip:a@10.0.0.1>;tag=1\r\n\
    To: <sip:100@127.0.0.1>\r\n\
    Call-ID: c1\r\n\
    CSeq: 1 INVITE\r\n\
    Contact: <sip:a@10.0.0.1:5070>\r\n\
    Content-Length: 4\r\n\
    \r\n\
    v=0\n";

fn verdict(message: &str) -> Option<u16> {
    match judge(message.as_bytes(), false) {
        Verdict::Pass => Some(200),
        Verdict::Refuse { code, .. } => Some(code),
        Verdict::Drop { .. } => None,
    }
}

/// The good message with one text replaced.
fn with(old: &str, new: &str) -> String {
    assert!(GOOD.contains(old), "{old}");
    GOOD.replacen(old, new, 1)
}

/// What to replace in the good message, by what, and the status owed; `None` for
/// no answer at all, 200 for what passes.
const TORTURE: &[(&str, &str, Option<u16>)] = &[
    ("v=0\n", "v=0\n", Some(200)),
    // What RFC 4475 §3.1.1 calls valid.
    ("Via:", "v:", Some(200)),
    ("Via: SIP/2.0/UDP 10", "Via: SIP / 2.0 / UDP 10", Some(200)),
    ("Call-ID: c1", "i:\r\n c1", Some(200)),
    (
        "To: <sip:100@127.0.0.1>",
        "TO :\tsip:100@127.0.0.1",
        Some(200),
    ),
    ("CSeq: 1 INVITE", "CSeq: 0009\r\n  INVITE", Some(200)),
    ("v=0\n", "v=0\ntrailing octets", Some(200)),
    // Request line.
    ("INVITE sip:", "INVITE  sip:", Some(400)),
    (
        "sip:100@127.0.0.1 SIP",
        "<sip:100@127.0.0.1> SIP",
        Some(400),
    ),
    (
        "sip:100@127.0.0.1 SIP",
        "sip:100@127.0.0.1;a=b c SIP",
        Some(400),
    ),
    ("sip:100@127.0.0.1 SIP", "sip: SIP", Some(400)),
    (
        "sip:100@127.0.0.1 SIP",
        "sip:100@127.0.0.1:99999 SIP",
        Some(400),
    ),
    ("sip:100@127.0.0.1 SIP", "sip:100@[::g] SIP", Some(400)),
    (
        "sip:100@127.0.0.1 SIP",
        "soap.beep://192.0.2.103 SIP",
        Some(416),
    ),
    ("sip:100@127.0.0.1 SIP", "tel:+123 SIP", Some(416)),
    ("SIP/2.0\r\nVia", "SIP/7.0\r\nVia", Some(505)),
    ("Via: SIP/2.0/UDP", "Via: SIP/7.0/UDP", Some(505)),
    ("Via: SIP/2.0/UDP", "Via: HTTP/1.1/UDP", Some(400)),
    ("SIP/2.0\r\nVia", "SIP/2.0 \r\nVia", Some(400)),
    ("INVITE sip", "NEWMETHOD sip", Some(405)),
    ("INVITE sip", "invite sip", Some(405)),
    ("INVITE sip", "IN<ITE sip", Some(400)),
    // Mandatory headers.
    (
        "Via: SIP/2.0/UDP 10.0.0.1:5070;branch=z9hG4bK1;rport\r\n",
        "",
        Some(400),
    ),
    (
        "Via: SIP/2.0/UDP 10.0.0.1:5070",
        "Via: HTTP/1.1 10.0.0.1",
        Some(400),
    ),
    ("From: \"A, B\" <sip:a@10.0.0.1>;tag=1\r\n", "", Some(400)),
    (";tag=1", "", Some(400)),
    ("\"A, B\" <sip", "\"A, B <sip", Some(400)),
    ("To: <sip:100@127.0.0.1>\r\n", "", Some(400)),
    ("To: <sip", "To: \"Watson <sip", Some(400)),
    ("Call-ID: c1\r\n", "", Some(400)),
    ("Call-ID: c1", "Call-ID: c1\r\nCall-ID: c2", Some(400)),
    ("CSeq: 1 INVITE\r\n", "", Some(400)),
    ("CSeq: 1 INVITE", "CSeq: 1 OPTIONS", Some(400)),
    (
        "CSeq: 1 INVITE",
        "CSeq: 36893488147419103232 INVITE",
        Some(400),
    ),
    ("CSeq: 1 INVITE", "CSeq: INVITE", Some(400)),
    ("Contact: <sip:a@10.0.0.1:5070>\r\n", "", Some(400)),
    ("Max-Forwards: 70", "Max-Forwards: 300", Some(400)),
    // Body.
    ("Content-Length: 4", "Content-Length: 9999", Some(400)),
    ("Content-Length: 4", "Content-Length: -999", Some(400)),
    (
        "Content-Length: 4",
        "Content-Length: 4\r\nContent-Length: 3",
        Some(400),
    ),
    ("Content-Length: 4\r\n", "", Some(400)),
    ("\r\n\r\nv=0\n", "\r\n", Some(400)),
    // Lines.
    ("Call-ID: c1", "Call-ID: c\u{1}1", Some(400)),
    (
        "Call-ID: c1",
        "Call-ID: c1\r\nX-Split: a\nVia: b",
        Some(400),
    ),
    ("Call-ID: c1", "Call-ID: c1\r\nno colon here", Some(400)),
    ("Call-ID: c1", "Call-ID: c1\r\n: nameless", Some(400)),
    // No SIP, no answer.
    (GOOD, "GET / HTTP/1.1\r\n\r\n", None),
    (GOOD, "\u{0}\u{0}\u{0}", None),
    (GOOD, "SIP/2.0 200 OK\r\n\r\n", None),
    (
        GOOD,
        "SIP/2.0 4294967301 better not\r\nVia: x\r\n\r\n",
        None,
    ),
    (GOOD, "\r\n\r\n", Some(200)),
];

#[test]
fn one_fault_has_one_answer() {
    for (old, new, expected) in TORTURE {
        let message = with(old, new);
        assert_eq!(verdict(&message), *expected, "{message}");
    }
}

#[test]
fn limits_hold() {
    let many = with("Max-Forwards: 70", &vec!["X-A: b"; 200].join("\r\n"));
    assert_eq!(verdict(&many), Some(400));
    let long = with("Max-Forwards: 70", &format!("X-A: {}", "b".repeat(5000)));
    assert_eq!(verdict(&long), Some(400));
    assert_eq!(
        judge(GOOD.as_bytes(), true),
        Verdict::Refuse {
            code: 513,
            why: "message longer than the receive buffer"
        }
    );
}

#[test]
fn headers_that_are_not_utf_8_are_refused() {
    let mut octets = with("Call-ID: c1", "Call-ID: c1\r\nX-Name: #").into_bytes();
    let at = octets.iter().position(|octet| *octet == b'#').unwrap();
    octets[at] = 0xff;
    assert!(matches!(
        judge(&octets, false),
        Verdict::Refuse { code: 400, .. }
    ));
    // The body is none of the guard's business.
    let mut octets = GOOD.as_bytes().to_vec();
    *octets.last_mut().unwrap() = 0xff;
    assert_eq!(judge(&octets, false), Verdict::Pass);
}

#[test]
fn an_ack_is_never_answered() {
    let ack = with("CSeq: 1 INVITE", "CSeq: x").replace("INVITE sip", "ACK sip");
    assert_eq!(verdict(&ack), None);
}

#[test]
fn a_refusal_goes_where_via_says_and_echoes_nothing_harmful() {
    let source = "203.0.113.5:40000".parse().unwrap();
    let bad = with("Call-ID: c1", "Call-ID: c1\rX-Evil: 1");
    let (octets, to) = refusal(bad.as_bytes(), source, 400, "why", "us").unwrap();
    let text = String::from_utf8(octets).unwrap();
    assert_eq!(to, source, "rport was asked for");
    assert!(text.starts_with("SIP/2.0 400 Bad Request\r\nVia: SIP/2.0/UDP 10.0.0.1:5070;branch=z9hG4bK1;received=203.0.113.5;rport=40000\r\n"), "{text}");
    assert!(
        text.contains("Call-ID: c1X-Evil: 1\r\n") && text.contains("To: <sip:100@127.0.0.1>;tag=")
    );
    let plain = with(";rport", "");
    let (_, to) = refusal(plain.as_bytes(), source, 400, "why", "us").unwrap();
    assert_eq!(to, "203.0.113.5:5070".parse().unwrap());
    assert!(refusal(b"NOTHING sip:x SIP/2.0\r\n\r\n", source, 400, "why", "us").is_none());
}

#[test]
fn any_truncation_or_flip_of_a_message_is_judged_without_a_panic() {
    let source = "203.0.113.5:40000".parse().unwrap();
    for at in 0..GOOD.len() {
        for octet in [0, b' ', b'\n', b'"', b'<', b';', 0xc3, 0xff] {
            let mut octets = GOOD.as_bytes().to_vec();
            octets[at] = octet;
            judge(&octets, false);
            refusal(&octets, source, 400, "why", "us");
        }
        judge(&GOOD.as_bytes()[..at], false);
    }
}
