//! What is read of files, times and reports, by tables.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use outbound::{
    File, Format, Hours, HoursError, NextAttempt, RowError, Window, instant_ms, later_ms,
};

const DAY_MS: u64 = 86_400_000;
/// Monday, 2024-10-28 00:00:00 UTC.
const MONDAY_MS: u64 = 1_730_073_600_000;

fn at(day: u64, hour: u64, minute: u64) -> u64 {
    MONDAY_MS + day * DAY_MS + (hour * 60 + minute) * 60_000
}

fn read(text: &str) -> Result<File, RowError> {
    File::read(text.as_bytes(), &Format::default(), MONDAY_MS)
}

#[test]
fn moments_are_read_in_the_ways_of_the_cloud() {
    for (text, expected) in [
        ("1730073600", Some(MONDAY_MS)),
        ("2024-10-28T03:00:00.500+03:00", Some(MONDAY_MS + 500)),
        ("2024-10-28T00:00:00Z", Some(MONDAY_MS)),
        ("2024-10-28 00:00:00", Some(MONDAY_MS)),
        ("tomorrow", None),
        ("", None),
        ("-5", None),
    ] {
        assert_eq!(instant_ms(text), expected, "{text}");
    }
    let next = "2024-10-28T00:00:00Z";
    assert_eq!(later_ms(next, MONDAY_MS), Some(MONDAY_MS));
    assert_eq!(later_ms(next, MONDAY_MS + 1_001), None, "it is past");
    assert_eq!(later_ms("2025-12-01T00:00:00Z", MONDAY_MS), None, "too far");
}

#[test]
fn hours_of_every_day_may_wrap_midnight() {
    for (start, end, open, closed) in [
        (
            "09:00:00",
            "17:00:00",
            vec![(9, 0), (16, 59)],
            vec![(8, 59), (17, 0)],
        ),
        (
            "22:00:00",
            "06:00:00",
            vec![(22, 0), (0, 0), (5, 59)],
            vec![(6, 0), (21, 59)],
        ),
        ("00:00:00", "23:59:59", vec![(0, 0), (23, 59)], vec![]),
        ("12:00", "12:00", vec![(0, 0), (12, 0), (23, 59)], vec![]),
    ] {
        let hours = Hours {
            daily: Some(Window::parse(start, end).unwrap()),
            schedule: vec![],
        };
        for (hour, minute) in open {
            assert!(
                hours.is_open(at(2, hour, minute)),
                "{start} {hour}:{minute}"
            );
        }
        for (hour, minute) in closed {
            assert!(
                !hours.is_open(at(2, hour, minute)),
                "{start} {hour}:{minute}"
            );
        }
    }
}

#[test]
fn a_schedule_has_days_and_the_next_open_moment_is_found() {
    let text = r#"[{"day_of_week":"mon","start":"10:00:00","end":"12:00:00"},
        {"day_of_week":"Sunday","start":"23:00","end":"01:00"}]"#;
    let hours = Hours {
        daily: None,
        schedule: Hours::parse_schedule(text).unwrap(),
    };
    for (from, next) in [
        (at(0, 0, 0), at(0, 0, 0)), // Sunday's window ends on Monday
        (at(0, 1, 0), at(0, 10, 0)),
        (at(0, 11, 59), at(0, 11, 59)),
        (at(0, 12, 0), at(6, 23, 0)),
        (at(6, 23, 30), at(6, 23, 30)),
    ] {
        assert_eq!(hours.next_open_ms(from), Some(next), "{from}");
    }
    let both = Hours {
        daily: Some(Window::parse("11:00:00", "20:00:00").unwrap()),
        ..hours
    };
    assert_eq!(both.next_open_ms(at(0, 0, 0)), Some(at(0, 11, 0)));
    assert_eq!(both.next_open_ms(at(0, 12, 0)), Some(at(7, 11, 0)));
    let never = Hours {
        daily: Some(Window::parse("13:00:00", "20:00:00").unwrap()),
        ..both
    };
    assert_eq!(never.check(), Err(HoursError::Never));
}

#[test]
fn wrong_hours_are_refused() {
    for text in ["", "25:00:00", "10", "10:00:00:00", "1o:00:00", "10:60:00"] {
        let parsed = Window::parse(text, "12:00:00");
        assert!(matches!(parsed, Err(HoursError::Time(_))), "{text}");
    }
    for text in [
        "",
        "{}",
        "[{}]",
        r#"[{"day_of_week":"mo","start":"10:00","end":"11:00"}]"#,
    ] {
        let parsed = Hours::parse_schedule(text);
        assert!(matches!(parsed, Err(HoursError::Schedule(_))), "{text}");
    }
}

