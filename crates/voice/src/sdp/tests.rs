use super::*;
use Codec::{G722, Pcma, Pcmu};

const BOTH: &[Codec] = &[Pcmu, Pcma];

fn local() -> IpAddr {
    IpAddr::from([192, 0, 2, 10])
}

fn sdp(lines: &[&str]) -> Vec<u8> {
    let head = ["v=0", "o=- 1 1 IN IP4 198.51.100.7", "s=-", "t=0 0"];
    let all: Vec<&str> = head.iter().chain(lines).copied().collect();
    (all.join("\r\n") + "\r\n").into_bytes()
}

/// Answers an offer of these lines.
fn answered(lines: &[&str]) -> Result<(String, Agreed), SdpError> {
    answer(&sdp(lines), local(), 20_000, BOTH, 5, 6)
        .map(|(text, agreed)| (String::from_utf8(text).unwrap(), agreed))
}

const C: &str = "c=IN IP4 198.51.100.7";

#[test]
fn our_offer_has_every_codec_in_our_order() {
    let text = String::from_utf8(offer(local(), 20_000, &[Pcma, Pcmu], 5, 6)).unwrap();
    let expected = "v=0\r\no=- 5 6 IN IP4 192.0.2.10\r\ns=-\r\nc=IN IP4 192.0.2.10\r\nt=0 0\r\n\
        m=audio 20000 RTP/AVP 8 0 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\n\
        a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\na=rtcp-mux\r\na=sendrecv\r\n";
    assert_eq!(text, expected);
}

#[test]
fn our_offer_and_our_answer_understand_each_other() {
    let offer = offer(local(), 20_000, BOTH, 1, 1);
    let far = IpAddr::from([198, 51, 100, 7]);
    let (text, theirs) = answer(&offer, far, 30_000, BOTH, 2, 2).unwrap();
    let ours = accept(&text, BOTH).unwrap();
    assert_eq!(theirs.remote, SocketAddr::new(local(), 20_000));
    assert_eq!(ours.remote, SocketAddr::new(far, 30_000));
    assert_eq!((ours.codec, ours.payload_type), (Pcmu, 0));
    assert_eq!(ours.dtmf_payload_type, Some(101));
    assert!(ours.we_send && ours.we_receive && theirs.we_send && theirs.we_receive);
}

#[test]
fn the_offerers_first_codec_that_we_have_is_taken() {
    let (text, agreed) = answered(&[
        C,
        "m=audio 4000 RTP/AVP 18 8 0 96",
        "a=rtpmap:96 opus/48000/2",
    ])
    .unwrap();
    assert_eq!(agreed.codec, Pcma);
    assert!(text.contains("m=audio 20000 RTP/AVP 8\r\n"), "{text}");
    assert_eq!(agreed.dtmf_payload_type, None);
}

#[test]
fn g722_is_offered_and_taken_with_its_clock_of_8_khz() {
    let all = [G722, Pcmu, Pcma];
    let ours = offer(local(), 20_000, &all, 1, 1);
    let text = String::from_utf8(ours.clone()).unwrap();
    assert!(text.contains("m=audio 20000 RTP/AVP 9 0 8 101\r\na=rtpmap:9 G722/8000\r\n"));
    let (answered, theirs) = answer(&ours, local(), 30_000, &all, 2, 2).unwrap();
    assert_eq!((theirs.codec, theirs.payload_type), (G722, 9));
    assert_eq!(accept(&answered, &all).unwrap().codec, G722);
    // Listed without a map, and by one who has no use for it.
    let offer = sdp(&[C, "m=audio 4000 RTP/AVP 9 8"]);
    let taken = |codecs| answer(&offer, local(), 20_000, codecs, 5, 6).map(|(_, a)| a.codec);
    assert_eq!(taken(&all), Ok(G722));
    assert_eq!(taken(BOTH), Ok(Pcma));
    // A clock of 16 kHz is another codec's.
    let odd = sdp(&[C, "m=audio 4000 RTP/AVP 96", "a=rtpmap:96 G722/16000"]);
    assert!(answer(&odd, local(), 20_000, &all, 5, 6).is_err());
}

#[test]
fn the_payload_types_of_the_offerer_are_echoed() {
    let (text, agreed) = answered(&[
        C,
        "m=audio 4000 RTP/AVP 107 97",
        "a=rtpmap:107 pcmu/8000/1",
        "a=rtpmap:97 Telephone-Event/8000",
        "a=fmtp:97 0-16",
    ])
    .unwrap();
    assert_eq!((agreed.codec, agreed.payload_type), (Pcmu, 107));
    assert_eq!(agreed.dtmf_payload_type, Some(97));
    assert!(text.contains("a=rtpmap:107 PCMU/8000\r\n"), "{text}");
    assert!(
        text.contains("a=rtpmap:97 telephone-event/8000\r\n"),
        "{text}"
    );
}

