use super::*;
use crate::rtp::Header;

const OURS: u32 = 1;
const THEIRS: u32 = 2;
const EARLY: [u32; 2] = [0; 2];

fn at(ms: u64) -> Instant {
    // Half a day into 2036's wrap: nothing may depend on the upper bits.
    let ntp = (u64::MAX - (5 << 32)).wrapping_add((ms << 32) / 1_000);
    Instant { ms, ntp }
}

fn participant() -> Participant {
    Participant::new(OURS, "name".into(), at(0), 0)
}

fn sent(packets: u64) -> Sent {
    Sent {
        packets,
        bytes: packets * 160,
        rtp_timestamp: packets as u32 * 160,
    }
}

/// Packets of 20 ms of the far end by number.
fn speaks(reception: &mut Reception, numbers: impl IntoIterator<Item = u16>) {
    for number in numbers {
        let header = Header {
            marker: false,
            payload_type: 0,
            sequence: number,
            timestamp: u32::from(number) * 160,
            ssrc: THEIRS,
        };
        reception.receive(&header, u32::from(number) * 160, true);
    }
}

/// The report of the far end about us.
fn theirs(block: ReportBlock, sender: Option<SenderInfo>) -> Vec<u8> {
    let block = ReportBlock {
        ssrc: OURS,
        ..block
    };
    packet::compound(THEIRS, sender.as_ref(), Some(&block), "they", false)
}

fn read(bytes: &[u8]) -> Heard {
    packet::parse(bytes, THEIRS).expect("we write what can be read")
}

#[test]
fn the_round_trip_is_that_of_the_figure_of_the_rfc() {
    // §6.4.1, figure 2: 46,864.500 s less 46,853.125 s less 5.250 s is 6.125 s.
    let block = ReportBlock {
        last_sr: 0xb705_2000,
        since_last_sr: 0x0005_4000,
        ..ReportBlock::default()
    };
    let now = Instant {
        ms: 0,
        ntp: 0xb44d_b710_8000_0000,
    };
    let mut us = participant();
    us.receive(&theirs(block, None), now).unwrap();
    assert_eq!(us.round_trip_us(), Some(6_125_000));
}

#[test]
fn clocks_that_jump_give_no_round_trip_and_keep_the_last() {
    let mut us = participant();
    let mut hear = |last_sr: u32, since_last_sr: u32| {
        let block = ReportBlock {
            last_sr,
            since_last_sr,
            ..ReportBlock::default()
        };
        us.receive(&theirs(block, None), at(10_000)).unwrap();
        us.round_trip_us()
    };
    let middle = at(10_000).middle();
    assert_eq!(hear(0, 0), None, "it has heard no SR of ours");
    assert_eq!(hear(middle.wrapping_sub(65_536), 0), Some(1_000_000));
    assert_eq!(hear(middle.wrapping_add(65_536), 0), Some(1_000_000));
    assert_eq!(hear(middle, 65_536 * 61), Some(1_000_000));
    assert_eq!(hear(middle, 100), Some(0), "rounding");
}

#[test]
fn who_sends_reports_as_a_sender_with_what_it_hears() {
    let mut us = participant();
    let mut reception = Reception::default();
    speaks(&mut reception, (0..100).filter(|n| *n != 50));
    let info = SenderInfo {
        ntp: at(2_000).ntp,
        rtp_timestamp: 5,
        packets: 6,
        bytes: 7,
    };
    us.receive(&theirs(ReportBlock::default(), Some(info)), at(2_000))
        .unwrap();
    let packet = us
        .speak(at(3_000), sent(150), &mut reception, EARLY)
        .expect("the first is due after a second");
    let heard = read(&packet);
    let sender = heard.sender.expect("we send");
    assert_eq!((sender.packets, sender.bytes), (150, 24_000));
    assert_eq!((sender.ntp, sender.rtp_timestamp), (at(3_000).ntp, 24_000));
    let block = heard.about_us.expect("we hear them");
    assert_eq!((block.lost, block.highest_sequence), (1, 99));
    assert_eq!(block.last_sr, at(2_000).middle());
    assert_eq!(block.since_last_sr, 65_536);
    assert_eq!(us.said(), 1);
}

#[test]
fn who_has_sent_nothing_for_two_reports_is_only_a_receiver() {
    let mut us = participant();
    let mut none = Reception::default();
    let mut kinds = Vec::new();
    let mut now = 0;
    while kinds.len() < 4 {
        now += 100;
        if let Some(packet) = us.speak(at(now), sent(10), &mut none, EARLY) {
            let heard = read(&packet);
            assert_eq!(heard.about_us, None);
            kinds.push(heard.sender.is_some());
        }
    }
    assert_eq!(kinds, [true, true, false, false]);
}

