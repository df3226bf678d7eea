//! How the audio of a call was, as one line of the session log.

use media::LegStats;
use scenario::host::CallId;
use std::fmt::Write;

/// The line; `None` if nothing went over it.
pub(super) fn line(call: CallId, stats: &LegStats) -> Option<String> {
    if stats.packets_in == 0 && stats.packets_out == 0 {
        return None;
    }
    let mut line = format!("audio call={call} in: ");
    let jitter_us = Some(stats.jitter_in_us);
    put(&mut line, stats.packets_in, Some(stats.lost_in), jitter_us);
    line.push_str("; out: ");
    let (lost, jitter_us) = (stats.lost_out, stats.jitter_out_us);
    // What is lost on the way is among what we sent.
    let arrived = stats.packets_out.saturating_sub(lost.unwrap_or(0));
    put(&mut line, arrived, lost, jitter_us);
    match (stats.round_trip_us, stats.rtcp_in) {
        (Some(us), _) => put_ms(&mut line, "; round trip", us),
        (None, 0) => line.push_str("; no RTCP came"),
        (None, _) => {}
    }
    Some(line)
}

/// Packets that arrived, and what is known of the others.
fn put(line: &mut String, packets: u64, lost: Option<u64>, jitter_us: Option<u32>) {
    // Writing to a String cannot fail.
    let _ = write!(line, "{packets} packets");
    if let Some(lost) = lost {
        let all = (packets + lost).max(1);
        // Rounded to a tenth of a percent.
        let tenths = (lost * 1_000 + all / 2) / all;
        let _ = write!(line, ", {lost} lost ({}.{} %)", tenths / 10, tenths % 10);
    }
    if let Some(us) = jitter_us {
        put_ms(line, ", jitter", us);
    }
}

fn put_ms(line: &mut String, what: &str, us: u32) {
    let tenths = (us + 50) / 100;
    let _ = write!(line, "{what} {}.{} ms", tenths / 10, tenths % 10);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_directions_are_on_the_line_as_far_as_they_are_known() {
        let mut stats = LegStats {
            packets_in: 995,
            lost_in: 5,
            jitter_in_us: 2_340,
            packets_out: 1_000,
            ..LegStats::default()
        };
        assert_eq!(
            line(1, &stats).unwrap(),
            "audio call=1 in: 995 packets, 5 lost (0.5 %), jitter 2.3 ms; \
             out: 1000 packets; no RTCP came"
        );
        stats.rtcp_in = 3;
        stats.lost_out = Some(20);
        stats.jitter_out_us = Some(125);
        stats.round_trip_us = Some(40_060);
        let whole = line(1, &stats).unwrap();
        assert!(
            whole.ends_with("out: 980 packets, 20 lost (2.0 %), jitter 0.1 ms; round trip 40.1 ms"),
            "{whole}"
        );
        assert_eq!(line(1, &LegStats::default()), None);
    }
}