#[test]
fn events_at_another_rate_are_not_ours() {
    let lines = [
        C,
        "m=audio 4000 RTP/AVP 0 98",
        "a=rtpmap:98 telephone-event/48000",
    ];
    assert_eq!(answered(&lines).unwrap().1.dtmf_payload_type, None);
}

#[test]
fn other_streams_are_refused_in_place() {
    let (text, agreed) = answered(&[
        C,
        "m=video 5000 RTP/AVP 96 97",
        "m=audio 4000 RTP/SAVP 0",
        "m=audio 4002 RTP/AVP 0",
        "m=audio 4004 RTP/AVP 0",
    ])
    .unwrap();
    let media: Vec<&str> = text.lines().filter(|l| l.starts_with("m=")).collect();
    assert_eq!(
        media,
        [
            "m=video 0 RTP/AVP 96 97",
            "m=audio 0 RTP/SAVP 0",
            "m=audio 20000 RTP/AVP 0",
            "m=audio 0 RTP/AVP 0"
        ]
    );
    assert_eq!(agreed.remote.port(), 4002);
}

#[test]
fn the_address_of_the_stream_comes_before_that_of_the_session() {
    let lines = [C, "m=audio 4000 RTP/AVP 0", "c=IN IP4 203.0.113.9"];
    let (_, agreed) = answered(&lines).unwrap();
    assert_eq!(agreed.remote, "203.0.113.9:4000".parse().unwrap());
    let (_, agreed) = answered(&["c=IN IP6 2001:db8::7", "m=audio 4000 RTP/AVP 0"]).unwrap();
    assert_eq!(agreed.remote, "[2001:db8::7]:4000".parse().unwrap());
}

#[test]
fn every_direction_is_answered_by_its_reverse() {
    for (theirs, ours, we_send, we_receive) in [
        ("sendrecv", "sendrecv", true, true),
        ("sendonly", "recvonly", false, true),
        ("recvonly", "sendonly", true, false),
        ("inactive", "inactive", false, false),
    ] {
        let attribute = format!("a={theirs}");
        for lines in [
            [C, "m=audio 4000 RTP/AVP 0", &attribute],
            [C, &attribute, "m=audio 4000 RTP/AVP 0"],
        ] {
            let (text, agreed) = answered(&lines).unwrap();
            assert!(text.contains(&format!("a={ours}\r\n")), "{theirs}: {text}");
            assert_eq!((agreed.we_send, agreed.we_receive), (we_send, we_receive));
        }
    }
}

#[test]
fn the_address_0_0_0_0_is_hold() {
    let (_, agreed) = answered(&["c=IN IP4 0.0.0.0", "m=audio 4000 RTP/AVP 0"]).unwrap();
    assert!(!agreed.we_send);
}

#[test]
fn no_common_codec_says_what_was_offered() {
    let lines = [C, "m=audio 4000 RTP/AVP 18 96", "a=rtpmap:96 opus/48000/2"];
    let error = answered(&lines).unwrap_err();
    let offered = "audio RTP/AVP G729/8000 96".into();
    assert_eq!(error, SdpError::NoCommonCodec { offered });
    let refused = accept(&sdp(&[C, "m=audio 0 RTP/AVP 0"]), BOTH).unwrap_err();
    assert!(refused.to_string().contains("port 0"), "{refused}");
    assert!(
        answered(&[C])
            .unwrap_err()
            .to_string()
            .contains("no stream")
    );
}

#[test]
fn a_codec_that_we_were_not_given_is_not_taken() {
    let error = accept(&sdp(&[C, "m=audio 4000 RTP/AVP 0"]), &[Pcma]).unwrap_err();
    assert!(matches!(error, SdpError::NoCommonCodec { .. }));
}

#[test]
fn malformed_sdp_names_the_line() {
    for (lines, line, named) in [
        (&["nonsense"][..], 5, "x=value"),
        (&["m=audio"][..], 5, "kind"),
        (&[C, "m=audio 70000 RTP/AVP 0"][..], 6, "port"),
        (&["m=audio 4000 RTP/AVP 0"][..], 5, "no c="),
        (&["c=IN IP4 phone.example.com"][..], 5, "name"),
        (&["c=IN IP4 2001:db8::1"][..], 5, "family"),
        (&["c=IN IP4 224.2.1.1/127"][..], 5, "group"),
        (&[C, "m=audio 4000 RTP/AVP"][..], 6, "formats"),
    ] {
        match answered(lines) {
            Err(SdpError::Malformed { line: at, what }) => {
                assert_eq!(at, line, "{lines:?}");
                assert!(what.contains(named), "{lines:?}: {what}");
            }
            other => panic!("{lines:?} gave {other:?}"),
        }
    }
    assert!(matches!(parse::parse(b""), Err(SdpError::Malformed { .. })));
    assert!(matches!(
        parse::parse(b"o=- 1 1 IN IP4 1.2.3.4\r\n"),
        Err(SdpError::Malformed { line: 1, .. })
    ));
    let endless = vec![b'a'; SDP_BYTES_MAX + 1];
    assert!(matches!(
        parse::parse(&endless),
        Err(SdpError::Malformed { .. })
    ));
}

