//! Call lists (voxengine.md §10.2): commands, their parameters and answers. What
//! they do is the core's (`outbound`).

mod details;
mod edits;
mod shown;

use super::commands::Answer;
use super::failure::Failure;
use super::parameters::{FILE, Parameters};
use super::{Platform, clock};
use crate::call_lists::carry_out;
use outbound::limits::{AHEAD_MS_MAX, CUSTOM_DATA_BYTES_MAX};
use outbound::{File, Format, ListId, ListKind, NewList, TaskOrder};
use serde_json::{Value, json};
use std::sync::Arc;

/// Longest text that is not custom data, bytes: names are counted by the core.
const TEXT_BYTES_MAX: usize = 2_048;
/// How much earlier than now "now" may be said, milliseconds.
const PAST_MS_MAX: u64 = 60_000;

/// Does a command of call lists; `None` if it is another's.
pub(super) async fn answer(
    platform: &Arc<Platform>,
    command: &str,
    sent: &Parameters,
) -> Option<Result<Answer, Failure>> {
    let done = match command {
        "CreateCallList" => create(platform, sent, ListKind::Automatic).await,
        "CreateManualCallList" => create(platform, sent, ListKind::Manual).await,
        "AppendToCallList" => append(platform, sent).await,
        "StartNextCallTask" => start_next(platform, sent).await,
        "StopCallListProcessing" => stop(platform, sent).await,
        "RecoverCallList" => recover(platform, sent).await,
        "DeleteCallList" => delete(platform, sent).await,
        "EditCallList" => edits::list(platform, sent).await,
        "EditCallListTask" => edits::task(platform, sent).await,
        "EditCallListTasksPriority" => edits::priorities(platform, sent).await,
        "CancelCallListTask" => edits::cancel_tasks(platform, sent).await,
        "CancelCallListBatch" => edits::cancel_batches(platform, sent).await,
        "GetCallLists" => shown::lists(platform, sent).await,
        "GetCallListDetails" => return Some(details::answer(platform, sent).await),
        _ => return None,
    };
    Some(done.map(Answer::Json))
}

/// `list_id`
fn list_id(sent: &Parameters) -> Result<ListId, Failure> {
    let id = sent.number("list_id")?;
    id.map(ListId)
        .ok_or_else(|| Failure::argument("list_id", "is missing"))
}

/// A number that must be there.
fn needed<T: TryFrom<u64>>(sent: &Parameters, name: &'static str) -> Result<T, Failure> {
    small(sent, name)?.ok_or_else(|| Failure::argument(name, "is missing"))
}

/// A number that may be absent.
fn small<T: TryFrom<u64>>(sent: &Parameters, name: &'static str) -> Result<Option<T>, Failure> {
    let wide = sent.number(name)?.map(T::try_from).transpose();
    wide.map_err(|_| Failure::argument(name, "is too large"))
}

/// `task_priority_strategy`
fn order(sent: &Parameters) -> Result<Option<TaskOrder>, Failure> {
    const NAME: &str = "task_priority_strategy";
    let parse = |word: &str| {
        let why = "is neither first_attempts nor repeated_attempts";
        TaskOrder::parse(word).ok_or_else(|| Failure::argument(NAME, why))
    };
    sent.text(NAME).map(parse).transpose()
}

/// `start_at` of a list: a Unix timestamp that is not past, as milliseconds.
fn start_at_ms(sent: &Parameters) -> Result<Option<u64>, Failure> {
    let Some(at_s) = sent.number("start_at")? else {
        return Ok(None);
    };
    let (at_ms, now_ms) = (at_s.saturating_mul(1_000), clock::now_ms());
    if at_ms + PAST_MS_MAX < now_ms {
        return Err(Failure::argument("start_at", "is in the past"));
    }
    if at_ms.saturating_sub(now_ms) > AHEAD_MS_MAX {
        return Err(Failure::argument(
            "start_at",
            "is more than nine months ahead",
        ));
    }
    Ok(Some(at_ms))
}

/// Which kind a list is to be. The cloud's other kinds dial ahead of its queues.
fn kind(sent: &Parameters, name: &'static str) -> Result<Option<ListKind>, Failure> {
    let Some(word) = sent.text(name) else {
        return Ok(None);
    };
    match word.to_ascii_lowercase().as_str() {
        "automatic" => Ok(Some(ListKind::Automatic)),
        "manual" => Ok(Some(ListKind::Manual)),
        "predictive" | "progressive" => {
            let why = "is served as automatic or manual only: predictive and progressive lists dial for queues of the cloud";
            Err(Failure::argument(name, why))
        }
        _ => Err(Failure::argument(name, "is neither automatic nor manual")),
    }
}

/// One character, `\t` as the two in which it is often written.
fn character(sent: &Parameters, name: &'static str) -> Result<Option<u8>, Failure> {
    let Some(text) = sent.text(name) else {
        return Ok(None);
    };
    match text.as_bytes() {
        [one] if one.is_ascii() && !matches!(one, b'\n' | b'\r') => Ok(Some(*one)),
        b"\\t" => Ok(Some(b'\t')),
        _ => Err(Failure::argument(name, "is not one ASCII character")),
    }
}

