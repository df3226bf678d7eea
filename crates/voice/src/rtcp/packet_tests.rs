use super::*;

const OURS: u32 = 0x1122_3344;
const THEIRS: u32 = 0xa0b0_c0d0;

/// An SR of RFC 3550 §6.4.1 with one block, an SDES of §6.5 and a BYE of §6.6,
/// written down by hand from the figures there.
const BY_HAND: [u8; 76] = [
    0x81, 200, 0, 12, // V=2, one block, SR, 13 words
    0xa0, 0xb0, 0xc0, 0xd0, // SSRC of the sender
    0xb4, 0x4d, 0xb7, 0x05, 0x20, 0, 0, 0, // NTP, §6.4.1 figure 2: b44d:b705.2000:0000
    0, 0, 0x03, 0x20, // RTP timestamp 800
    0, 0, 0, 5, // 5 packets
    0, 0, 0x03, 0x20, // 800 bytes
    0x11, 0x22, 0x33, 0x44, // block about us
    64, 0xff, 0xff, 0xfe, // a quarter lost, -2 in all
    0, 1, 0xff, 0xfe, // one wrap, 65,534
    0, 0, 0, 0x50, // jitter 80
    0xb7, 0x05, 0x20, 0x00, // last SR
    0, 5, 0x40, 0x00, // 5.25 s since
    0x81, 202, 0, 3, // SDES, one source, 4 words
    0xa0, 0xb0, 0xc0, 0xd0, //
    1, 5, b'a', b'@', b'b', b'.', b'c', 0, // CNAME, ended and filled up
    0x81, 203, 0, 1, // BYE
    0xa0, 0xb0, 0xc0, 0xd0, //
];

fn by_hand() -> &'static [u8] {
    &BY_HAND
}

fn info() -> SenderInfo {
    SenderInfo {
        ntp: 0xb44d_b705_2000_0000,
        rtp_timestamp: 800,
        packets: 5,
        bytes: 800,
    }
}

fn about_us() -> ReportBlock {
    ReportBlock {
        ssrc: OURS,
        fraction_lost: 64,
        lost: -2,
        highest_sequence: 0x0001_fffe,
        jitter: 80,
        last_sr: 0xb705_2000,
        since_last_sr: 0x0005_4000,
    }
}

#[test]
fn a_packet_written_by_hand_is_read() {
    let heard = parse(by_hand(), OURS).unwrap();
    assert_eq!(
        heard,
        Heard {
            from: THEIRS,
            sender: Some(info()),
            about_us: Some(about_us()),
            leaves: true,
        }
    );
    let other = parse(by_hand(), OURS + 1).unwrap();
    assert_eq!(other.about_us, None, "that block is about somebody else");
}

#[test]
fn what_is_written_is_the_packet_by_hand() {
    let packet = compound(THEIRS, Some(&info()), Some(&about_us()), "a@b.c", true);
    assert_eq!(packet, by_hand());
}

#[test]
fn a_report_of_one_that_sends_and_hears_nothing_is_an_empty_rr_with_a_name() {
    let packet = compound(THEIRS, None, None, "abc", false);
    assert_eq!(&packet[..8], [0x80, 201, 0, 1, 0xa0, 0xb0, 0xc0, 0xd0]);
    let name = [0x81, 202, 0, 3, 0xa0, 0xb0, 0xc0, 0xd0];
    assert_eq!(&packet[8..16], name);
    assert_eq!(&packet[16..], [1, 3, b'a', b'b', b'c', 0, 0, 0]);
    let heard = parse(&packet, OURS).unwrap();
    assert_eq!(
        (heard.sender, heard.about_us, heard.leaves),
        (None, None, false)
    );
}

#[test]
fn names_of_every_length_end_with_a_zero_on_a_word() {
    for length in 0..300 {
        let name = "n".repeat(length);
        let packet = compound(THEIRS, None, None, &name, true);
        assert_eq!(packet.len() % 4, 0);
        assert!(parse(&packet, OURS).unwrap().leaves, "{length}");
    }
}

