//! `GetCallHistory` (voxengine.md §10.2): sessions that are over, as engines told them.

use super::Platform;
use super::account;
use super::failure::Failure;
use super::parameters::Parameters;
use crate::clock;
use crate::contract::{FieldError, Problem};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU64, Ordering};
use store::{SessionFilter, SessionRow, StoreError};

/// Sessions of one report.
const REPORTED_MAX: usize = 1_000;
/// Sessions of one answer, as on the cloud.
const COUNT_MAX: u64 = 1_000;
/// The same when nothing is said.
const COUNT_DEFAULT: u64 = 20;
/// Sessions that may be skipped, as on the cloud.
const OFFSET_MAX: u64 = 10_000;
/// Numbers that may be looked for at once.
const NUMBERS_MAX: usize = 100;
/// Longest text that is looked for, bytes.
const TEXT_BYTES_MAX: usize = 16 * 1_024;
/// Without dates a month is shown.
const MONTH_MS: u64 = 30 * DAY_MS;
const DAY_MS: u64 = 86_400_000;
/// Old sessions are removed this often.
const FORGET_EVERY_MS: u64 = 3_600_000;

/// A session as its engine tells it. Times are milliseconds since 1970 UTC.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Reported {
    session_id: u64,
    application_id: u64,
    rule_name: String,
    #[serde(default)]
    custom_data: String,
    started_at_ms: u64,
    ended_at_ms: u64,
    #[serde(default)]
    finish_reason: String,
    #[serde(default)]
    log_url: String,
    #[serde(default)]
    media_server: String,
    #[serde(default)]
    calls: Vec<ReportedCall>,
    #[serde(default)]
    records: Vec<ReportedRecord>,
}

/// One call of it.
#[derive(Debug, Deserialize, Serialize)]
struct ReportedCall {
    call: u64,
    incoming: bool,
    remote_number: String,
    remote_number_type: String,
    local_number: String,
    started_at_ms: u64,
    connected_at_ms: Option<u64>,
    ended_at_ms: Option<u64>,
    #[serde(default)]
    end_reason: String,
}

/// One recording of it.
#[derive(Debug, Deserialize, Serialize)]
struct ReportedRecord {
    url: String,
    started_at_ms: u64,
    duration_ms: u64,
    call: Option<u64>,
}

/// Reads `{sessions: [...]}`.
pub(crate) fn read_reported(body: &Value) -> Result<Vec<Reported>, FieldError> {
    let wrong = || FieldError::new("sessions", "list of sessions that are over");
    let rows = body.get("sessions").and_then(Value::as_array);
    let rows = rows.ok_or_else(wrong)?;
    if rows.len() > REPORTED_MAX {
        let most = format!("at most {REPORTED_MAX} sessions");
        return Err(FieldError::new("sessions", most).of(Problem::TooMany));
    }
    let read = |(place, row): (usize, &Value)| {
        serde_json::from_value(row.clone()).map_err(|error| {
            FieldError::new(format!("sessions[{place}]"), format!("session: {error}"))
        })
    };
    rows.iter().enumerate().map(read).collect()
}

/// How long sessions are kept.
#[derive(Debug)]
pub(super) struct Keeping {
    /// 0 keeps all.
    pub(super) keep_days: u64,
    /// When old ones were removed last, milliseconds since 1970 UTC.
    pub(super) forgot_ms: AtomicU64,
}

impl Platform {
    /// Keeps what an engine told; what is there already stays.
    pub(crate) async fn keep_sessions(&self, sessions: Vec<Reported>) -> Result<(), StoreError> {
        let rows: Vec<SessionRow> = sessions.iter().map(row_of).collect();
        self.store.keep_sessions(rows).await?;
        let now_ms = clock::now_ms();
        let keep_ms = self.history.keep_days * DAY_MS;
        let forgot_ms = self.history.forgot_ms.load(Ordering::Relaxed);
        if keep_ms > 0 && now_ms.saturating_sub(forgot_ms) >= FORGET_EVERY_MS {
            self.history.forgot_ms.store(now_ms, Ordering::Relaxed);
            let gone = self
                .store
                .forget_sessions(now_ms.saturating_sub(keep_ms))
                .await?;
            tracing::debug!(gone, "old sessions were removed from the history");
        }
        Ok(())
    }