#[test]
fn bare_newlines_blank_lines_and_foreign_letters_are_read() {
    let text = b"v=0\no=- 1 1 IN IP4 198.51.100.7\ns=\xff\xe9t\xe9\n\nc=IN IP4 198.51.100.7\nt=0 0\nm=audio 4000 RTP/AVP 0\n";
    assert!(answer(text, local(), 20_000, BOTH, 1, 1).is_ok());
}

/// Valid SDP damaged in every way: nothing panics, and what we answer is
/// itself SDP that we can read.
#[test]
fn damaged_sdp_never_panics_and_never_leaks_lines_into_the_answer() {
    let valid = sdp(&[
        C,
        "a=sendrecv",
        "m=audio 4000/2 RTP/AVP 8 0 96 101",
        "c=IN IP6 2001:db8::7",
        "a=rtpmap:96 opus/48000/2",
        "a=rtpmap:101 telephone-event/8000",
        "a=ptime:20",
        "m=video 5000 RTP/AVP 97",
    ]);
    for seed in 1..=30_000u64 {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut random = |below: usize| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 11) as usize % below
        };
        let mut text = valid.clone();
        for _ in 0..1 + random(6) {
            let at = random(text.len());
            match random(5) {
                0 => text[at] = random(256) as u8,
                1 => drop(text.drain(at..(at + random(20)).min(text.len()))),
                2 => text.truncate(at.max(1)),
                3 => text.insert(at, b" =/:\r\n\0\xff09"[random(10)]),
                _ => {
                    let piece = text[at..(at + random(40)).min(text.len())].to_vec();
                    let to = random(text.len());
                    text.splice(to..to, piece);
                }
            }
            if text.is_empty() {
                text.push(b'v');
            }
        }
        let _ = accept(&text, BOTH);
        if let Ok((ours, _)) = answer(&text, local(), 20_000, BOTH, 1, 1) {
            assert!(
                accept(&ours, BOTH).is_ok() || parse::parse(&ours).is_ok(),
                "seed {seed}"
            );
        }
    }
}

#[test]
fn rtcp_goes_where_the_far_end_says() {
    let path = |more: &[&str]| {
        let lines: Vec<&str> = [C, "m=audio 4000 RTP/AVP 0"]
            .iter()
            .chain(more)
            .copied()
            .collect();
        let (text, agreed) = answered(&lines).unwrap();
        assert_eq!(
            text.contains("a=rtcp-mux\r\n"),
            agreed.rtcp == RtcpPath::Shared,
            "what is taken is said, and nothing else: {text}"
        );
        agreed.rtcp
    };
    let at = |address: &str| RtcpPath::At(address.parse().unwrap());
    assert_eq!(path(&[]), at("198.51.100.7:4001"));
    assert_eq!(path(&["a=rtcp:53020"]), at("198.51.100.7:53020"));
    let elsewhere = ["a=rtcp:53020 IN IP4 198.51.100.8"];
    assert_eq!(path(&elsewhere), at("198.51.100.8:53020"));
    assert_eq!(path(&["a=rtcp:5", "a=rtcp-mux"]), RtcpPath::Shared);
    for wrong in [
        "a=rtcp:",
        "a=rtcp:0",
        "a=rtcp:99999",
        "a=rtcp:5 IN IP4 name",
    ] {
        assert_eq!(path(&[wrong]), at("198.51.100.7:4001"), "{wrong}");
    }
    assert_eq!(path(&["b=RS:0", "b=RR:0"]), RtcpPath::Off);
    assert_eq!(path(&["b=RS:0", "b=RR:800"]), at("198.51.100.7:4001"));
    assert_eq!(path(&["b=RS:0"]), at("198.51.100.7:4001"));
}

#[test]
fn a_session_without_bandwidth_for_rtcp_has_none_and_the_last_port_has_no_next() {
    let whole = answered(&["b=RS:0", "b=RR:0", C, "m=audio 4000 RTP/AVP 0"]);
    assert_eq!(whole.unwrap().1.rtcp, RtcpPath::Off);
    let last = answered(&[C, "m=audio 65535 RTP/AVP 0"]);
    assert_eq!(last.unwrap().1.rtcp, RtcpPath::Off);
}

#[test]
fn we_and_ourselves_share_one_port() {
    let offer = offer(local(), 20_000, BOTH, 1, 1);
    let (text, theirs) = answer(&offer, local(), 30_000, BOTH, 2, 2).unwrap();
    assert_eq!(theirs.rtcp, RtcpPath::Shared);
    assert_eq!(accept(&text, BOTH).unwrap().rtcp, RtcpPath::Shared);
}
