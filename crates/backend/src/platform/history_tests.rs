use super::*;

fn sent(pairs: &[(&str, &str)]) -> Parameters {
    let mut parameters = Parameters::default();
    for (name, value) in pairs {
        parameters.set((*name).into(), (*value).into());
    }
    parameters
}

fn reported() -> Reported {
    let body = json!({"sessions": [{
        "session_id": 1_800_000_000_000_123u64, "application_id": 1, "rule_name": "support",
        "custom_data": "d", "started_at_ms": 1_800_000_000_000u64,
        "ended_at_ms": 1_800_000_065_900u64, "finish_reason": "Normal termination",
        "log_url": "http://e/log/1/k", "media_server": "192.0.2.1",
        "calls": [
            {"call": 1, "incoming": true, "remote_number": "4951112233",
             "remote_number_type": "pstn", "local_number": "100",
             "started_at_ms": 1_800_000_000_000u64, "connected_at_ms": 1_800_000_001_000u64,
             "ended_at_ms": 1_800_000_061_500u64, "end_reason": "16 Normal call clearing"},
            {"call": 2, "incoming": false, "remote_number": "anna",
             "remote_number_type": "user", "local_number": "4951112233",
             "started_at_ms": 1_800_000_002_000u64, "connected_at_ms": null,
             "ended_at_ms": 1_800_000_022_000u64, "end_reason": "486 Busy Here"},
        ],
        "records": [{"url": "http://e/r.wav", "started_at_ms": 1_800_000_001_000u64,
                     "duration_ms": 60_400, "call": 1}],
    }]});
    read_reported(&body).unwrap().remove(0)
}

#[test]
fn a_session_is_shown_in_the_names_of_the_clients() {
    let shows = Shows {
        calls: true,
        records: true,
        resources: true,
    };
    let moscow = TimeZone::get("Europe/Moscow").unwrap();
    let row = shown(&reported(), Some("shop".into()), &shows, &moscow);
    assert_eq!(row["start_date"], "2027-01-15 11:00:00");
    assert_eq!(
        (&row["duration"], &row["custom_data"]),
        (&json!(65), &json!("d"))
    );
    let [caller, anna] = &row["calls"].as_array().unwrap()[..] else {
        panic!("{row}");
    };
    assert_eq!(caller["duration"], 60);
    assert_eq!(caller["record_url"], "http://e/r.wav");
    assert_eq!(
        (&caller["successful"], &caller["incoming"]),
        (&json!(true), &json!(true))
    );
    assert_eq!(anna["end_reason"], "486 Busy Here");
    assert_eq!(
        (&anna["successful"], &anna["duration"]),
        (&json!(false), &json!(0))
    );
    assert!(anna.get("record_url").is_none());
    assert_ne!(caller["call_id"], anna["call_id"]);
    assert!(caller["call_id"].as_u64() < Some(1 << 53));
    assert_eq!(row["records"][0]["duration"], 60);
    let plain = Shows {
        calls: false,
        records: false,
        resources: false,
    };
    let row = shown(&reported(), None, &plain, &TimeZone::UTC);
    assert_eq!(row["start_date"], "2027-01-15 08:00:00");
    assert!(row.get("calls").is_none() && row.get("records").is_none());
}

#[test]
fn what_is_looked_for_is_read_as_both_clients_send_it() {
    let asked = sent(&[
        ("from_date", "2027-01-15 11:00:00"),
        ("to_date", "2027-01-15 12:00:00"),
        ("timezone", "Europe/Moscow"),
        ("remote_number", "+4951112233;anna"),
        ("min_duration", "5"),
        ("rule_name", "support"),
    ]);
    let (zone, name) = zone_of(&asked).unwrap();
    let filter = filter_of(&asked, &zone).unwrap();
    assert_eq!(name, "Europe/Moscow");
    assert_eq!(filter.from_ms, 1_800_000_000_000);
    assert_eq!(filter.to_ms, 1_800_000_000_000 + 3_601_000);
    assert_eq!(filter.remote_numbers, ["4951112233", "anna"]);
    assert_eq!(filter.min_duration_ms, Some(5_000));
    assert_eq!(filter.rule_name.as_deref(), Some("support"));
    let listed = sent(&[
        ("remote_number_list", r#"["1","2"]"#),
        ("remote_number", "3"),
    ]);
    assert_eq!(remote_numbers(&listed).unwrap(), ["1", "2"]);
    let usual = filter_of(&sent(&[]), &TimeZone::UTC).unwrap();
    let month_ago = clock::now_ms() - MONTH_MS;
    assert!(
        usual.from_ms.abs_diff(month_ago) < 60_000,
        "a month is shown"
    );
    let one = filter_of(&sent(&[("call_session_history_id", "7")]), &TimeZone::UTC).unwrap();
    assert_eq!((one.from_ms, &one.session_ids[..]), (0, &[7][..]));
}

#[test]
fn what_cannot_be_read_is_named() {
    for (name, value) in [
        ("from_date", "yesterday"),
        ("to_date", "2027-13-01 00:00:00"),
        ("min_duration", "x"),
        ("call_session_history_id", "a;b"),
        ("remote_number_list", "[1]"),
    ] {
        let failure = filter_of(&sent(&[(name, value)]), &TimeZone::UTC).unwrap_err();
        assert_eq!(failure.code, 101);
        assert!(failure.message.contains(name), "{}", failure.message);
    }
    assert!(zone_of(&sent(&[("timezone", "Mars")])).is_err());
    let error = read_reported(&json!({})).unwrap_err();
    assert_eq!(error.field, "sessions");
    let error = read_reported(&json!({"sessions": [{"session_id": 1}]})).unwrap_err();
    assert_eq!(error.field, "sessions[0]");
}