#[test]
fn what_the_far_end_says_of_us_is_kept_and_newer_words_replace_it() {
    let mut us = participant();
    for (lost, fraction_lost, jitter) in [(3, 10, 80), (9, 20, 8)] {
        let block = ReportBlock {
            lost,
            fraction_lost,
            jitter,
            ..ReportBlock::default()
        };
        us.receive(&theirs(block, None), at(1)).unwrap();
        let said = FarReport {
            lost,
            fraction_lost,
            jitter,
        };
        assert_eq!(us.far(), Some(said));
    }
    let other = packet::compound(THEIRS, None, None, "they", false);
    us.receive(&other, at(2)).unwrap();
    assert_eq!(us.far().map(|far| far.lost), Some(9));
    assert_eq!((us.received(), us.refused()), (3, 0));
}

#[test]
fn what_is_not_rtcp_is_counted_and_changes_nothing() {
    let mut us = participant();
    us.receive(&theirs(ReportBlock::default(), None), at(1))
        .unwrap();
    let before = (us.far(), us.round_trip_us(), us.members.len());
    for wrong in [&[0u8; 40][..], b"hello", &[0x80, 200, 0, 1, 0, 0, 0, 1]] {
        assert!(us.receive(wrong, at(2)).is_err());
    }
    assert_eq!((us.far(), us.round_trip_us(), us.members.len()), before);
    assert_eq!((us.received(), us.refused()), (1, 3));
}

#[test]
fn a_goodbye_is_sent_by_those_who_were_there() {
    let mut reception = Reception::default();
    let mut silent = participant();
    assert_eq!(silent.leave(at(9), sent(0), &mut reception), None);
    let bye = participant().leave(at(9), sent(1), &mut reception).unwrap();
    assert!(read(&bye).leaves);
    silent
        .speak(at(2_000), sent(0), &mut reception, EARLY)
        .unwrap();
    assert!(silent.leave(at(9), sent(0), &mut reception).is_some());
}

#[test]
fn members_come_and_leave_and_are_forgotten_and_never_grow_beyond_their_limit() {
    let mut us = participant();
    for ssrc in 10..1_000 {
        let packet = packet::compound(ssrc, None, None, "many", false);
        us.receive(&packet, at(u64::from(ssrc))).unwrap();
    }
    assert_eq!(us.members.len(), MEMBERS_MAX);
    let bye = packet::compound(999, None, None, "many", true);
    us.receive(&bye, at(1_000)).unwrap();
    assert_eq!(us.members.len(), MEMBERS_MAX - 1);
    let mut none = Reception::default();
    us.population(at(24_000), sent(0), &none);
    assert_eq!(
        us.members.len(),
        0,
        "five intervals of 2.5 s and more passed"
    );
    speaks(&mut none, [1]);
    let now = us.population(at(30_000), sent(1), &none);
    assert_eq!((now.members, now.senders, now.we_send), (2, 2, true));
}

/// Two of us over a line that takes 30 ms and loses every tenth packet of one way.
#[test]
fn two_participants_find_out_how_their_line_is() {
    let mut one = Participant::new(1, "one".into(), at(0), 7);
    let mut two = Participant::new(2, "two".into(), at(0), 9 << 28);
    let (mut by_one, mut by_two) = (Reception::default(), Reception::default());
    let mut line: Vec<(u64, bool, Vec<u8>)> = Vec::new();
    let mut chance = 12_345u32;
    let mut random = || {
        chance = chance.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        chance
    };
    for ms in (0..30_000u64).step_by(10) {
        if ms % 20 == 0 {
            let number = (ms / 20) as u16;
            let header = |ssrc| Header {
                marker: false,
                payload_type: 0,
                sequence: number,
                timestamp: u32::from(number) * 160,
                ssrc,
            };
            by_one.receive(&header(2), u32::from(number) * 160, true);
            if number % 10 != 3 {
                by_two.receive(
                    &header(1),
                    u32::from(number) * 160 + u32::from(number % 2) * 80,
                    true,
                );
            }
        }
        line.retain(|(due, to_one, packet)| {
            if *due > ms {
                return true;
            }
            let to = if *to_one { &mut one } else { &mut two };
            to.receive(packet, at(ms)).unwrap();
            false
        });
        let so_far = sent(ms / 20 + 1);
        for (from, reception, to_one) in [
            (&mut one, &mut by_one, false),
            (&mut two, &mut by_two, true),
        ] {
            if from.is_due(at(ms))
                && let Some(packet) = from.speak(at(ms), so_far, reception, [random(), random()])
            {
                line.push((ms + 30, to_one, packet));
            }
        }
    }
    assert!((5..=12).contains(&one.said()), "{}", one.said());
    for participant in [&one, &two] {
        let us = participant.round_trip_us().unwrap();
        assert!(us.abs_diff(60_000) < 100, "{us}");
    }
    let far = one.far().unwrap();
    assert!((25..=26).contains(&far.fraction_lost), "{far:?}");
    assert!(far.lost > 90 && (60..=80).contains(&far.jitter), "{far:?}");
    assert_eq!(two.far().map(|far| (far.lost, far.jitter)), Some((0, 0)));
}