    /// `GetCallHistory`
    pub(super) async fn get_call_history(&self, sent: &Parameters) -> Result<Value, Failure> {
        if sent.flag("is_async")? == Some(true) {
            return Err(Failure::argument("is_async", "is not served here"));
        }
        if sent.text("output").is_some_and(|output| output != "json") {
            return Err(Failure::argument("output", "is not `json`"));
        }
        let (zone, zone_name) = zone_of(sent)?;
        let mut filter = filter_of(sent, &zone)?;
        {
            let catalogue = self.catalogue.lock().await;
            filter.application_id = catalogue.application_of(sent)?;
            for id in sent.numbers("user_id")? {
                filter.remote_numbers.push(catalogue.user_name(id)?);
            }
        }
        let count = sent
            .number("count")?
            .unwrap_or(COUNT_DEFAULT)
            .min(COUNT_MAX);
        let offset = sent.number("offset")?.unwrap_or(0).min(OFFSET_MAX);
        let newest_first = sent.flag("desc_order")? == Some(true);
        let found = self
            .store
            .sessions(&filter, newest_first, offset, count)
            .await?;
        let total = self.store.count_sessions(&filter).await?;
        let shows = Shows {
            calls: sent.flag("with_calls")? == Some(true),
            records: sent.flag("with_records")? == Some(true),
            resources: sent.flag("with_other_resources")? == Some(true),
        };
        let mut result = Vec::with_capacity(found.len());
        for body in &found {
            let session: Reported = serde_json::from_str(body)
                .map_err(|error| Failure::internal(format!("a kept session: {error}")))?;
            let application = self.catalogue.lock().await;
            let application = application.application_name(session.application_id);
            result.push(shown(&session, application, &shows, &zone));
        }
        Ok(json!({
            "result": result, "count": found.len(), "total_count": total,
            "timezone": zone_name,
        }))
    }
}

/// What is wanted of each session.
struct Shows {
    calls: bool,
    records: bool,
    resources: bool,
}

fn row_of(session: &Reported) -> SessionRow {
    let numbers = |number: fn(&ReportedCall) -> &String| {
        let mut numbers: Vec<String> = session.calls.iter().map(number).cloned().collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    };
    SessionRow {
        session_id: session.session_id,
        started_at_ms: session.started_at_ms,
        duration_ms: session.ended_at_ms.saturating_sub(session.started_at_ms),
        application_id: session.application_id,
        rule_name: session.rule_name.clone(),
        custom_data: session.custom_data.clone(),
        remote_numbers: numbers(|call| &call.remote_number),
        local_numbers: numbers(|call| &call.local_number),
        // Texts and numbers: this cannot fail.
        body_json: serde_json::to_string(session).unwrap_or_default(),
    }
}

fn zone_of(sent: &Parameters) -> Result<(TimeZone, String), Failure> {
    match sent.text("timezone") {
        None | Some("auto") => Ok((TimeZone::UTC, "UTC".to_owned())),
        Some(name) => TimeZone::get(name)
            .map(|zone| (zone, name.to_owned()))
            .map_err(|_| Failure::argument("timezone", "is unknown")),
    }
}

fn filter_of(sent: &Parameters, zone: &TimeZone) -> Result<SessionFilter, Failure> {
    let now_ms = clock::now_ms();
    let session_ids = sent.numbers("call_session_history_id")?;
    if session_ids.len() as u64 > COUNT_MAX {
        let why = format!("has more than {COUNT_MAX} sessions");
        return Err(Failure::argument("call_session_history_id", why));
    }
    let (from, to) = (
        date_of(sent, "from_date", zone)?,
        date_of(sent, "to_date", zone)?,
    );
    let month_ago = match (session_ids.is_empty(), from, to) {
        (true, None, None) => now_ms.saturating_sub(MONTH_MS),
        _ => 0,
    };
    let seconds = |name| -> Result<Option<u64>, Failure> {
        Ok(sent.number(name)?.map(|s| s.saturating_mul(1_000)))
    };
    let text = |name| -> Result<Option<String>, Failure> {
        let text = sent.optional(name, TEXT_BYTES_MAX)?;
        Ok(text.filter(|text| !text.is_empty()).map(str::to_owned))
    };
    Ok(SessionFilter {
        from_ms: from.unwrap_or(month_ago),
        // The whole of the last second.
        to_ms: to.map_or(u64::MAX, |to| to + 1_000),
        session_ids,
        application_id: None,
        rule_name: text("rule_name")?,
        custom_data: text("call_session_history_custom_data")?,
        remote_numbers: remote_numbers(sent)?,
        local_numbers: numbers(sent.list("local_number"), "local_number")?,
        min_duration_ms: seconds("min_duration")?,
        // Shown without its fraction, so that counts.
        max_duration_ms: seconds("max_duration")?.map(|ms| ms + 999),
    })
}

/// `remote_number_list`, a JSON list, goes before `remote_number`.
fn remote_numbers(sent: &Parameters) -> Result<Vec<String>, Failure> {
    if let Some(list) = sent.text("remote_number_list") {
        let list: Vec<String> = serde_json::from_str(list)
            .map_err(|_| Failure::argument("remote_number_list", "is not a JSON list of texts"))?;
        if !list.is_empty() {
            let list = list.iter().map(String::as_str).collect();
            return numbers(list, "remote_number_list");
        }
    }
    numbers(sent.list("remote_number"), "remote_number")
}