#[test]
fn further_blocks_application_packets_and_newer_types_are_passed_over() {
    let mut packet = compound(THEIRS, None, None, "x", false);
    let block = ReportBlock {
        ssrc: OURS,
        lost: 7,
        ..ReportBlock::default()
    };
    let second = compound(THEIRS, None, Some(&block), "x", false);
    packet.extend_from_slice(&second[..32]);
    packet.extend_from_slice(&[0x80, 204, 0, 2, 0, 0, 0, 1, b'n', b'a', b'm', b'e']);
    packet.extend_from_slice(&[0x80, 207, 0, 1, 0, 0, 0, 1]);
    assert_eq!(parse(&packet, OURS).unwrap().about_us, Some(block));
}

#[test]
fn the_last_packet_may_be_padded_and_no_other() {
    let mut packet = compound(THEIRS, None, None, "x", true);
    let bye = packet.len() - 8;
    packet.extend_from_slice(&[0, 0, 0, 4]);
    packet[bye] |= 0x20;
    packet[bye + 3] += 1;
    assert!(parse(&packet, OURS).unwrap().leaves);
    let mut early = compound(THEIRS, None, None, "x", false);
    early[0] |= 0x20;
    assert_eq!(parse(&early, OURS), Err(RtcpError::Padding));
    for wrong in [0, 3, 5, 200] {
        let mut padded = packet.clone();
        *padded.last_mut().unwrap() = wrong;
        assert_eq!(parse(&padded, OURS), Err(RtcpError::Padding), "{wrong}");
    }
}

#[test]
fn what_is_not_rtcp_is_refused_with_its_reason() {
    assert_eq!(parse(&[], OURS), Err(RtcpError::Length));
    assert_eq!(parse(&[0x80, 201, 0], OURS), Err(RtcpError::Length));
    assert_eq!(parse(&by_hand()[..75], OURS), Err(RtcpError::Length));
    assert_eq!(parse(&by_hand()[52..], OURS), Err(RtcpError::NoReport(202)));
    assert_eq!(parse(&by_hand()[68..], OURS), Err(RtcpError::NoReport(203)));
    let mut version = by_hand().to_vec();
    version[0] = 0x41;
    assert_eq!(parse(&version, OURS), Err(RtcpError::Version(1)));
    assert_eq!(parse(by_hand(), THEIRS), Err(RtcpError::Ours));
    let mut blocks = by_hand().to_vec();
    blocks[0] = 0x82;
    assert_eq!(parse(&blocks, OURS), Err(RtcpError::Length), "a block more");
    let mut sources = by_hand().to_vec();
    sources[68] = 0x9f;
    assert_eq!(parse(&sources, OURS), Err(RtcpError::Length), "31 leave");
}

#[test]
fn losses_are_said_as_far_as_24_bits_go() {
    for (lost, said) in [
        (0, 0),
        (-5, -5),
        (1 << 40, 0x7f_ffff),
        (-(1 << 40), -0x80_0000),
    ] {
        let block = ReportBlock {
            ssrc: OURS,
            lost: clamped_loss(lost),
            ..ReportBlock::default()
        };
        let packet = compound(THEIRS, None, Some(&block), "x", false);
        assert_eq!(parse(&packet, OURS).unwrap().about_us.unwrap().lost, said);
    }
}

#[test]
fn rtcp_is_told_from_rtp_by_its_type() {
    assert!(is_rtcp(by_hand()));
    assert!(!is_rtcp(&[0x80, 0, 0, 0]), "PCMU");
    assert!(
        !is_rtcp(&[0x80, 0x80 | 13, 0, 0]),
        "comfort noise with a marker"
    );
    assert!(!is_rtcp(&[0x00, 200]), "STUN or so");
    assert!(!is_rtcp(&[0x80]));
}

#[test]
fn no_bytes_make_the_reader_panic() {
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    for _ in 0..200_000u32 {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let mut packet = by_hand().to_vec();
        for turn in 0..3 {
            let place = (state >> (turn * 20)) as usize % packet.len();
            packet[place] = (state >> (turn * 20 + 8)) as u8;
        }
        packet.truncate((state >> 57) as usize);
        let _ = parse(&packet, OURS);
    }
}