/// How a file is written, in `encoding`, `delimiter`, `quote` and `escape`.
fn format(sent: &Parameters) -> Result<Format, Failure> {
    let usual = Format::default();
    let format = Format {
        encoding: sent.text("encoding").unwrap_or(&usual.encoding).to_owned(),
        delimiter: character(sent, "delimiter")?.unwrap_or(usual.delimiter),
        quote: character(sent, "quote")?.unwrap_or(usual.quote),
        escape: character(sent, "escape")?,
    };
    if format.delimiter == format.quote || Some(format.delimiter) == format.escape {
        return Err(Failure::argument(
            "delimiter",
            "is the quote or the escape too",
        ));
    }
    // A quote before a quote is what a doubled one means.
    let escape = format.escape.filter(|escape| *escape != format.quote);
    Ok(Format { escape, ..format })
}

fn file(sent: &Parameters) -> Result<File, Failure> {
    let missing = || Failure::argument(FILE, "is missing");
    let bytes = sent.file().ok_or_else(missing)?;
    let format = format(sent)?;
    File::read(bytes, &format, clock::now_ms()).map_err(|why| Failure::argument(FILE, why))
}

/// A random UUID (RFC 9562 §5.4).
fn new_batch() -> Result<String, Failure> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).map_err(|error| Failure::internal(error.to_string()))?;
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    let parts = [
        part(0, 8),
        part(8, 12),
        part(12, 16),
        part(16, 20),
        part(20, 32),
    ];
    Ok(parts.join("-"))
}

/// `CreateCallList`, `CreateManualCallList`. `server_location` and `ip_address` choose
/// servers on the cloud and are read over here.
async fn create(platform: &Platform, sent: &Parameters, usual: ListKind) -> Result<Value, Failure> {
    let kind = kind(sent, "call_list_type")?.unwrap_or(usual);
    if sent.text("queue_id").is_some() {
        let why = "is for predictive and progressive lists, which are not served here";
        return Err(Failure::argument("queue_id", why));
    }
    let (rule_id, _) = platform.catalogue.lock().await.rule_and_id(sent)?;
    let new = NewList {
        name: sent.required("name", TEXT_BYTES_MAX)?.to_owned(),
        rule_id,
        priority: needed(sent, "priority")?,
        max_simultaneous: needed(sent, "max_simultaneous")?,
        num_attempts: needed(sent, "num_attempts")?,
        interval_s: sent.number("interval_seconds")?.unwrap_or(0),
        order: order(sent)?.unwrap_or_default(),
        start_at_ms: start_at_ms(sent)?.unwrap_or(0),
        custom_data: list_custom_data(sent)?.unwrap_or_default(),
        kind,
        is_stopped: sent.flag("is_cancelled")?.unwrap_or(false),
    };
    let (file, batch) = (file(sent)?, new_batch()?);
    let count = file.rows.len();
    let create = platform
        .call_lists
        .change(|core, now_ms| core.create(now_ms, new, &batch, file));
    let list = create.await??;
    Ok(json!({"result": true, "count": count, "list_id": list, "batch_id": batch}))
}

fn list_custom_data(sent: &Parameters) -> Result<Option<String>, Failure> {
    let data = sent.optional("list_custom_data", CUSTOM_DATA_BYTES_MAX)?;
    Ok(data.map(str::to_owned))
}

/// `AppendToCallList`, by `list_id` or `list_name`.
async fn append(platform: &Platform, sent: &Parameters) -> Result<Value, Failure> {
    let list = match (sent.number("list_id")?, sent.text("list_name")) {
        (Some(id), _) => ListId(id),
        (None, Some(name)) => shown::named(platform, name).await?,
        (None, None) => return Err(Failure::argument("list_id", "is missing")),
    };
    let (file, batch) = (file(sent)?, new_batch()?);
    let count = file.rows.len();
    let append = platform
        .call_lists
        .change(|core, now_ms| core.append(now_ms, list, &batch, file));
    append.await??;
    Ok(json!({"result": true, "count": count, "list_id": list, "batch_id": batch}))
}

/// `StartNextCallTask`: one task of each list that is named.
async fn start_next(platform: &Arc<Platform>, sent: &Parameters) -> Result<Value, Failure> {
    let ids = sent.numbers("list_id")?;
    if ids.is_empty() {
        return Err(Failure::argument("list_id", "is missing"));
    }
    for id in &ids {
        let next = platform
            .call_lists
            .change(|core, now_ms| core.start_next(now_ms, ListId(*id)));
        let start = next.await??;
        tokio::spawn(carry_out(Arc::clone(platform), start));
    }
    Ok(json!({"result": true, "list_id": ids[0]}))
}

/// `StopCallListProcessing`
async fn stop(platform: &Platform, sent: &Parameters) -> Result<Value, Failure> {
    let list = list_id(sent)?;
    platform
        .call_lists
        .change(|core, _| core.stop(list))
        .await??;
    let msg = "No further task of the call list starts";
    Ok(json!({"result": true, "msg": msg}))
}

/// `RecoverCallList`
async fn recover(platform: &Platform, sent: &Parameters) -> Result<Value, Failure> {
    let list = list_id(sent)?;
    let recover = platform.call_lists.change(|core, _| core.recover(list));
    Ok(json!({"result": true, "count_recovery": recover.await??}))
}

/// `DeleteCallList`
async fn delete(platform: &Platform, sent: &Parameters) -> Result<Value, Failure> {
    let list = list_id(sent)?;
    platform
        .call_lists
        .change(|core, _| core.delete(list))
        .await??;
    Ok(json!({"result": true, "msg": "The call list is deleted"}))
}
