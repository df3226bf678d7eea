//! Hold by re-INVITE.

use std::net::SocketAddr;

use cordboard_tests::audio::{self, Heard};
use cordboard_tests::baresip::{Phone, PhonePlan};
use cordboard_tests::centre::{Centre, CentrePlan};
use cordboard_tests::eventually::{eventually, seconds};
use cordboard_tests::port;
use cordboard_tests::sipp::{Sipp, SippPlan};
use tokio::net::UdpSocket;

/// Throws away what has come and says how many packets of a payload type come in the
/// next half second.
async fn packets_in_half_a_second(rtp: &UdpSocket, payload_type: u8) -> usize {
    let mut packet = [0_u8; 2_048];
    while rtp.try_recv(&mut packet).is_ok() {}
    let mut count = 0;
    let counted = async {
        while rtp.recv(&mut packet).await.is_ok() {
            count += usize::from(packet[1] & 0x7f == payload_type);
        }
    };
    tokio::time::timeout(std::time::Duration::from_millis(500), counted)
        .await
        .ok();
    count
}

/// What came as RTP in half a second.
struct Stream {
    ssrc: u32,
    /// Sequence number and timestamp of the first packet and of the last.
    first: (u16, u32),
    last: (u16, u32),
    samples: Vec<i16>,
}

/// Listens for half a second to G.711 µ-law.
async fn listened(rtp: &UdpSocket) -> Stream {
    let mut packet = [0_u8; 2_048];
    while rtp.try_recv(&mut packet).is_ok() {}
    let mut stream: Option<Stream> = None;
    let listening = async {
        while let Ok(length) = rtp.recv(&mut packet).await {
            let number = |at: usize| u32::from_be_bytes(packet[at..at + 4].try_into().unwrap());
            let numbers = (u16::from_be_bytes([packet[2], packet[3]]), number(4));
            let stream = stream.get_or_insert(Stream {
                ssrc: number(8),
                first: numbers,
                last: numbers,
                samples: Vec::new(),
            });
            assert_eq!(stream.ssrc, number(8), "one stream");
            stream.last = numbers;
            stream
                .samples
                .extend(packet[12..length].iter().map(|byte| linear(*byte)));
        }
    };
    tokio::time::timeout(std::time::Duration::from_millis(500), listening)
        .await
        .ok();
    stream.expect("audio")
}

/// A sample of G.711 µ-law (ITU-T G.711, table 2a).
fn linear(byte: u8) -> i16 {
    let bits = i16::from(!byte);
    let size = (((bits & 0x0f) << 3) + 0x84) << ((bits & 0x70) >> 4);
    if bits & 0x80 == 0 {
        size - 0x84
    } else {
        0x84 - size
    }
}

/// A phone that plays what comes must be able to take the stream up again: the same
/// source, numbers that go on without a hole, a clock that ran on while it was silent.
fn goes_on(before: &Stream, after: &Stream, silent_s: u32) {
    let tones = audio::classify(&after.samples);
    assert!(
        tones.len() >= 3 && tones.iter().all(|heard| *heard == Heard::CallerTone),
        "{}",
        audio::picture(&tones)
    );
    assert_eq!(before.ssrc, after.ssrc);
    let packets = after.first.0.wrapping_sub(before.last.0);
    assert!(packets < 500, "{packets} packets between");
    let passed = after.first.1.wrapping_sub(before.last.1);
    let least = silent_s * audio::RATE_HZ;
    assert!(
        (least..least + 10 * audio::RATE_HZ).contains(&passed),
        "{passed} samples between"
    );
}

#[tokio::test]
async fn a_call_that_the_agent_holds_and_resumes_goes_on() {
    held_and_resumed("PCMU", 0).await;
}

#[tokio::test]
async fn a_wideband_agent_holds_a_narrow_caller() {
    held_and_resumed("G722", 9).await;
}

/// The caller has G.711 in any case.
async fn held_and_resumed(codec: &str, payload_type: u8) {
    let nobody: SocketAddr = port::free_address();
    let rtp = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let rtp_port = rtp.local_addr().unwrap().port();
    let plan = SippPlan::new().pause(seconds(2)).key("rtpport", rtp_port);
    let plan = plan.key("codec", codec).key("payload_type", payload_type);
    let phone = Sipp::serve("agent_holds", nobody, &plan).await;
    let plan = CentrePlan::new().agent_at("anna", &phone.contact("anna"));
    let centre = Centre::start(plan).await;
    let anna = centre.ready_agent("anna").await;
    let caller = Phone::start(&PhonePlan::caller(centre.sip())).await;
    caller.dial("100").await;
    anna.becomes("talking", seconds(10)).await;
    // 25 packets of 20 ms in half a second; fewer may come on a busy machine.
    eventually("the caller to be heard", seconds(5), || async {
        (packets_in_half_a_second(&rtp, payload_type).await > 15).then_some(())
    })
    .await;

    let before = match codec {
        "PCMU" => Some(listened(&rtp).await),
        _ => None,
    };
    phone.sees("HELD", 1, seconds(10)).await;
    assert_eq!(
        packets_in_half_a_second(&rtp, payload_type).await,
        0,
        "audio while held"
    );
    assert_eq!(anna.state().await["agent"]["activity"], "talking");
    assert!(caller.events_of("CALL_CLOSED").is_empty());

    phone.sees("RESUMED", 1, seconds(10)).await;
    assert!(packets_in_half_a_second(&rtp, payload_type).await > 15);
    if let Some(before) = before {
        goes_on(&before, &listened(&rtp).await, 1);
    }
    assert!(caller.events_of("CALL_CLOSED").is_empty());
    caller.hang_up().await;
    phone.sees("BYE", 1, seconds(5)).await;
    anna.becomes("idle", seconds(5)).await;
    centre.is_empty_again().await;
}
