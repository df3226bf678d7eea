//! Datagrams that are no SIP, or nearly: answered with the right code or dropped,
//! and calls go on.

use cordboard_tests::centre::{Centre, CentrePlan};
use cordboard_tests::eventually::seconds;
use cordboard_tests::sipp::{Sipp, SippPlan};
use tokio::net::UdpSocket;

const OPTIONS_WITH_BAD_LENGTH: &str = "OPTIONS sip:x@HOST SIP/2.0\r\n\
    Via: SIP/2.0/UDP ME;branch=z9hG4bKjunk1\r\n\
    From: <sip:a@ME>;tag=1\r\nTo: <sip:x@HOST>\r\nCall-ID: junk1\r\n\
    CSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 99\r\n\r\n";
const FUTURE_VERSION: &str = "OPTIONS sip:x@HOST SIP/7.0\r\n\
    Via: SIP/2.0/UDP ME;branch=z9hG4bKjunk2\r\n\
    From: <sip:a@ME>;tag=1\r\nTo: <sip:x@HOST>\r\nCall-ID: junk2\r\n\
    CSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n";

/// Sends a datagram and returns the status of the answer, if one comes in time.
async fn status_for(socket: &UdpSocket, text: &str, centre: &Centre) -> Option<u16> {
    let me = socket.local_addr().unwrap().to_string();
    let text = text
        .replace("HOST", &centre.sip().to_string())
        .replace("ME", &me);
    socket.send_to(text.as_bytes(), centre.sip()).await.unwrap();
    tokio::time::timeout(seconds(2), next_status(socket))
        .await
        .ok()
}

/// The status of the next SIP answer; a lone CRLF, the answer to a keep-alive
/// (RFC 5626 section 3.5.1), is passed over.
async fn next_status(socket: &UdpSocket) -> u16 {
    let mut answer = [0_u8; 4096];
    loop {
        let (length, _) = socket.recv_from(&mut answer).await.unwrap();
        let text = String::from_utf8_lossy(&answer[..length]).into_owned();
        if let Some(rest) = text.strip_prefix("SIP/2.0 ") {
            return rest[..3].parse().unwrap();
        }
    }
}

#[tokio::test]
async fn junk_gets_a_clear_answer_or_none_and_calls_go_on() {
    let centre = Centre::start(CentrePlan::new()).await;
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    for junk in [
        &b"\x00\xff\x17junk"[..],
        b"\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        &[b'A'; 60_000],
    ] {
        socket.send_to(junk, centre.sip()).await.unwrap();
    }
    let bad_length = status_for(&socket, OPTIONS_WITH_BAD_LENGTH, &centre).await;
    assert_eq!(bad_length, Some(400));
    let future = status_for(&socket, FUTURE_VERSION, &centre).await;
    assert_eq!(future, Some(505));

    let plan = SippPlan::new().dials("100").calls(1, 1).pause(seconds(1));
    let caller = Sipp::call("caller_hangs_up", centre.sip(), &plan);
    caller.succeeds(seconds(10)).await;
    centre.is_empty_again().await;
}
