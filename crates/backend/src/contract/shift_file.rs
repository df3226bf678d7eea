//! The plan of shifts as a file for spreadsheets.

use super::shift::{Known, SHIFTS_PER_CHANGE_MAX, overlaps, shift, zone_of};
use super::table::Table;
use super::{FieldError, Problem};
use acd::Millis;
use acd::calendar::{Occurrence, moment_of};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::Deserialize;
use store::ShiftRow;

/// A line of the file.
#[derive(Deserialize)]
struct Line {
    agent: String,
    from: String,
    to: String,
    #[serde(default)]
    activity: String,
    #[serde(default)]
    paid: String,
    #[serde(default)]
    zone: String,
}

/// The file's lines that were understood, and those that were not.
pub(crate) struct ShiftFile {
    pub(crate) rows: Vec<ShiftRow>,
    /// Line and what is wrong with it, in the order of lines.
    pub(crate) refused: Vec<(u64, FieldError)>,
}

/// Reads `agent,from,to,activity,paid,zone` with a heading; all but the first
/// three columns may be missing or empty. Times without an offset are those of
/// the line's zone, or of `zone`.
pub(crate) fn import_shifts(
    bytes: &[u8],
    known: &Known,
    zone: &TimeZone,
) -> Result<ShiftFile, FieldError> {
    let mut table = Table::read(bytes, &["agent", "from", "to"])?;
    let mut rows = Vec::new();
    let mut lines = Vec::new();
    let mut refused = Vec::new();
    for (line, read) in table.rows::<Line>() {
        if rows.len() + refused.len() >= SHIFTS_PER_CHANGE_MAX {
            let many = format!("file of at most {SHIFTS_PER_CHANGE_MAX} lines");
            return Err(FieldError::new("body", many).of(Problem::TooMany));
        }
        match read.and_then(|read| shift_of_line(&read, known, zone)) {
            Ok(row) => {
                rows.push(row);
                lines.push(line);
            }
            Err(why) => refused.push((line, why)),
        }
    }
    for (at, other) in overlaps(&rows) {
        let after = format!("time at which the shift of line {} is over", lines[other]);
        let wrong = FieldError::new("from", after).of(Problem::Overlaps);
        refused.push((lines[at], wrong));
    }
    refused.sort_by_key(|(line, _)| *line);
    Ok(ShiftFile { rows, refused })
}

fn shift_of_line(line: &Line, known: &Known, usual: &TimeZone) -> Result<ShiftRow, FieldError> {
    let own = match line.zone.as_str() {
        "" => None,
        name => Some(zone_of(name)?),
    };
    let zone = own.as_ref().unwrap_or(usual);
    let activity = match line.activity.as_str() {
        "" => "work",
        word => word,
    };
    let paid = match line.paid.to_lowercase().as_str() {
        "" | "yes" | "true" | "1" => true,
        "no" | "false" | "0" => false,
        _ => return Err(FieldError::new("paid", "yes or no")),
    };
    let from = local_moment("from", &line.from, zone, Occurrence::First)?;
    let to = local_moment("to", &line.to, zone, Occurrence::Last)?;
    shift(
        known.agent(&line.agent)?,
        (from, to),
        known.activity(activity)?,
        paid,
    )
}

/// A time with an offset, or one of the wall clock of `zone`. As for opening
/// hours: a time that clocks skip is the moment of the skip; of a time that
/// comes twice the shift begins at the first and ends at the second.
fn local_moment(
    field: &str,
    text: &str,
    zone: &TimeZone,
    occurrence: Occurrence,
) -> Result<Millis, FieldError> {
    let wrong = || {
        let expected = "time such as 2026-11-30 09:00, or with an offset as in RFC 3339";
        FieldError::new(field, expected).of(Problem::NotATime)
    };
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Millis::try_from(moment.as_millisecond()).map_err(|_| wrong());
    }
    let clock: DateTime = text.parse().map_err(|_| wrong())?;
    moment_of(clock, zone, occurrence).ok_or_else(wrong)
}