#[test]
fn rows_become_json_with_their_orders_read() {
    let file = read(
        "phone;name;__start_execution_time;__end_execution_time;__start_at;__task_uuid;task_priority;next_attempt_time\n\
         7495;\"A; \"\"B\"\"\";09:00:00;17:00:00;1730073660;a-1:b;3;\n\
         \n\
         7496;Бета;;;;;;2024-10-29T03:00:00+03:00\n",
    )
    .unwrap();
    assert_eq!(file.columns[..2], ["phone", "name"]);
    let [one, two] = &file.rows[..] else {
        panic!("{file:?}")
    };
    let data: serde_json::Value = serde_json::from_str(&one.custom_data).unwrap();
    assert_eq!(
        (&data["phone"], &data["name"]),
        (&"7495".into(), &"A; \"B\"".into())
    );
    assert_eq!(
        one.hours.daily.unwrap().words(),
        ("09:00:00".into(), "17:00:00".into())
    );
    assert_eq!(one.not_before_ms, MONDAY_MS + 60_000);
    assert_eq!((one.priority, one.uuid.as_deref()), (3, Some("a-1:b")));
    assert_eq!((two.priority, two.not_before_ms), (50, at(1, 0, 0)));
    assert!(two.custom_data.contains("Бета"));
}

#[test]
fn other_ways_of_writing_are_read() {
    let format = Format {
        encoding: "windows-1251".into(),
        delimiter: b',',
        quote: b'\'',
        escape: Some(b'\\'),
    };
    // "имя" and "Ия" in that encoding.
    let mut bytes = vec![0xe8, 0xec, 0xff];
    bytes.extend(b",n\n'");
    bytes.extend([0xc8, 0xff]);
    bytes.extend(b"\\'s, x',2\n");
    let file = File::read(&bytes, &format, 0).unwrap();
    assert_eq!(file.rows[0].custom_data, r#"{"имя":"Ия's, x","n":"2"}"#);
    let utf_8 = Format::default();
    let read = |bytes: &[u8]| File::read(bytes, &utf_8, 0);
    assert_eq!(read(&bytes), Err(RowError::Text("UTF-8".into())));
    let marked = read("\u{feff}phone\n1\n".as_bytes()).unwrap();
    assert_eq!(marked.columns, ["phone"]);
    let unknown = Format {
        encoding: "martian".into(),
        ..utf_8
    };
    assert_eq!(File::read(b"a\n1\n", &unknown, 0), Err(RowError::Encoding));
}

#[test]
fn a_wrong_file_is_refused_whole_with_its_line() {
    for (text, expected) in [
        ("", "first row"),
        ("phone;phone\n1;2\n", "each once"),
        ("phone;\n1;2\n", "each once"),
        ("phone\n", "no rows"),
        ("phone;name\n1;2\n3\n", "line 3"),
        (
            "phone;task_priority\n1;high\n",
            "line 2: the 'task_priority' parameter is invalid",
        ),
        ("phone;__start_at\n1;soon\n", "'__start_at'"),
        ("phone;__start_at\n1;99999999999\n", "nine months"),
        (
            "phone;__start_execution_time\n1;10:00:00\n",
            "start and the end",
        ),
        ("phone;__task_uuid\n1;a b\n", "'__task_uuid'"),
        ("phone;call_schedule\n1;always\n", "'call_schedule'"),
    ] {
        let refused = read(text).unwrap_err().to_string();
        assert!(refused.contains(expected), "{text:?}: {refused}");
    }
    let many = format!("phone\n{}", "1\n".repeat(50_001));
    assert!(read(&many).unwrap_err().to_string().contains("50000 rows"));
    let long = format!("phone\n{}\n", "1".repeat(17_000));
    assert_eq!(read(&long), Err(RowError::Long(2)));
}

#[test]
fn what_a_scenario_asks_for_is_read_and_nonsense_read_over() {
    let next = NextAttempt::parse(
        r#"{"start_at": 1730073700, "attempts_left": "2", "custom_data": {"phone": "1"},
            "start_execution_time": "09:00:00", "end_execution_time": "10:00:00", "error": {"code": 486}}"#,
        MONDAY_MS,
    );
    assert_eq!(next.not_before_ms, Some(1_730_073_700_000));
    assert_eq!(next.attempts_left, Some(2));
    assert_eq!(next.custom_data.as_deref(), Some(r#"{"phone":"1"}"#));
    assert_eq!(next.daily.unwrap().words().0, "09:00:00");
    assert_eq!(next.error, r#"{"code":486}"#);
    let past = r#"{"next_attempt_time": "2020-01-01T00:00:00Z", "start_at": 1730073700}"#;
    assert_eq!(
        NextAttempt::parse(past, MONDAY_MS).not_before_ms,
        Some(1_730_073_700_000)
    );
    for nonsense in [
        "",
        "later",
        "[1]",
        r#"{"attempts_left": -1, "start_at": "x", "start_execution_time": "9"}"#,
    ] {
        assert_eq!(
            NextAttempt::parse(nonsense, MONDAY_MS),
            NextAttempt::default()
        );
    }
}