/// Numbers come without "+" here.
fn numbers(list: Vec<&str>, name: &'static str) -> Result<Vec<String>, Failure> {
    if list.len() > NUMBERS_MAX {
        return Err(Failure::argument(
            name,
            format!("has more than {NUMBERS_MAX} numbers"),
        ));
    }
    let plain = |number: &str| number.trim_start_matches('+').to_owned();
    Ok(list.into_iter().map(plain).collect())
}

/// `YYYY-MM-DD HH:mm:ss` in the zone, as milliseconds since 1970 UTC.
fn date_of(sent: &Parameters, name: &'static str, zone: &TimeZone) -> Result<Option<u64>, Failure> {
    let Some(text) = sent.text(name) else {
        return Ok(None);
    };
    let wrong = || Failure::argument(name, "is not a date, `YYYY-MM-DD HH:mm:ss`");
    let local = jiff::civil::DateTime::strptime("%Y-%m-%d %H:%M:%S", text);
    let local = local.map_err(|_| wrong())?;
    let at = zone.to_timestamp(local).map_err(|_| wrong())?;
    u64::try_from(at.as_millisecond())
        .map(Some)
        .map_err(|_| wrong())
}

fn date(at_ms: u64, zone: &TimeZone) -> String {
    let at = i64::try_from(at_ms).ok();
    let at = at.and_then(|ms| Timestamp::from_millisecond(ms).ok());
    at.unwrap_or_default()
        .to_zoned(zone.clone())
        .strftime("%Y-%m-%d %H:%M:%S")
        .to_string()
}

/// A session in the cloud's names.
fn shown(session: &Reported, application: Option<String>, shows: &Shows, zone: &TimeZone) -> Value {
    let lived_ms = session.ended_at_ms.saturating_sub(session.started_at_ms);
    let mut row = json!({
        "call_session_history_id": session.session_id,
        "account_id": account::ID,
        "application_id": session.application_id,
        "application_name": application,
        "rule_name": session.rule_name,
        "custom_data": session.custom_data,
        "start_date": date(session.started_at_ms, zone),
        "duration": lived_ms / 1_000,
        "finish_reason": session.finish_reason,
        "log_file_url": session.log_url,
        "media_server_address": session.media_server,
        "initiator_address": "",
        "audio_quality": "Standard",
    });
    if shows.calls {
        let calls = session.calls.iter().map(|call| {
            let record = session.records.iter().find(|r| r.call == Some(call.call));
            shown_call(session, call, record, zone)
        });
        row["calls"] = calls.collect();
    }
    if shows.records {
        let records = session.records.iter().enumerate().map(|(place, record)| {
            json!({
                "record_id": id_of(session.session_id, "record", place as u64),
                "record_url": record.url, "cost": 0,
                "start_time": date(record.started_at_ms, zone),
                "duration": record.duration_ms / 1_000,
                "transaction_id": 0, "transcription_status": "Not required",
            })
        });
        row["records"] = records.collect();
    }
    if shows.resources {
        row["other_resource_usage"] = json!([]);
    }
    row
}

fn shown_call(
    session: &Reported,
    call: &ReportedCall,
    record: Option<&ReportedRecord>,
    zone: &TimeZone,
) -> Value {
    let talked_ms = match (call.connected_at_ms, call.ended_at_ms) {
        (Some(connected), Some(ended)) => ended.saturating_sub(connected),
        _ => 0,
    };
    let mut row = json!({
        "call_id": id_of(session.session_id, "call", call.call),
        "incoming": call.incoming,
        "local_number": call.local_number,
        "remote_number": call.remote_number,
        "remote_number_type": call.remote_number_type,
        "start_time": date(call.started_at_ms, zone),
        "duration": talked_ms / 1_000,
        "successful": call.connected_at_ms.is_some(),
        "end_reason": call.end_reason,
        "media_server_address": session.media_server,
        "custom_data": session.custom_data,
        "cost": 0, "transaction_id": 0,
    });
    if let Some(record) = record {
        row["record_url"] = json!(record.url);
    }
    row
}

/// An id that stays the same and that no other call or recording has, as good as
/// surely: 53 bits of FNV-1a, so that JavaScript keeps it whole.
fn id_of(session: u64, kind: &str, number: u64) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325u64;
    let bytes = session.to_be_bytes().into_iter();
    for byte in bytes.chain(kind.bytes()).chain(number.to_be_bytes()) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    hash >> 11
}

#[cfg(test)]
#[path = "history_tests.rs"]
mod tests;