/// Writes the file that [`import_shifts`] reads. Times carry their offset from
/// UTC in `zone`, so that none can be taken for another.
pub(crate) fn export_shifts(rows: &[ShiftRow], zone: &TimeZone) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(["agent", "from", "to", "activity", "paid"])?;
    for row in rows {
        let local = |at: Millis| {
            let at = i64::try_from(at).unwrap_or(i64::MAX);
            let at = Timestamp::from_millisecond(at).unwrap_or(Timestamp::MAX);
            at.to_zoned(zone.clone())
                .strftime("%Y-%m-%d %H:%M%:z")
                .to_string()
        };
        let (from, to) = (local(row.starts_at_ms), local(row.ends_at_ms));
        let paid = if row.paid { "yes" } else { "no" };
        writer.write_record([&row.agent, &from, &to, &row.activity, paid])?;
    }
    writer
        .into_inner()
        .map_err(|error| csv::Error::from(std::io::Error::other(error.to_string())))
}

#[cfg(test)]
mod tests {
    use super::super::shift::changes_of;
    use super::*;
    use crate::{Reason, clock};
    use std::collections::BTreeMap;

    fn known() -> Known {
        let agents = ["anna", "boris"].map(str::to_owned).into();
        let own = Reason {
            name: "garden".to_owned(),
            texts: BTreeMap::new(),
        };
        Known::new(agents, &[own])
    }

    fn import(lines: &str) -> ShiftFile {
        let berlin = zone_of("Europe/Berlin").unwrap();
        let text = format!("\u{feff}agent,from,to,activity,paid,zone\n{lines}");
        import_shifts(text.as_bytes(), &known(), &berlin).unwrap()
    }

    fn ends(file: &ShiftFile) -> Vec<(String, String)> {
        let ends = |row: &ShiftRow| {
            let (from, to) = (row.starts_at_ms, row.ends_at_ms);
            (clock::to_rfc3339(from), clock::to_rfc3339(to))
        };
        file.rows.iter().map(ends).collect()
    }

    #[test]
    fn times_are_local_of_the_line_or_the_file_or_have_an_offset() {
        let file = import(
            "anna,2026-11-30 09:00,2026-11-30T18:00,work,,\n\
             boris,2026-11-30 09:00,2026-11-30 18:00:00,garden,no,Europe/Moscow\n\
             boris,2026-12-01T09:00:00Z,2026-12-01T12:00+02:00,,,Europe/Moscow\n",
        );
        assert!(file.refused.is_empty(), "{:?}", file.refused);
        let expected = [
            ("2026-11-30T08:00:00.000Z", "2026-11-30T17:00:00.000Z"),
            ("2026-11-30T06:00:00.000Z", "2026-11-30T15:00:00.000Z"),
            ("2026-12-01T09:00:00.000Z", "2026-12-01T10:00:00.000Z"),
        ];
        let expected = expected.map(|(from, to)| (from.to_owned(), to.to_owned()));
        assert_eq!(ends(&file), expected);
        let told = |at: usize| (file.rows[at].activity.as_str(), file.rows[at].paid);
        assert_eq!(
            [told(0), told(1), told(2)],
            [("work", true), ("garden", false), ("work", true)]
        );
    }

    /// As for opening hours (`acd::calendar`).
    #[test]
    fn a_skipped_time_is_the_skip_and_a_shift_takes_all_of_an_hour_that_comes_twice() {
        let file = import(
            "anna,2026-03-29 02:30,2026-03-29 06:00,,,\n\
             anna,2026-10-25 02:30,2026-10-25 02:45,,,\n",
        );
        let expected = [
            ("2026-03-29T01:00:00.000Z", "2026-03-29T04:00:00.000Z"),
            ("2026-10-25T00:30:00.000Z", "2026-10-25T01:45:00.000Z"),
        ];
        let expected = expected.map(|(from, to)| (from.to_owned(), to.to_owned()));
        assert_eq!(ends(&file), expected);
        // All of it is skipped.
        let file = import("anna,2026-03-29 02:10,2026-03-29 02:40,,,\n");
        assert_eq!(file.refused[0].1.field, "to");
    }

    #[test]
    fn every_wrong_line_is_named_with_its_field() {
        let file = import(
            "anna,2026-11-30 09:00,2026-11-30 12:00,work,,\n\
             nobody,2026-11-30 09:00,2026-11-30 12:00,work,,\n\
             boris,30.11.2026 9:00,2026-11-30 12:00,work,,\n\
             boris,2026-11-30 09:00,2026-11-30 09:00,work,,\n\
             boris,2026-11-30 09:00,2026-12-01 09:01,work,,\n\
             boris,2026-11-30 09:00:30,2026-11-30 12:00,work,,\n\
             boris,2026-11-30 09:00,2026-11-30 12:00,sleep,,\n\
             boris,2026-11-30 09:00,2026-11-30 12:00,work,maybe,\n\
             boris,2026-11-30 09:00,2026-11-30 12:00,work,,Moon\n\
             anna,2026-11-30 11:59,2026-11-30 12:30,break,,\n\
             anna,2026-11-30 12:00,2026-11-30 12:10,break,,\n\
             boris\n",
        );
        let named: Vec<_> = file
            .refused
            .iter()
            .map(|(line, why)| (*line, why.field.as_str(), why.problem))
            .collect();
        let expected = [
            (3, "agent", Problem::NotAnAgent),
            (4, "from", Problem::NotATime),
            (5, "to", Problem::EndsTooEarly),
            (6, "to", Problem::TooLong),
            (7, "from", Problem::NotATime),
            (8, "activity", Problem::Unknown),
            (9, "paid", Problem::WrongValue),
            (10, "zone", Problem::NotAZone),
            (11, "from", Problem::Overlaps),
            (12, "from", Problem::Overlaps),
            (13, "from", Problem::NotATime),
        ];
        assert_eq!(named, expected);
        let zone = TimeZone::UTC;
        let no_column = import_shifts(b"agent,from\n", &known(), &zone);
        assert_eq!(no_column.err().unwrap().field, "to");
        let line = "anna,2026-11-30 09:00,2026-11-30 12:00\n";
        let many = format!("agent,from,to\n{}", line.repeat(SHIFTS_PER_CHANGE_MAX + 1));
        let refused = import_shifts(many.as_bytes(), &known(), &zone)
            .err()
            .unwrap();
        assert_eq!(refused.problem, Problem::TooMany);
    }

    #[test]
    fn a_file_that_was_written_is_read_the_same_in_any_zone() {
        let file = import(
            "anna,2026-10-25 01:00,2026-10-25 02:30,work,,\n\
             anna,2026-10-25T02:30+01:00,2026-10-25 04:00,lunch,no,\n",
        );
        for zone in ["UTC", "Europe/Berlin", "Asia/Kathmandu"] {
            let csv = export_shifts(&file.rows, &zone_of(zone).unwrap()).unwrap();
            let again = import_shifts(&csv, &known(), &TimeZone::UTC).unwrap();
            assert!(again.refused.is_empty(), "{:?}", again.refused);
            assert_eq!(again.rows, file.rows, "{}", String::from_utf8_lossy(&csv));
        }
    }

    #[test]
    fn an_agents_time_from_the_first_to_the_last_is_written_anew() {
        let file = import(
            "anna,2026-11-30 13:00,2026-11-30 18:00,,,\n\
             boris,2026-11-30 09:00,2026-11-30 10:00,,,\n\
             anna,2026-11-30 09:00,2026-11-30 12:00,,,\n",
        );
        let changes = changes_of(file.rows.clone());
        let told: Vec<_> = changes
            .iter()
            .map(|one| (one.agent.as_str(), one.to_ms - one.from_ms, one.rows.len()))
            .collect();
        assert_eq!(told, [("anna", 9 * 3_600_000, 2), ("boris", 3_600_000, 1)]);
    }
}
